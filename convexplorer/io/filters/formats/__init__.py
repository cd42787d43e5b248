"""One module per family of filter files; `convexplorer.io.filters.load_save` chooses among them."""
