"""Processes of jobs find the library beside the rules."""

import os
import subprocess
import sys

from sr_fingerprints.runtime.search_path import search_first


def test_a_folder_is_searched_before_what_is_installed_and_others_stay(tmp_path, monkeypatch):
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "h5py.py").write_text(f"found = {name!r}")
    monkeypatch.setenv("PYTHONPATH", f"{os.pathsep}{tmp_path / 'theirs'}")
    for _ in range(2):
        search_first(tmp_path / "ours")
        assert os.environ["PYTHONPATH"].split(os.pathsep) == [str(tmp_path / "ours"), str(tmp_path / "theirs")]
    code = "import h5py; print(h5py.found)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "ours\n"
    monkeypatch.delenv("PYTHONPATH")
    search_first(tmp_path / "ours")
    assert os.environ["PYTHONPATH"] == str(tmp_path / "ours")
