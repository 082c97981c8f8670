"""A whole file that cannot be read for a while is not called damaged, and nobody is told to remove it."""

import errno
import json
import logging
import os
import resource
from contextlib import contextmanager
from pathlib import Path

import failing_drive
import h5py
import pytest
from kinds_of_files import FILES

from sr_fingerprints.files import atomic
from sr_fingerprints.files.csv_tables import read_csv
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.networks.downloading.content import read_chunks
from sr_fingerprints.runtime.errors import NOT_OF_THE_SYSTEM, InputError, as_input_error, system_error

TEXTS = {
    "table.csv": ("a,b\n1,2\n", lambda path: read_csv(path, "a table", ["a"]).to_csv()),
    "weights.pth": ("weights", lambda path: b"".join(read_chunks(path))),
}


def write(path):
    if path.name in TEXTS:
        path.write_text(TEXTS[path.name][0])
    else:
        FILES[path.name][0](path)


def read(path):
    return TEXTS[path.name][1](path) if path.name in TEXTS else FILES[path.name][1](path)


@contextmanager
def no_more_open_files():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("name", [*FILES, *TEXTS])
def test_too_many_open_files_are_told_as_such(tmp_path, name):
    write(tmp_path / name)
    content = read(tmp_path / name)
    with no_more_open_files(), pytest.raises(InputError) as error:
        read(tmp_path / name)
    remedy = "allow more open files (`ulimit -n 4096`), then run again"
    assert str(error.value) == f"{tmp_path / name}: cannot be read (Too many open files); {remedy}"
    assert read(tmp_path / name) == content


@pytest.mark.parametrize("name", [*FILES, *TEXTS])
def test_a_folder_in_place_of_a_file_is_told_as_such(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match=r": cannot be read \(Is a directory\); give the path of a file$"):
        read(tmp_path / name)


READ_ALL = """
import errno, json, os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_unread_files import read, write
from sr_fingerprints.runtime.errors import InputError

told = {}
for name in sys.argv[3:]:
    path = Path(sys.argv[2], name)
    write(path)
    content = read(path)
    for failure in ("open EACCES", "open ENOLCK", "read EIO", "read ESTALE", "mmap ENODEV"):
        call, number = failure.split()
        os.environ.update(READING_FAILS=call, FAILING_FILE=str(path), FAILS_WITH=str(getattr(errno, number)))
        try:
            told[f"{name} {failure}"] = "read" if read(path) == content else "something else"
        except (InputError, OSError) as error:
            told[f"{name} {failure}"] = f"{type(error).__name__} {error}"
        os.environ["READING_FAILS"] = ""
print(json.dumps(told))
"""


def test_a_drive_that_fails_is_told_as_such(tmp_path):
    environment = failing_drive.environment(tmp_path)
    told = json.loads(failing_drive.run(READ_ALL, environment, Path(__file__).parent, tmp_path, *FILES, *TEXTS))
    assert len(told) == 5 * (len(FILES) + len(TEXTS))
    reasons = {
        "EACCES": "(Permission denied); make it readable",
        "ENOLCK": "(No locks available); put it on another drive, then run again",
        "EIO": "(Input/output error); check the drive that it is on, then run again",
        "ESTALE": "(Stale file handle); it was replaced while it was read; run again",
    }
    for case, message in told.items():
        name, call, number = case.split()
        expected = f"InputError {tmp_path / name}: cannot be read {reasons[number]}" if call != "mmap" else "read"
        assert message == expected, case


def test_a_checkpoint_that_cannot_be_read_is_kept(tmp_path):
    write(tmp_path / "checkpoint.pt")
    whole = (tmp_path / "checkpoint.pt").read_bytes()
    with no_more_open_files(), pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / "checkpoint.pt")
    assert (tmp_path / "checkpoint.pt").read_bytes() == whole


def test_no_error_of_the_system_advises_to_remove_the_file(tmp_path):
    for number in set(errno.errorcode) - NOT_OF_THE_SYSTEM - {errno.ENOENT}:
        error = OSError(number, os.strerror(number))
        assert os.strerror(number) in system_error(error)
        with pytest.raises(InputError) as told, as_input_error(tmp_path / "a", "a table"):
            raise error
        assert str(told.value).startswith(f"{tmp_path / 'a'}: cannot be read ({os.strerror(number)}); ")
        assert not any(words in system_error(error) for words in ("remove it", "damaged", "delete"))


def test_a_filter_that_is_not_installed_is_told_as_such(tmp_path):
    path = tmp_path / "predictions.h5"
    with h5py.File(path, "w", libver=("earliest", "v108")) as file:
        file.create_dataset("scores", data=range(1000), chunks=(100,), compression="lzf")
        file.attrs["digest"] = "0"
    content = path.read_bytes()
    number = content.index(b"lzf") - 8
    assert int.from_bytes(content[number : number + 2], "little") == h5py.h5z.FILTER_LZF == 32000
    path.write_bytes(content[:number] + (32009).to_bytes(2, "little") + content[number + 2 :])
    with pytest.raises(InputError, match=r"compressed `scores` with HDF5's filter 32009 .*; undo that, or move the"):
        read_predictions(path)


@pytest.mark.parametrize(
    "number, remedy",
    [
        (errno.EIO, "check the drive that it is on"),
        (errno.EBUSY, "close it in other programs"),
        (errno.EACCES, "make its folder writable"),
    ],
)
def test_a_drive_that_fails_while_it_is_written_is_told(tmp_path, monkeypatch, number, remedy):
    (tmp_path / "a.txt").write_text("old")

    def fail(descriptor):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic.os, "fsync", fail)
    told = (
        rf"a\.txt: cannot be written \({os.strerror(number)}\); {remedy}, then run again; nothing that was complete"
    )
    with pytest.raises(InputError, match=told):
        atomic.write_text(tmp_path / "a.txt", "new")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.txt": "old"}


def test_a_damaged_checkpoint_still_starts_anew(tmp_path, caplog):
    (tmp_path / "checkpoint.pt").write_bytes(b"PK\x03\x04")
    with caplog.at_level(logging.WARNING), pytest.raises(InputError, match="starts from scratch"):
        read(tmp_path / "checkpoint.pt")
    assert "damaged, training starts from scratch" in caplog.text
