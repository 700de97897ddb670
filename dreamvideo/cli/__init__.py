"""The command line. Each command makes a recipe, calls the pipeline, and prints the path of the result."""
