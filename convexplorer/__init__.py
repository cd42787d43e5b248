"""Conv Explorer: explore convolutional layers by hand."""

__version__ = "0.1.0"
