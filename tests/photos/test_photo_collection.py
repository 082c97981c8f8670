"""The published study's photos come out of Debian's packages as they are, or a line names what differs."""

import hashlib
import io
import logging
import re
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from sr_fingerprints.photos import collection
from sr_fingerprints.photos.collection import PackagedPhoto, collect, packaged_photos
from sr_fingerprints.runtime.errors import InputError

CONTENT = {"a.jpg": b"\xff\xd8 a", "b.png": b"\x89PNG b, odd"}
PHOTOS = [
    PackagedPhoto(name, "walls", "2:1.0-1", f"usr/share/{name}", hashlib.sha256(content).hexdigest(), "CC0", "N. N.")
    for name, content in CONTENT.items()
]


def deb(path, contents=None, members=("debian-binary", "control.tar.xz", "data.tar.xz")):
    """Write a package as of dpkg-deb: an ar archive, whose members begin at even places."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:xz") as tar:
        for name, content in (CONTENT if contents is None else contents).items():
            entry = tarfile.TarInfo(f"./usr/share/{name}")
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    data = {"debian-binary": b"2.0\n", "control.tar.xz": b"odd", "data.tar.xz": archive.getvalue()}
    parts = [b"!<arch>\n"]
    for name in members:
        parts.append(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(data[name]):<10}`\n".encode())
        parts.append(data[name] + b"\n" * (len(data[name]) % 2))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(parts))
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """An empty folder of packages, on a system without apt-get."""
    monkeypatch.setattr("shutil.which", lambda program: None)
    folder = tmp_path / "packages"
    folder.mkdir()
    return folder


def test_photos_are_those_of_the_packages_and_what_is_there_is_kept(packages, tmp_path):
    deb(packages / "walls_2%3a1.0-1_all.deb")
    deb(packages / "walls_9-1_all.deb", {"a.jpg": b"another version"})  # the version of the table is preferred
    collect(PHOTOS, packages, tmp_path / "photos")
    assert contents(tmp_path / "photos") == CONTENT
    (tmp_path / "photos/b.png").write_bytes(b"damaged")
    (packages / "walls_9-1_all.deb").unlink()
    collect(PHOTOS, packages, tmp_path / "photos")
    assert contents(tmp_path / "photos") == CONTENT
    (packages / "walls_2%3a1.0-1_all.deb").unlink()
    collect(PHOTOS, packages, tmp_path / "photos")  # nothing is missing: no package is needed


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ({"a.jpg": CONTENT["a.jpg"]}, r"has no usr/share/b\.png; allowed: version 2:1\.0-1, of Debian 12"),
        (CONTENT | {"b.png": b"other"}, r"usr/share/b\.png has SHA-256 [0-9a-f]{64}; allowed: [0-9a-f]{64}, as in"),
    ],
    ids=["missing", "other"],
)
def test_a_package_with_other_photos_is_named(packages, tmp_path, found, line):
    deb(packages / "walls_3-1_all.deb", found)
    with pytest.raises(InputError, match=rf"walls_3-1_all\.deb: {line}"):
        collect(PHOTOS, packages, tmp_path / "photos")
    assert not (tmp_path / "photos/b.png").exists()


@pytest.mark.parametrize("damage", ["text", "truncated", "no data"])
def test_a_damaged_package_is_named(packages, tmp_path, damage):
    path = deb(packages / "walls_1_all.deb", members=["debian-binary"] if damage == "no data" else ["data.tar.xz"])
    if damage == "text":
        path.write_bytes(b"<html>not found</html>")
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"walls_1_all\.deb: not a whole package of Debian 12 \(.+\); download it"):
        collect(PHOTOS, packages, tmp_path / "photos")


def test_a_missing_package_is_named_or_downloaded(packages, tmp_path, monkeypatch, caplog):
    with pytest.raises(InputError, match=r"packages: no walls_\*\.deb; put version 2:1\.0-1 there, of Debian 12"):
        collect(PHOTOS, packages, tmp_path / "photos")
    built = deb(tmp_path / "archive/walls.deb")
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\n[ "$*" = "download walls" ] && cp "{built}" walls_4-1_all.deb\n')
    apt.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda program: str(apt))
    collect(PHOTOS, packages, tmp_path / "photos")
    assert contents(tmp_path / "photos") == CONTENT
    with caplog.at_level(logging.WARNING), pytest.raises(InputError, match=r"no ceilings_\*\.deb"):
        collect([replace(PHOTOS[0], package="ceilings", sha256="0" * 64)], packages, tmp_path / "others")
    assert "apt-get download ceilings" in caplog.text


def test_other_files_in_the_folder_are_not_mixed_with_the_photos(packages, tmp_path):
    deb(packages / "walls_1_all.deb")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/holiday.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"holiday\.jpg: not a photo of the collection; give an empty folder"):
        collect(PHOTOS, packages, tmp_path / "photos")
    assert contents(tmp_path / "photos") == {"holiday.jpg": b"mine"}


def test_the_table_tells_of_every_photo_where_it_comes_from_and_whose_it_is():
    photos = packaged_photos()
    assert len(photos) >= 75
    assert all(all(value and value == value.strip() for value in vars(photo).values()) for photo in photos)
    assert all(re.fullmatch(r"[0-9a-f]{64}", photo.sha256) for photo in photos)
    assert all(re.fullmatch(r"\w+\.(jpg|png)", photo.photo) for photo in photos)
    assert all(photo.photo.endswith(Path(photo.file).suffix) for photo in photos)
    for column in ("photo", "sha256"):
        assert len({getattr(photo, column) for photo in photos}) == len(photos)


def test_the_program_says_what_is_wrong_in_one_line(packages, tmp_path, monkeypatch):
    monkeypatch.setattr(collection, "packaged_photos", lambda: PHOTOS)
    with pytest.raises(SystemExit, match=r"no walls_\*\.deb"):
        collection.main([str(tmp_path / "photos"), "--packages", str(packages)])
    deb(packages / "walls_1_all.deb")
    collection.main([str(tmp_path / "photos"), "--packages", str(packages)])
    assert contents(tmp_path / "photos") == CONTENT
