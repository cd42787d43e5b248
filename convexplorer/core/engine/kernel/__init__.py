"""Direct correlation by a kernel of our own in C: its source, how it is built, loaded and called."""
