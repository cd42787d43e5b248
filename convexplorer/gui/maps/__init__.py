"""The grid of activation maps, the large map and the sliding window."""
