"""Results that another program has open or locked are read and replaced, also on drives that have no locks."""

import json
import subprocess
import sys
from pathlib import Path

import failing_drive
import h5py
import numpy as np
import pytest
from kinds_of_files import FILES

from sr_fingerprints.files.atomic import write_bytes
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import read_predictions
from sr_fingerprints.runtime.errors import InputError

HDF5 = [name for name in FILES if name.endswith(".h5")]
OTHERS = ["table.csv", "table.tex", "figure.png", "figure.pdf", "findings.rst", "index.html", "weights.lock.json"]

HOLD = """
import fcntl, mmap, sys, time
import h5py
kept = []
for path in sys.argv[2:]:
    match sys.argv[1]:
        case "opened":
            kept.append(open(path, "r+b"))
        case "flock":
            kept.append(open(path, "r+b"))
            fcntl.flock(kept[-1], fcntl.LOCK_EX)
        case "lockf":
            kept.append(open(path, "r+b"))
            fcntl.lockf(kept[-1], fcntl.LOCK_EX)
        case "mapped":
            kept.append(open(path, "r+b"))
            kept.append(mmap.mmap(kept[-1].fileno(), 0))
        case "swmr":
            kept.append(h5py.File(path, "r+", libver="v110"))
            kept[-1].swmr_mode = True
        case "changed":
            kept.append(h5py.File(path, "r+"))
            kept[-1].attrs["note"] = "mine"
            kept[-1].flush()
        case mode:
            kept.append(h5py.File(path, mode))
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def hold():
    """Start a program that holds files in some way until it is killed, or told to end."""
    started = []

    def start(way, *paths):
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        program = subprocess.Popen([sys.executable, "-c", HOLD, way, *map(str, paths)], **pipes)
        started.append(program)
        assert program.stdout.readline() == b"holds\n"
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()


@pytest.mark.parametrize("way", ["opened", "flock", "lockf", "mapped"])
def test_a_file_that_another_program_holds_is_read_and_replaced(tmp_path, hold, way):
    contents = {}
    for name, (write, read) in FILES.items():
        write(tmp_path / name)
        contents[name] = read(tmp_path / name)
    for name in OTHERS:
        (tmp_path / name).write_bytes(b"old\n")
    hold(way, *(tmp_path / name for name in (*FILES, *OTHERS)))
    for name, (write, read) in FILES.items():
        assert read(tmp_path / name) == contents[name], name
        write(tmp_path / name)
        assert read(tmp_path / name) == contents[name], name
    for name in OTHERS:
        write_bytes(tmp_path / name, b"new\n")
        assert (tmp_path / name).read_bytes() == b"new\n"


@pytest.mark.parametrize("mode", ["r", "r+", "a", "swmr"])
@pytest.mark.parametrize("name", HDF5)
def test_a_file_that_is_open_in_a_notebook_is_read(tmp_path, hold, caplog, name, mode):
    write, read = FILES[name]
    write(tmp_path / name)
    content = read(tmp_path / name)
    notebook = hold(mode, tmp_path / name)
    assert read(tmp_path / name) == content
    notebook.kill()
    notebook.wait()
    assert read(tmp_path / name) == content
    told = f"{tmp_path / name}: open for writing in another program, or was when that one ended"
    assert (told in caplog.messages) == (mode != "r")
    write(tmp_path / name)
    caplog.clear()
    assert read(tmp_path / name) == content
    assert not caplog.messages


def test_a_file_that_a_notebook_is_changing_is_refused(tmp_path, hold):
    path = tmp_path / "images.h5"
    FILES["images.h5"][0](path)
    notebook = hold("changed", path)
    with pytest.raises(InputError) as error, ImageFile(path):
        pass
    assert str(error.value) == (
        f"{path}: damaged, or not a collection of images (its digest does not match its content); another program "
        "has it open for writing, or had it so when it ended: close it there and run again; if none has, move it "
        "away and run again to rebuild it"
    )
    notebook.communicate(b"")
    with pytest.raises(InputError, match=r"does not match its content.*; remove it and run again"), ImageFile(path):
        pass


def test_a_file_that_this_process_has_open_with_a_lock_is_read(tmp_path):
    write, read = FILES["predictions.h5"]
    write(tmp_path / "predictions.h5")
    content = read(tmp_path / "predictions.h5")
    with h5py.File(tmp_path / "predictions.h5", "r"):
        assert read(tmp_path / "predictions.h5") == content


def test_who_reads_a_file_keeps_it_while_it_is_replaced(tmp_path):
    images = [np.full((64, 64, 3), value, np.uint8) for value in (1, 2)]
    for image in images:
        with ImageWriter(tmp_path / "images.h5", {}) as writer:
            writer.append(image, "photo", "photo", "train")
        if image is images[0]:
            reader = ImageFile(tmp_path / "images.h5")
    with reader, ImageFile(tmp_path / "images.h5") as new:
        assert np.array_equal(reader.image(0), images[0])
        assert np.array_equal(new.image(0), images[1])


def test_no_lock_is_asked_for(tmp_path, monkeypatch):
    FILES["predictions.h5"][0](tmp_path / "predictions.h5")
    asked = []

    class File(h5py.File):
        def __init__(self, *arguments, **options):
            asked.append(options.get("locking"))
            super().__init__(*arguments, **options)

    monkeypatch.setattr(h5py, "File", File)
    read_predictions(tmp_path / "predictions.h5")
    assert asked == [False]


WRITE_AND_READ = """
import json, sys
from pathlib import Path
import h5py
from kinds_of_files import FILES

told = {}
for name, (write, read) in FILES.items():
    path = Path(sys.argv[1], name)
    write(path)
    told[name] = len(repr(read(path)))
try:
    h5py.File(path.with_name("predictions.h5"), locking=True)
except OSError as error:
    told["with a lock"] = str(error)
print(json.dumps(told))
"""


@pytest.mark.parametrize("demanded", ["", "TRUE", "BEST_EFFORT"])
def test_no_file_needs_a_lock(tmp_path, demanded):
    environment = failing_drive.environment(tmp_path, LOCKS_FAIL_WITH="37", HDF5_USE_FILE_LOCKING=demanded)
    told = json.loads(failing_drive.run(WRITE_AND_READ, environment, tmp_path))
    assert "No locks available" in told.pop("with a lock")
    assert set(told) == set(FILES)
    assert all(told.values())
    for name, (_, read) in FILES.items():
        assert len(repr(read(Path(tmp_path, name)))) == told[name]
