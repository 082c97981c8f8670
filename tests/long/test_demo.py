"""What the demo has to reach, asked of its last run: its custom networks really super-resolve."""

from pathlib import Path

import pytest
import yaml

from sr_fingerprints.study.losses import kind
from sr_fingerprints.tables.writing import read_table

ROOT = Path(__file__).parents[2]
LEAST_MEAN = {2: 0.3, 4: 0.1}
"""dB of PSNR against bicubic interpolation, by scale: of the L1 networks together."""
LEAST = {"L1": 0.0, "perceptual": -1.5, "adversarial": -1.5}
"""And of every network, by kind of loss."""


@pytest.fixture(scope="module")
def networks():
    """The custom networks' rows of the table of quality."""
    path = ROOT / yaml.safe_load((ROOT / "config.yaml").read_text())["pathvars"]["results"] / "tables/quality.csv"
    if not path.exists():
        pytest.skip(f"the demo has not been run: no {path.relative_to(ROOT)}")
    table = read_table(path)
    return table[(table.origin == "custom") & (table.network != "mean")].assign(kind=lambda rows: rows.loss.map(kind))


def test_the_demo_has_the_networks_that_it_should_have(networks):
    assert set(networks.scale.astype(int)) == set(LEAST_MEAN) and {"L1", "adversarial"} <= set(networks.kind)
    assert networks.photos.nunique() == 1 and networks.psnr_gain.notna().all()


@pytest.mark.parametrize("scale", LEAST_MEAN)
def test_l1_networks_are_better_than_bicubic_interpolation_on_the_mean(networks, scale):
    gains = networks.psnr_gain[(networks.kind == "L1") & (networks.scale == str(scale))]
    assert gains.mean() >= LEAST_MEAN[scale]


@pytest.mark.parametrize("loss", LEAST)
def test_no_network_falls_short(networks, loss):
    short = networks[(networks.kind == loss) & ~(networks.psnr_gain >= LEAST[loss])]
    assert short.set_index("network").psnr_gain.to_dict() == {}


def test_the_report_expects_the_same_of_every_network():
    assert yaml.safe_load((ROOT / "config.yaml").read_text())["quality"]["expect"] == LEAST
