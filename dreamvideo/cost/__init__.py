"""Estimates of the cost of jobs, and benchmarks."""
