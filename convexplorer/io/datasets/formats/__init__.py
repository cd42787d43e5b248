"""Data sets in files, one module a format."""
