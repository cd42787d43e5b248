"""The strip of layers, their settings and the network in figures."""
