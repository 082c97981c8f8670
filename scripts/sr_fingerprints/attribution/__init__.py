"""From a trained classifier to an answer about one image: which network made it, if any that is known."""
