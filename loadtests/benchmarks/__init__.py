"""Benchmarks: what a request and a token cost, as ratios in one run."""
