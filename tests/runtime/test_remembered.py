"""Digests are computed again for files that changed, however they changed, and for no others."""

import json
import os
import shutil
import time

import pytest

from sr_fingerprints.runtime import remembered as module
from sr_fingerprints.runtime.provenance import sha256_of
from sr_fingerprints.runtime.remembered import content_of_all, remembered


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """All files count as old enough."""
    monkeypatch.setattr(module, "SETTLED", -1.0)


@pytest.fixture
def digests(tmp_path):
    """The digests of files in the folder, and which of them were read for it."""

    def found(*names):
        read = []

        def compute(path):
            read.append(path.name)
            return sha256_of(path)

        found = remembered([tmp_path / name for name in names], compute, tmp_path / "memory/sha256.json")
        assert found == {tmp_path / name: sha256_of(tmp_path / name) for name in names}
        return sorted(read)

    return found


def test_a_file_is_read_once(tmp_path, digests):
    for name in "ab":
        (tmp_path / name).write_text(name)
    assert digests("a", "b") == ["a", "b"]
    assert digests("a", "b") == []
    (tmp_path / "c").write_text("c")
    assert digests("a", "b", "c") == ["c"]
    assert digests("b") == [] == digests("a", "c")


def overwrite(path):
    path.write_bytes(b"new")


def overwrite_and_set_back_the_time(path):
    times = path.stat()
    path.write_bytes(b"new")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def replace_by_an_older_one(path):
    older = path.with_name("older")
    older.write_bytes(b"new")
    os.utime(older, (0, 0))
    older.replace(path)


def copy_an_older_one_over_it(path):
    older = path.with_name("older")
    older.write_bytes(b"new")
    os.utime(older, (0, 0))
    shutil.copy2(older, path)


def link_to_another(path):
    path.unlink()
    path.with_name("other").write_bytes(b"new")
    path.symlink_to("other")


@pytest.mark.parametrize(
    "change",
    [
        overwrite,
        overwrite_and_set_back_the_time,
        replace_by_an_older_one,
        copy_an_older_one_over_it,
        link_to_another,
        lambda path: path.touch(),
    ],
)
def test_a_changed_file_is_read_again(tmp_path, digests, change):
    (tmp_path / "a").write_bytes(b"old")
    assert digests("a") == ["a"]
    time.sleep(0.02)  # more than the finest time stamps of a kernel
    change(tmp_path / "a")
    assert digests("a") == ["a"]
    assert digests("a") == []


def test_a_file_that_changed_just_now_is_not_remembered(tmp_path, digests, monkeypatch):
    """A further change within the resolution of time stamps would not show in them."""
    monkeypatch.setattr(module, "SETTLED", 60.0)
    (tmp_path / "a").write_bytes(b"old")
    assert digests("a") == digests("a") == ["a"]


@pytest.mark.parametrize("memory", ["", "{", "[]", '{"a": 1}', "null"])
def test_a_damaged_memory_costs_time_only(tmp_path, digests, memory):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory/sha256.json").write_text(memory)
    assert digests("a") == ["a"]
    assert digests("a") == []
    assert str(tmp_path / "a") in json.loads((tmp_path / "memory/sha256.json").read_text())


def test_a_memory_that_cannot_be_written_costs_time_only(tmp_path, digests):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "memory").write_text("a file, where its folder would be")
    assert digests("a") == digests("a") == ["a"]


def test_the_digest_of_all_is_of_contents_in_their_order(tmp_path):
    for name in "abc":
        (tmp_path / name).write_text(name)
    (tmp_path / "copy of a").write_text("a")

    def digest(*names):
        return content_of_all([tmp_path / name for name in names], tmp_path / "memory")

    assert digest("a", "b") == digest("copy of a", "b")
    assert len({digest("a", "b"), digest("b", "a"), digest("a", "c"), digest("a"), digest("a", "b", "gone")}) == 5
