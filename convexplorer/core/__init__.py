"""Convolution, explanation and images in NumPy; never Qt."""

from convexplorer.core.conv import correlate
from convexplorer.core.filters import Filter, FilterBank

__all__ = ["Filter", "FilterBank", "correlate"]
