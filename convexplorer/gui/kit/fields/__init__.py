"""Fields for numbers and choices: one grammar, one way of typing, undo of their own."""
