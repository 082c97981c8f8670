"""How far the content of a file of weights may exceed the file."""

LARGEST_GROWTH = 20
"""How many times as large as its file the content may be; trained weights hardly compress, and mostly are not."""
