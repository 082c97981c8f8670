"""Attacks on attribution: laundering hides the network that made an image, forging blames another.

The attacker of `laundering` and `forging` does not have the recogniser: they degrade the image, or add what they
measured in images of the network to be blamed. That of `gradients` has it.
"""
