"""The window."""

from convexplorer.background import prepare

prepare()  # Before anything else of the window does, since threads of libraries start when they are imported.
