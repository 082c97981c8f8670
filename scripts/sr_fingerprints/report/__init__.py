"""Findings of a study in words, and the HTML page with all results."""
