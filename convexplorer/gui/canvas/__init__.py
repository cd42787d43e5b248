"""The zoomable picture, the linked view and the node that is looked at."""
