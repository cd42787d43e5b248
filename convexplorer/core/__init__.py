"""Convolution, explanation and images in NumPy; never Qt."""

from convexplorer.core.engine.conv import correlate
from convexplorer.core.model.filters import Filter, FilterBank

__all__ = ["Filter", "FilterBank", "correlate"]
