"""How one node comes about: its equation, its trace through the layers, and what drove it."""
