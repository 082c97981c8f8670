"""What the text of a configuration file says and its values do not show."""

import pytest
from checked_study import ROOT

from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.configuration_files import check_files


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("seed: 1\nseed: 2\n", "line 2: seed: found twice, in line 1 too; allowed: once"),
        (
            "photos:\n  tile: 1\n  split: {test: 1, test: 2}\n",
            "line 3: photos.split.test: found twice, in line 3 too",
        ),
        ("a:\n- {b: 1}\n- {b: 1, b: 2}\n", "line 3: a.1.b: found twice"),
        ('{"seed": 1, "seed": 2}', "line 1: seed: found twice"),
        ("seed: 010\n", "line 1: seed: found 010, which YAML reads as 8; allowed: decimal numbers"),
        ("seeds: [1, 1:30]\n", "line 1: seeds.1: found 1:30, which YAML reads as 90; allowed"),
        ("seed: 0x10\n", "line 1: seed: found 0x10, which YAML reads as 16"),
        ("seed: 0b11\n", "line 1: seed: found 0b11, which YAML reads as 3"),
        ("rate: 1:30.5\n", "line 1: rate: found 1:30.5, which YAML reads as 90.5"),
    ],
)
def test_keys_twice_and_numbers_that_are_others_are_named(tmp_path, text, told):
    (tmp_path / "mine.yaml").write_text(text)
    with pytest.raises(InputError) as refused:
        check_files([tmp_path / "mine.yaml"])
    assert str(refused.value).startswith(f"{tmp_path}/mine.yaml: {told}")


@pytest.mark.parametrize(
    "text",
    [
        "seed: 0\na: -1\nb: 1_000\nc: 0.5\nd: 1.0e-4\ne: '010'\nf: .5\ng: 08\n",
        "a: &x {b: 1}\nc: {<<: *x, b: 2}\nd: *x\n",
        "",
        "\t- not YAML: [",
    ],
)
def test_other_texts_are_accepted(tmp_path, text):
    (tmp_path / "mine.yaml").write_text(text)
    check_files([tmp_path / "mine.yaml", tmp_path / "missing.yaml"])


def test_the_projects_own_files_are_accepted():
    check_files([ROOT / "config.yaml", *(ROOT / "config").glob("*.yaml"), ROOT / "tests/smoke/config.yaml"])
