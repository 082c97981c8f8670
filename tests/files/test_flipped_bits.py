"""One bit flipped anywhere in a file, as a failing disk does it, is noticed, or makes no difference."""

import logging

import numpy as np
import pytest
from kinds_of_files import FILES

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table, read_network_table, write_network_table
from sr_fingerprints.study.networks import REAL

FLIPS = 100


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_bit_is_noticed_or_makes_no_difference(tmp_path, name):
    write, read = FILES[name]
    path = tmp_path / name
    write(path)
    whole, content = path.read_bytes(), read(path)
    logging.disable(logging.WARNING)
    random = np.random.default_rng(0)
    noticed, silent = 0, []
    for place in random.integers(len(whole), size=FLIPS).tolist():
        flipped = whole[place] ^ (1 << int(random.integers(8)))
        path.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
        try:
            if read(path) != content:
                silent.append(place)
        except InputError:
            noticed += 1
    logging.disable(logging.NOTSET)
    assert not silent
    # The rest fell on bytes that nothing is in: padding, and HDF5's free space.
    assert noticed > FLIPS / 4, noticed


@pytest.mark.parametrize("name", FILES)
def test_the_same_content_gives_the_same_bytes(tmp_path, name):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        FILES[name][0](tmp_path / folder / name)
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: "", "its last line is incomplete"),
        (lambda text: text[: len(text) // 2], "its last line is incomplete"),
        (lambda text: text.replace("NA,", "NA;", 1), "columns, and a row of"),
        (lambda text: text.replace("scale", "scalf", 1), "it has no column scale"),
        (lambda text: text.replace(",1,", ",x,", 1), "invalid literal"),
        (lambda text: text.replace("real", "re\udcffal", 1), "can't decode byte 0xff"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, damage, told):
    path = tmp_path / "networks.csv"
    write_network_table(network_table([REAL, NetworkRow("mine", "EDSR", origin="custom")]), path)
    path.write_text(damage(path.read_text()), errors="surrogateescape")
    with pytest.raises(InputError, match=rf"networks\.csv: damaged, or not the table of networks \(.*{told}"):
        read_network_table(path)
