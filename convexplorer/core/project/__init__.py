"""The project: everything a session holds, as an immutable value, its edits, and what one edit changed."""
