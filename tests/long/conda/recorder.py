"""Runs when an environment's Python starts, and writes down what it has imported, and from where, when it ends.

One JSON file a process, into the folder that ``RECORD_IMPORTS`` names; without it, nothing.
"""

import atexit
import json
import os
import sys
from pathlib import Path


def _record(folder):
    files = {name: getattr(module, "__file__", None) for name, module in list(sys.modules.items())}
    record = {
        "prefix": sys.prefix,
        "script": sys.argv[0],
        "arguments": sys.argv[1:],
        "imported": {name: file for name, file in files.items() if isinstance(file, str)},
    }
    Path(folder, f"{os.getpid()}-{os.urandom(4).hex()}.json").write_text(json.dumps(record))


if "RECORD_IMPORTS" in os.environ:
    atexit.register(_record, os.environ["RECORD_IMPORTS"])
