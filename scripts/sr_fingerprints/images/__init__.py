"""Generation of super-resolved images, and their quality."""
