"""From a trained classifier to an answer about one image: which network made it, if any that is known."""

from sr_fingerprints.attribution.answering import attribute, load_bundle

__all__ = ["attribute", "load_bundle"]
