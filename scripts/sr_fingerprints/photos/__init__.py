"""Photographs on their way into the study."""
