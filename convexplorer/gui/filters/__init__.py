"""The filter list, the weight table, presets and banks."""
