"""The project as it is edited, with undo."""
