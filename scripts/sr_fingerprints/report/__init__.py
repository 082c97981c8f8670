"""Findings of a study in words, and the HTML page with all results."""

PAGE = "report.html"
"""Of a study, in its folder of results."""
