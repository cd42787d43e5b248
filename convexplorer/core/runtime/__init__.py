"""What every room of the core uses: shared types, threads, compute device, memory budget."""
