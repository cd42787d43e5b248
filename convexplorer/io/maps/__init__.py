"""Activation maps to files."""
