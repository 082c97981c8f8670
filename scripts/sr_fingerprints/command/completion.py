"""`sr-fingerprints completion`: what a shell needs to complete the command's arguments with the tabulator key."""

import argparse
import sys

from argcomplete.shell_integration import shellcode

PROGRAM = "sr-fingerprints"


def run(given: argparse.Namespace) -> bool:
    """Print the code for the shell."""
    sys.stdout.write(shellcode([PROGRAM], shell=given.shell))
    return True
