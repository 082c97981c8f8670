"""Classifiers that learn from crops of super-resolved images which network made them, or what it was like."""
