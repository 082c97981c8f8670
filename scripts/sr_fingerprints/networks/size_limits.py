"""Limits on the sizes in weights files, against decompression bombs."""

LARGEST_GROWTH = 20
"""Maximum ratio of the content's size to the file's; trained weights hardly compress, and mostly are stored as is."""

LONGEST_HEADER = 100_000_000
"""Bytes of the header of a safetensors file; the limit of safetensors itself."""
