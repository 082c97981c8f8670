"""Attacks on attribution: laundering, which hides the network that made an image, and forging, which blames another.

The attacker of `laundering` and of most of `forging` does not have the recogniser: they degrade the image, or add what
they measured in images of the network to be blamed. That of `gradients` has it.
"""
