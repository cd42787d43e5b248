"""Filters that learn: data sets, forward and backward passes, optimisers, and the run."""
