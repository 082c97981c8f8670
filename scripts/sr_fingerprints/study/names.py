"""Where the name of a network or photo may be broken into lines."""

import re

BETWEEN_WORDS = re.compile(r"(?<=[ -])")  # not at spaces that may not be broken
WITHIN_WORDS = re.compile(r"(?<=_)(?=\w)|(?<=[a-z0-9])(?=[A-Z])")


def words_of(name: str) -> list[str]:
    """The words of a name, with the spaces or hyphens after them; together they are the name."""
    return BETWEEN_WORDS.split(name)


def parts_of_word(word: str) -> list[str]:
    """Parts of a word that is too long: ``Waifu2x|CUNet``, ``real_|esrgan``; together they are the word."""
    return WITHIN_WORDS.split(word)
