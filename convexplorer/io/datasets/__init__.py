"""Data sets from files."""
