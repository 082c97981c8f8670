"""Where the processes of jobs find this library."""

import os
from pathlib import Path


def search_first(folder: Path) -> None:
    """Make Python processes that start from now on search ``folder`` before what is installed.

    Snakemake appends a script's folder to the search path: another installed version of the library would be found
    before the one beside the rules. In conda environments Snakemake hides ``PYTHONPATH``; nothing else is there.
    """
    others = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path not in ("", str(folder))]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(folder), *others])
