"""Files in and out; no widgets."""

from convexplorer.io.filters import load_filters, save_filters
from convexplorer.io.images import load_image

__all__ = ["load_filters", "load_image", "save_filters"]
