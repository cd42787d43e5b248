"""The node panel: the equation, the trace and what drove the node."""
