"""Limit on the unpacked size of weights files, against decompression bombs."""

LARGEST_GROWTH = 20
"""Maximum ratio of the content's size to the file's; trained weights hardly compress, and mostly are stored as is."""
