"""The console command: which sub-command runs, and its exit status."""

import atexit
import gc
import logging
import os
import sys
from collections.abc import Sequence

from sr_fingerprints.command.arguments import parser
from sr_fingerprints.runtime.errors import InputError

ANSWERED, UNANSWERED, UNUSABLE, INTERRUPTED = 0, 1, 2, 130
"""Exit status: all was answered; some images could not be read; nothing could be done; Ctrl-C."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments, by default those of the process. Returns the exit status.

    Wrong arguments end the process with status 2, as argparse does.
    """
    atexit.register(gc.freeze)  # with torch, collecting garbage at exit takes 0.4 s
    takes = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(takes)
    given = takes.parse_args(arguments)
    to_screen = logging.StreamHandler(sys.stderr)
    logging.basicConfig(level=logging.INFO, format="%(message)s", handlers=[to_screen], force=True)
    for library in ("PIL", "matplotlib", "fontTools", "h5py"):
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        complete: bool = given.run(given)
        sys.stdout.flush()
    except InputError as error:
        print(f"sr-fingerprints: {error}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:  # the reader, such as `head`, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNANSWERED
    except KeyboardInterrupt:
        print("sr-fingerprints: interrupted; what was written is whole", file=sys.stderr)
        return INTERRUPTED
    return ANSWERED if complete else UNANSWERED


if __name__ == "__main__":
    sys.exit(main())
