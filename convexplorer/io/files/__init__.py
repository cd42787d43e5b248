"""Files as such: reading within limits, atomic writing, locks, scratch folders, crash notes."""
