"""The command line: each command makes a recipe, calls the pipeline once and prints the path of the result."""
