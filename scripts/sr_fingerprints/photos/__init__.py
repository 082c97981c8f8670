"""Photos: sources, reading, preparation, copies and low resolution."""
