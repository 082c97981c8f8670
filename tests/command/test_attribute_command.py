"""`sr-fingerprints attribute` as people use it: bad and odd images, formats, resuming, exit status, and as Python."""

import csv
import io
import json
import os
import signal
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
import tiny_bundle
from jsonschema import Draft202012Validator
from PIL import Image

from sr_fingerprints.attribution import attribute
from sr_fingerprints.attribution.bundle import read_bundle
from sr_fingerprints.command.answer_file import COLUMNS
from sr_fingerprints.command.main import main
from sr_fingerprints.photos.reading import read_photo
from sr_fingerprints.runtime.errors import InputError

ROOT = Path(__file__).parents[2]
SCHEMA = Draft202012Validator(json.loads((ROOT / "schemas/attribution.schema.json").read_text()))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return tiny_bundle.write_tiny_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def pixels():
    return tiny_bundle.made("smooth", "ihc", 128)


def save(pixels, name, **options):
    Image.fromarray(pixels).save(name, **options)
    return name


def run(bundle, *arguments):
    return main(["attribute", "--bundle", str(bundle), *map(str, arguments)])


def command(bundle, *arguments):
    return [sys.executable, "-m", "sr_fingerprints.command", "attribute", "--bundle", str(bundle), *arguments]


def answers(text):
    found = [json.loads(line) for line in text.splitlines()]
    for each in found:
        SCHEMA.validate(each)
    return found


# ---- What is answered ----


def test_answers_are_right_and_follow_the_schema(folder, bundle, capsys):
    for source in tiny_bundle.MAKE:
        save(tiny_bundle.made(source, "grace_hopper", 384), f"{source}.png")
    assert run(bundle, "--format", "jsonl", ".") == 0
    best = {
        Path(each["image"]["path"]).stem: each["candidates"][0]["name"] for each in answers(capsys.readouterr().out)
    }
    assert best == {source: source for source in tiny_bundle.MAKE}


def test_path_bytes_and_pixels_have_the_same_answer(folder, bundle, pixels):
    save(pixels, "a.png")
    known = read_bundle(bundle)
    of_path, of_bytes, of_pixels = (
        attribute(each, known).as_json() for each in ("a.png", Path("a.png").read_bytes(), pixels)
    )
    assert of_path["image"].pop("path") == "a.png" and of_bytes["image"].pop("path") is None
    assert of_path == of_bytes
    assert of_pixels.pop("image") == {"path": None, "sha256": None, "width": 128, "height": 128}
    of_path.pop("image")
    assert of_path == of_pixels
    assert attribute(Path("a.png"), str(bundle)).answer == of_path["answer"]


@pytest.mark.parametrize(
    "change",
    [
        lambda image: (image.convert("L"), "a.png", {}),
        lambda image: (Image.fromarray(np.asarray(image.convert("L"), np.uint16) * 257), "a.png", {}),
        lambda image: (image.convert("CMYK"), "a.jpg", {}),
        lambda image: (image.convert("RGBA"), "a.webp", {"lossless": True}),
        lambda image: (image.convert("P"), "a.gif", {}),
        lambda image: (image, "a.tif", {"exif": _turned()}),
    ],
    ids=["grey", "16 bits", "CMYK", "transparent", "palette", "turned"],
)
def test_formats_are_read_as_the_study_reads_photos(folder, bundle, pixels, change):
    image, name, options = change(Image.fromarray(pixels[:, :112]))
    image.save(name, **options)
    known = read_bundle(bundle)
    found, expected = attribute(name, known), attribute(np.asarray(read_photo(name)), known)
    assert found.candidates == expected.candidates
    assert (found.image.width, found.image.height) == ((128, 112) if name == "a.tif" else (112, 128))


def _turned():
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_a_jpeg_s_quality_and_what_was_passed_over_are_limits(folder, bundle, pixels):
    save(pixels, "a.jpg", quality=40)
    assert any("JPEG of quality 40" in limit for limit in attribute("a.jpg", bundle).limits)
    Image.fromarray(pixels).save("pages.tif", save_all=True, append_images=[Image.fromarray(pixels)])
    assert any("has 2 frames or pages" in limit for limit in attribute("pages.tif", bundle).limits)


# ---- What cannot be answered ----


