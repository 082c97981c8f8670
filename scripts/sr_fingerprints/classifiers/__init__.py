"""Classifiers of super-resolved images: attribution to a network, and parsing of its hyperparameters."""
