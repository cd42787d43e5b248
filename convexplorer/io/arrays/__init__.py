"""Numbers and pixels in files: NumPy arrays, text, PNG, JSON, Qt images."""
