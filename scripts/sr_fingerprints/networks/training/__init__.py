"""Training of the super-resolution networks."""
