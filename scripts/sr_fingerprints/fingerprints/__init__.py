"""What the fingerprint of a network is: its spectrum, the grid of its upsampling, and what classifiers use of them."""