def _truncated(name, pixels):
    save(pixels, name)
    Path(name).write_bytes(Path(name).read_bytes()[:5000])


def _huge(name, pixels):
    """A PNG whose header says that it has 30,000 x 30,000 pixels."""
    content = bytearray(Path(save(pixels, name)).read_bytes())
    content[16:24] = struct.pack(">II", 30000, 30000)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))
    Path(name).write_bytes(content)


BAD = {
    "text.png": (lambda name, pixels: Path(name).write_text("not an image\n"), "not a whole image"),
    "empty.jpg": (lambda name, pixels: Path(name).write_bytes(b""), "not a whole image"),
    "truncated.png": (_truncated, "not a whole image"),
    "small.png": (lambda name, pixels: save(pixels[:20], name), "found 128 x 20 pixels; allowed: 64 or more"),
    "animated.gif": (
        lambda name, pixels: save(pixels, name, save_all=True, append_images=[Image.fromarray(255 - pixels)]),
        "found an animation of 2 frames; allowed: a single image",
    ),
    "animated.webp": (
        lambda name, pixels: save(pixels, name, save_all=True, append_images=[Image.fromarray(255 - pixels)]),
        "found an animation of 2 frames; allowed: a single image",
    ),
    "huge.png": (_huge, "found 30000 x 30000 pixels; allowed: up to 500 megapixels"),
    "camera.nef": (lambda name, pixels: Path(name).write_bytes(b"II*\0"), "found a camera raw file"),
    "page.svg": (lambda name, pixels: Path(name).write_text("<svg/>"), "found SVG"),
}


