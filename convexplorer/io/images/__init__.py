"""Reads images from files."""
