"""Convolution, explanation and images in NumPy; never Qt."""
