"""Sessions in the window: saving, recovery, recent files, drops."""
