"""`python -m sr_fingerprints.command`: the same without a console script."""

import sys

from sr_fingerprints.command.main import main

if __name__ == "__main__":
    sys.exit(main())
