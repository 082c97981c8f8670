"""The factorial of custom networks and the rows of published ones."""

from pathlib import Path

import pytest
from paper_factorial import PAPER

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_table import network_table, read_network_table, write_network_table
from sr_fingerprints.study.networks import custom_networks, published_networks

ROOT = Path(__file__).parents[2]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"


def test_the_paper_has_180_custom_networks_in_30_seed_triplets():
    networks = network_table(custom_networks(PAPER))
    assert len(networks) == networks.network.nunique() == 180
    same = networks.groupby(["architecture", "dataset", "scale", "loss"]).seed.apply(list)
    assert [seeds for seeds in same if len(seeds) > 1] == [[1, 2, 3]] * 30
    assert set(networks[networks.dataset != "div2k"].seed) == {1}


def test_the_table_survives_its_file(tmp_path):
    networks = network_table(custom_networks(PAPER))
    write_network_table(networks, tmp_path / "networks.csv")
    again = read_network_table(tmp_path / "networks.csv")
    described = networks.drop(columns=["run", "files", "generate"]).astype({"seed": str})
    assert again.to_dict("records") == described.to_dict("records")


def test_an_unknown_published_network_is_named_with_those_there_are():
    with pytest.raises(InputError, match=r"networks.published: found 'ESRGAN2'; allowed: entries of .*Waifu2x"):
        published_networks(["ESRGAN2"], [], TABLE, SCHEMA)


def test_two_networks_of_one_name_are_refused():
    row = custom_networks(PAPER)[0]
    with pytest.raises(InputError, match=row.network):
        network_table([row, row])