def test_each_bad_image_is_told_in_a_line_and_the_others_go_on(folder, bundle, pixels, capfd):
    for name, (make, _) in BAD.items():
        make(name, pixels)
    save(pixels, "good.png")
    assert run(bundle, "--format", "jsonl", *BAD, "missing.png", "good.png") == 1
    out, err = capfd.readouterr()
    assert [each["image"]["path"] for each in answers(out)] == ["good.png"]
    lines = err.splitlines()
    for name, (_, told) in BAD.items():
        (line,) = (line for line in lines if line.startswith(f"{name}: "))
        assert told in line and "photos" not in line.removeprefix(name), line
    assert "missing.png: not found; allowed: a file, a folder, a pattern, or -" in lines
    assert lines[-1].startswith("10 unanswered, 1 ") and len(lines) == len(BAD) + 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (np.zeros((100, 100), np.uint8), r"found uint8 \(100, 100\); allowed: uint8"),
        (np.zeros((100, 100, 3)), r"found float64"),
        (np.zeros((10, 100, 3), np.uint8), "found 100 x 10 pixels"),
        (b"no image", "the given bytes: not a whole image"),
        ("no.png", "no.png: not found"),
    ],
)
def test_python_gets_an_input_error(folder, bundle, given, told):
    with pytest.raises(InputError, match=told):
        attribute(given, bundle)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--bundle", "none.safetensors"], "none.safetensors: found no such file; allowed: a bundle that"),
        (["--bundle", "a.png"], "a.png: damaged, or not a bundle"),
        (["--output", "answers.txt"], "--output: found answers.txt; allowed: a name that ends with .jsonl or .csv"),
        (["--output", "a.csv", "--format", "table"], "--format: found table"),
        (["--output", "a.png", "--format", "csv"], "a.png: found something else at its start"),
        (["--map", "a.png"], "--map: found a.png, which is an image to be answered"),
        (["b.png", "--map", "m.png"], "--map: found m.png for 2 images; allowed: a folder, or one image"),
        (["--explain", "--format", "csv"], "--explain: found with answers as csv"),
    ],
)
def test_what_makes_no_sense_ends_with_2_and_changes_nothing(folder, bundle, pixels, capsys, arguments, told):
    for name in ("a.png", "b.png"):
        save(pixels, name)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert run(bundle, "a.png", *arguments) == 2
    out, err = capsys.readouterr()
    assert not out and f"sr-fingerprints: {told}" in err and "Traceback" not in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize(
    "arguments", [[], ["attribute"], ["attribute", "a", "--workers", "0"], ["attribute", "a", "-x"]]
)
def test_wrong_arguments_end_with_2(arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2


def test_without_the_project_s_bundle_it_says_where_one_comes_from(folder, pixels, monkeypatch, capsys):
    save(pixels, "a.png")
    monkeypatch.setattr("sr_fingerprints.attribution.one_image.DEFAULT_BUNDLE", folder / "gone.safetensors")
    assert main(["attribute", "a.png"]) == 2
    assert "with --bundle" in capsys.readouterr().err


# ---- Ways of asking ----


def test_a_table_has_all_that_matters_and_no_colours_for_a_file(folder, bundle, pixels, capsys):
    save(pixels, "a.png")
    assert run(bundle, "a.png", "--explain") == 0
    out, err = capsys.readouterr()
    for text in ("a.png, 128 x 128 pixels", "probability:", "reason:", "log10 LR", "Smooth 2X", "95 % set:", "proof"):
        assert text in out
    assert "\033" not in out and not err


def test_a_csv_has_the_columns(folder, bundle, pixels, capsys):
    save(pixels, "a.png")
    assert run(bundle, "a.png", "--format", "csv") == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert tuple(row) == COLUMNS and row["candidate"] == "smooth" and row["width"] == "128"


def test_standard_input_and_a_reader_that_ends(folder, bundle, pixels):
    save(pixels, "a.png")
    with Path("a.png").open("rb") as stream:
        done = subprocess.run(command(bundle, "-", "--format", "jsonl"), stdin=stream, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    (answer,) = answers(done.stdout)
    assert answer["image"]["path"] == "-" and answer["candidates"][0]["name"] == "smooth"


def test_workers_answer_the_same_in_order(folder, bundle, capsys):
    for number, source in enumerate(("sharp", "smooth", "photo")):
        save(tiny_bundle.made(source, "ihc", 128), f"{number}.png")
    Path("1b.png").write_bytes(b"")
    told = []
    for workers in (1, 2):
        assert run(bundle, ".", "--format", "jsonl", "--workers", workers) == 1
        told.append(capsys.readouterr())
    assert told[0] == told[1]
    assert [each["image"]["path"] for each in answers(told[0].out)] == ["0.png", "1.png", "2.png"]


def test_a_run_goes_on_where_the_last_one_ended(folder, bundle, capsys):
    for number, source in enumerate(("sharp", "smooth", "photo")):
        save(tiny_bundle.made(source, "ihc", 128), f"{number}.png")
    output = folder / "answers.jsonl"
    assert run(bundle, ".", "--output", output) == 0
    content = output.read_bytes()
    assert len(answers(content.decode())) == 3
    lines = content.splitlines(keepends=True)
    output.write_bytes(lines[0] + lines[1][:100])
    capsys.readouterr()
    assert run(bundle, ".", "--output", output) == 0
    assert output.read_bytes() == content
    out, err = capsys.readouterr()
    assert not out and "removed a last line that was not whole" in err and "has the answers to 1 of 3 images" in err
    assert run(bundle, ".", "--output", output) == 0
    assert output.read_bytes() == content and "has the answers to 3 of 3 images" in capsys.readouterr().err
    save(tiny_bundle.made("sharp", "ihc", 128), "copy.png")
    Path("new.txt").write_text("")
    assert run(bundle, "copy.png", "new.txt", "--output", output) == 1
    assert output.read_bytes() == content, "a copy has its answer already"


@pytest.mark.parametrize("workers", ["1", "2"])
def test_ctrl_c_keeps_what_is_written(folder, bundle, pixels, workers):
    """Of a run that would take long: it ends at once, with whole lines, and with a word instead of a traceback."""
    for number in range(150):
        save(np.roll(pixels, number, axis=0), f"{number:03}.png", compress_level=1)
    output = folder / "answers.jsonl"
    running = subprocess.Popen(
        command(bundle, ".", "--output", str(output), "--workers", workers),
        stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # else ignored by background jobs
    )  # fmt: skip
    while not (output.exists() and output.stat().st_size) and running.poll() is None:
        time.sleep(0.02)
    os.killpg(running.pid, signal.SIGINT)  # as a terminal does to all of them
    _, err = running.communicate(timeout=60)
    assert running.returncode == 130 and "interrupted" in err and "Traceback" not in err
    assert 1 <= len(answers(output.read_text())) < 150 and output.read_text().endswith("\n")
