"""What a network's fingerprint is: its spectrum, the grid of its upsampling, and what classifiers use of them."""
