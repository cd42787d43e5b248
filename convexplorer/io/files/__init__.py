"""Basic work with files: limited reading, atomic writing, locks, scratch folders, crash traces."""
