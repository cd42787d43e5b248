"""Saves activation maps."""
