"""The one error that users are meant to read."""


class InputError(ValueError):
    """Something the user gave is not usable: a configuration value, a photo, a weights or data file.

    The message is one line that names the file or key, what was found there and what would be right. Jobs
    show it on the screen without a traceback (the traceback is in the job's log).
    """
