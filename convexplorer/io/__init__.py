"""Files in and out; no widgets."""

from convexplorer.io.filters.load_save import load_filters, save_filters
from convexplorer.io.filters.stacks import load_stack, save_stack
from convexplorer.io.images.load import load_image

__all__ = ["load_filters", "load_image", "load_stack", "save_filters", "save_stack"]
