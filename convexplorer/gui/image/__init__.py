"""The image panel: opening, preparation, marks."""
