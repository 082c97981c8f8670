"""The one error that users are meant to read."""


class InputError(ValueError):
    """Something the user gave is not usable: a configuration value, a photo, a weights or data file.

    The message names the file or key, what was found there and what would be right: in one line, or where
    several places were tried, in one each. Jobs show it on the screen without a traceback (that is in their log).
    """
