"""What every room of the core asks for: threads, compute device, memory budget."""
