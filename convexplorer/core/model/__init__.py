"""What a project consists of: images, filters, layers, and the immutable `Project` with its edits."""
