"""Filters and stacks of layers in files."""
