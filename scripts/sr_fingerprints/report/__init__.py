"""Findings of a study in words, and the pages with all results."""

PAGE = "report/index.html"
"""Of a study, in its folder of results."""
