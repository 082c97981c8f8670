"""Weights on a drive without locks: jobs may download a file twice, and nothing else happens."""

import errno
import fcntl
import os
import time

import failing_drive
import pytest
from local_server import sends
from weights_server import OTHERS, WEIGHTS, sha256

from sr_fingerprints.runtime.locks import change_lock, file_lock


@pytest.fixture(params=[errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EIO])
def no_locks(request, monkeypatch):
    def fail(stream, operation):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", fail)


def test_a_file_is_downloaded_and_recorded(study, server, no_locks, caplog):
    url = server.add("a.pth", sends(WEIGHTS))
    assert study.fetch({"url": url}) == WEIGHTS
    assert study.locked() == {"net": {"a.pth": {"sha256": sha256(WEIGHTS), "source": url}}}
    assert not list(study.downloads.glob(".a.pth.part*"))
    assert not list(study.downloads.glob(".a.pth.json-*"))
    told = f"{study.downloads / 'a.pth'}: this drive has no locks; two jobs may download the file at the same time"
    assert told in caplog.messages
    assert study.fetch({"url": url}, network="other") == WEIGHTS
    assert study.locked()["other"]["a.pth"]["source"] == url
    assert len(server.asked["a.pth"]) == 1


def test_a_wrong_download_leaves_nothing(study, server, no_locks):
    url = server.add("a.pth", sends(OTHERS))
    assert "damaged or another file" in study.fails({"url": url}, sha256=sha256(WEIGHTS))
    assert {path.name for path in study.downloads.iterdir()} <= {".a.pth.lock"}


def test_local_weights_are_used(study, tmp_path, no_locks):
    (tmp_path / "mine.pth").write_bytes(WEIGHTS)
    assert study.fetch({"path": str(tmp_path / "mine.pth")}) == WEIGHTS


def test_only_parts_that_were_abandoned_are_removed(study, server, no_locks):
    study.put(".a.pth.part-01234567", b"abandoned")
    study.put(".a.pth.part-89abcdef", b"of another job")
    study.put(".b.pth.part-01234567", b"of another file")
    long_ago = time.time() - 100_000
    for name in (".a.pth.part-01234567", ".b.pth.part-01234567"):
        os.utime(study.downloads / name, (long_ago, long_ago))
    study.fetch({"url": server.add("a.pth", sends(WEIGHTS))})
    kept = {path.name for path in study.downloads.glob(".*.part*")}
    assert kept == {".a.pth.part-89abcdef", ".b.pth.part-01234567"}


def test_a_lock_of_another_user_is_none(study, server, monkeypatch):
    url = server.add("a.pth", sends(WEIGHTS))
    real = os.open

    def refuse(path, *arguments, **options):
        if str(path).endswith("/.a.pth.lock"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    assert study.fetch({"url": url}) == WEIGHTS


def test_jobs_that_want_one_file_at_the_same_time_get_it(study, server, tmp_path):
    """And all of them are recorded."""
    environment = failing_drive.environment(tmp_path, LOCKS_FAIL_WITH=str(errno.ENOLCK))
    url = server.add("a.pth", *[sends(WEIGHTS, stops_after=len(WEIGHTS) // 2), *[sends(WEIGHTS)] * 9])
    jobs = []
    for number in range(4):
        study.output = tmp_path / f"results/{number}.pth"
        jobs.append(study.command({"url": url}, network=f"net{number}", environment=environment))
    for job in jobs:
        _, said = job.communicate(timeout=60)
        assert job.returncode == 0, said
    assert all((tmp_path / f"results/{number}.pth").read_bytes() == WEIGHTS for number in range(4))
    assert study.locked() == {
        f"net{number}": {"a.pth": {"sha256": sha256(WEIGHTS), "source": url}} for number in range(4)
    }
    assert {path.name for path in study.downloads.iterdir()} == {"a.pth", ".a.pth.json", ".a.pth.lock"}


def test_a_change_excludes_others_where_there_are_locks_and_where_there_are_none(tmp_path, no_locks, monkeypatch):
    monkeypatch.setattr("sr_fingerprints.runtime.locks.LONGEST_CHANGE", 0.1)
    with change_lock(tmp_path / "a.lock"):
        assert (tmp_path / "a.locked").exists()
    assert not (tmp_path / "a.locked").exists()
    (tmp_path / "a.locked").write_text("1\nelsewhere\n")  # of a process that was killed
    with change_lock(tmp_path / "a.lock"):
        assert (tmp_path / "a.locked").exists()
    assert not (tmp_path / "a.locked").exists()


def test_a_lock_that_is_held_is_one(tmp_path, monkeypatch, caplog):
    """Which is why it is waited for, and not gone on without."""
    monkeypatch.setattr("sr_fingerprints.runtime.locks.SECONDS_BEFORE_LOGGING", 0.1)
    with (tmp_path / "a.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def release(record):
            fcntl.flock(other, fcntl.LOCK_UN)
            return True

        with caplog.at_level("INFO"):
            caplog.handler.addFilter(release)
            with file_lock(tmp_path / "a.lock", "another job") as is_locked:
                assert is_locked
            caplog.handler.removeFilter(release)
    assert caplog.messages == ["waiting for another job"]
