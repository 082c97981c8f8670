"""``~`` is the home folder wherever the configuration takes a path, and nowhere else."""

import copy

import pytest
from checked_study import DEMO, changed

from sr_fingerprints.study.paths import expand_home, variable_in, written_folders

PLACES = [
    "downloads",
    *(f"pathvars.{key}" for key in DEMO["pathvars"]),
    "photos.folder",
    *(f"datasets.{name}.folder" for name in DEMO["datasets"]),
    *(f"networks.own.0.{key}" for key in ("weights", "param", "bin")),
]


def value(config, path):
    for key in path.split("."):
        config = config[int(key) if key.isdigit() else key]
    return config


def expanded(path, text):
    config = changed({"networks.own": [{}], path: text})
    before = copy.deepcopy(config)
    expand_home(config)
    found = value(config, path)
    assert changed({path: None}, config) == changed({path: None}, before), "nothing else changes"
    return found


@pytest.mark.parametrize("path", PLACES)
def test_a_tilde_in_front_is_the_home_folder(path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert expanded(path, "~/a b/c") == "/home/someone/a b/c"
    assert expanded(path, "~") == "/home/someone"
    for text in ("a/~/b", "./~", "~nobody-of-this-name/a", "https://host/~me/a.pth", "", "$HOME/a", None, 3, ["~"]):
        assert expanded(path, text) == text


@pytest.mark.parametrize(
    "wrong", [{}, {"pathvars": 3}, {"photos": None}, {"datasets": [1]}, {"networks": {"own": {}}}]
)
def test_what_is_no_configuration_is_left_to_the_checks(wrong):
    config = copy.deepcopy(wrong)
    expand_home(config)
    assert config == wrong and written_folders(config) == {}


def test_variables_that_there_are_are_told(monkeypatch):
    monkeypatch.setenv("SCRATCH", "/scratch")
    assert variable_in("$SCRATCH/a") == "$SCRATCH" and variable_in("a/${SCRATCH}") == "${SCRATCH}"
    assert variable_in("$(touch HACKED)/$5/$NOT_SET_ANYWHERE") is None
