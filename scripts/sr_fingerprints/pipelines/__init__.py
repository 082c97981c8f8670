"""Trust in the experiment: is a network recognised, or how it was applied, or of what the photos are?"""
