"""Training of super-resolution networks."""
