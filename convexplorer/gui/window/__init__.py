"""The window: puts the wings together."""
