"""Figures and animations to files."""
