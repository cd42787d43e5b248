"""Conv Explorer: explore convolutional layers by hand."""

from convexplorer.privacy import refuse_telemetry

__version__ = "0.1.0"

refuse_telemetry()
