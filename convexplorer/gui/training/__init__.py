"""Training a network in the window: the dock, its panel and pages, the presenter and the worker session."""
