"""Files in and out; no widgets."""

from convexplorer.io.filters import load_filters, save_filters
from convexplorer.io.images import load_image
from convexplorer.io.stacks import load_stack, save_stack

__all__ = ["load_filters", "load_image", "load_stack", "save_filters", "save_stack"]
