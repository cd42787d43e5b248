"""What sessions consist of: a manifest with its sections, the arrays it describes, and where both are kept."""
