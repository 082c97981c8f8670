"""The table of networks, one row per network (see `NetworkRow`), and its file, which later stages read."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sr_fingerprints.files.atomic import write_text
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.runtime.errors import InputError, as_input_error
from sr_fingerprints.study.network_row import NetworkRow


def network_table(rows: Sequence[NetworkRow]) -> pd.DataFrame:
    """The table: one row per network, one column per field of `NetworkRow`.

    Raises `InputError` when there are neither custom nor published networks, and for equal names or names that differ
    in case only.
    """
    if not any(row.origin in ("custom", "published") for row in rows):
        raise InputError(
            "configuration: networks: found neither custom nor published nor own ones; allowed: at least one network"
        )
    # dtype object keeps integer seeds integers beside NOT_APPLICABLE.
    frame = pd.DataFrame([vars(row) for row in rows], dtype=object).astype({"scale": int})
    twice = frame.network[frame.network.duplicated()]
    if len(twice):
        raise InputError(f"configuration: networks: found {twice.iloc[0]} twice; allowed: names of their own")
    alike = frame.network[frame.network.str.casefold().duplicated(keep=False)]
    if len(alike):  # their files would collide on case-insensitive file systems
        raise InputError(
            f"configuration: networks: found {' and '.join(alike)}; allowed: names that differ in more than case"
        )
    return frame


def write_network_table(networks: pd.DataFrame, path: str | Path) -> None:
    """Write the table as CSV, without the columns that only matter for running a network."""
    write_text(path, networks.drop(columns=["run", "files", "generate"], errors="ignore").to_csv(index=False))


def read_network_table(path: str | Path) -> pd.DataFrame:
    """Read a table written by `write_network_table`; ``scale`` is int, everything else str."""
    networks = read_csv(path, "the table of networks", ("network", "scale"), keep_default_na=False, dtype=str)
    with as_input_error(Path(path), "the table of networks"):
        return networks.astype({"scale": int})
