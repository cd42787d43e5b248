"""Files in and out; no widgets."""
