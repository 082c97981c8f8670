"""Formats of the files that stages exchange, and writing them atomically."""
