"""The weight of evidence: how sure an attribution is, as probabilities, likelihood ratios and sets of networks.

Everything is fitted on photos that the classifier was not trained on. Functions take and return arrays, so that they
serve for single images too.
"""
