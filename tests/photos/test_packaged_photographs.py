"""The published study's photos come out of Debian's packages as they are, or a line names what differs."""

import hashlib
import io
import logging
import re
import tarfile
from pathlib import Path

import pytest
from local_server import sends

from sr_fingerprints.networks.downloading import transfer
from sr_fingerprints.photos.fetching.fetching import MIRROR, fetch_photographs
from sr_fingerprints.photos.fetching.packages import packaged_photos
from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.runtime.errors import InputError

TABLE = Path(__file__).parents[2] / "resources/photos/debian.tsv"
CONTENT = {"a.jpg": b"\xff\xd8\xff a", "b.png": b"\x89PNG\r\n\x1a\n b, odd"}
COLUMNS = ("photo", "package", "version", "file", "sha256", "licence", "author")


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


@pytest.fixture
def walls(tmp_path, monkeypatch):
    """What fetches the two photos of a package, on a system without apt-get."""
    monkeypatch.setattr("shutil.which", lambda program: None)
    monkeypatch.setattr(transfer, "ATTEMPTS", 1)
    rows = [
        (name, "walls", "2:1.0-1", f"usr/share/{name}", hashlib.sha256(content).hexdigest(), "CC0", "N. N.")
        for name, content in CONTENT.items()
    ]
    (tmp_path / "walls.tsv").write_text("\n".join("\t".join(row) for row in [COLUMNS, *rows]) + "\n")
    (tmp_path / "downloads/packages").mkdir(parents=True)

    def fetch(mirror=None, digest="none published"):
        monkeypatch.delenv(MIRROR, raising=False)
        if mirror:
            monkeypatch.setenv(MIRROR, mirror)
        package = {"name": "walls", "path": "pool/w/walls_1.0-1_all.deb", "digest": digest}
        source = {"table": "walls.tsv", "packages": [package]}
        row = Photographs("walls", "Walls", "N. N.", "https://walls.org", "CC0", 2, (8, 8), 1, (source,))
        folder = tmp_path / "downloads/photographs/walls"
        fetch_photographs(row, folder, tmp_path / "downloads", tmp_path)
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    fetch.packages = tmp_path / "downloads/packages"
    return fetch


def use_apt(folder, monkeypatch, file):
    """An apt-get that has ``file`` as version 4-1 of the package walls, and no other package."""
    apt = folder / "apt-get"
    apt.write_text(f'#!/bin/sh\n[ "$*" = "download walls" ] && cp "{file}" walls_4-1_all.deb\n')
    apt.chmod(0o755)
    monkeypatch.setattr("shutil.which", lambda program: str(apt))


def test_photos_are_those_of_a_package_that_was_put_there(walls):
    deb(walls.packages / "walls_2%3a1.0-1_all.deb")
    deb(walls.packages / "walls_9-1_all.deb", {"a.jpg": b"another version"})  # the version of the table is preferred
    assert walls() == CONTENT


@pytest.mark.parametrize(
    ("found", "line"),
    [
        ({"a.jpg": CONTENT["a.jpg"]}, r"has no usr/share/b\.png; allowed: version 2:1\.0-1, of Debian 12"),
        (CONTENT | {"b.png": b"other"}, r"usr/share/b\.png has SHA-256 [0-9a-f]{64}; allowed: [0-9a-f]{64}, as in"),
    ],
    ids=["missing", "other"],
)
def test_a_package_with_other_photos_is_named_and_stays(walls, found, line):
    path = deb(walls.packages / "walls_3-1_all.deb", found)
    with pytest.raises(InputError, match=rf"walls_3-1_all\.deb \(by hand\): {line}"):
        walls()
    assert path.exists() and not (walls.packages.parent / "photographs/walls").exists()


@pytest.mark.parametrize("damage", ["text", "truncated", "no data"])
def test_a_damaged_package_is_named(walls, damage):
    members = ["debian-binary"] if damage == "no data" else ["data.tar.xz"]
    path = deb(walls.packages / "walls_1_all.deb", members=members)
    if damage == "text":
        path.write_bytes(b"nothing")
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"walls_1_all\.deb \(by hand\): not a whole package of Debian \(.+\);"):
        walls()


def test_a_package_comes_from_apt_or_else_from_a_mirror(walls, server, tmp_path, monkeypatch, caplog):
    with pytest.raises(InputError, match=r"put by hand at .*packages/walls_1\.0-1_all\.deb \(of Debian 12") as error:
        walls()
    assert "set DEBIAN_MIRROR to the address of a mirror" in str(error.value)
    built = deb(tmp_path / "archive/walls.deb")
    content = built.read_bytes()
    server.add("debian/pool/w/walls_1.0-1_all.deb", sends(content))
    deb(built, {"a.jpg": b"another version"})
    use_apt(tmp_path, monkeypatch, built)
    with caplog.at_level(logging.WARNING):
        assert walls(f"{server.address}/debian/", f"sha256:{hashlib.sha256(content).hexdigest()}") == CONTENT
    assert re.search(r"walls_4-1_all\.deb: usr/share/a\.jpg has SHA-256|walls_4-1_all\.deb: has no", caplog.text)
    assert [path.name for path in walls.packages.glob("[!.]*")] == ["walls_1.0-1_all.deb"]


def test_apt_is_asked_first(walls, server, tmp_path, monkeypatch):
    server.add("debian/pool/w/walls_1.0-1_all.deb", sends(b"never asked for"))
    use_apt(tmp_path, monkeypatch, deb(tmp_path / "archive/walls.deb"))
    assert walls(f"{server.address}/debian") == CONTENT
    assert not server.asked["debian/pool/w/walls_1.0-1_all.deb"]
    assert [path.name for path in walls.packages.iterdir()] == ["walls_4-1_all.deb"]


def test_a_download_of_another_digest_is_no_package(walls, server, tmp_path):
    server.add("debian/pool/w/walls_1.0-1_all.deb", sends(deb(tmp_path / "archive/walls.deb").read_bytes()))
    with pytest.raises(InputError, match="damaged or another file"):
        walls(f"{server.address}/debian", f"sha256:{'0' * 64}")
    assert not list(walls.packages.glob("[!.]*"))


def test_the_table_tells_of_every_photo_where_it_comes_from_and_whose_it_is():
    packages = {line.split("\t")[1] for line in TABLE.read_text().splitlines()[1:]}
    photos = [photo for some in packaged_photos(TABLE, packages).values() for photo in some]
    assert len(photos) == 84
    assert all(all(value and value == value.strip() for value in vars(photo).values()) for photo in photos)
    assert all(re.fullmatch(r"[0-9a-f]{64}", photo.sha256) for photo in photos)
    assert all(re.fullmatch(r"\w+\.(jpg|png)", photo.photo) for photo in photos)
    assert all(photo.photo.endswith(Path(photo.file).suffix) for photo in photos)
    for column in ("photo", "sha256"):
        assert len({getattr(photo, column) for photo in photos}) == len(photos)
