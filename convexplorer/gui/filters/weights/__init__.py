"""The table of weights: typed, dragged, nudged, pasted, painted."""
