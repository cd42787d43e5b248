"""Widgets and helpers that know nothing of convolution: fields, tasks, theme, the worker."""
