"""One module per family of filter files; `convexplorer.io.filters` chooses among them."""
