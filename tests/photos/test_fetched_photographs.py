"""Photographs by name come as a whole and verified, from the first source that has them; or it is told why not."""

import hashlib
import io
import logging
import re
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest
from local_server import sends, status

from sr_fingerprints.networks.downloading import transfer
from sr_fingerprints.photos.fetching import unpacking
from sr_fingerprints.photos.fetching.fetching import fetch_photographs
from sr_fingerprints.photos.fetching.photographs import Photographs
from sr_fingerprints.photos.sources import source_files
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.photographs_table import read_photographs

ROOT = Path(__file__).parents[2]
PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
IMAGES = {"1.png": PNG + Random(1).randbytes(2_400_000), "2.png": PNG + b"two", "3.jpg": JPEG + b"three"}


def zipped(members, links=()):
    """A zip archive of files by path; with Unix modes, as `zip` writes them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.mkdir("set")
        for path, content in members.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = (0o120777 if path in links else 0o100644) << 16
            archive.writestr(entry, content)
    return stream.getvalue()


def tarred(members, links=(), mode="w:gz"):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for path, content in members.items():
            entry = tarfile.TarInfo(path)
            if path in links:
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
            entry.size = 0 if path in links else len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def inside(images=IMAGES):
    """Images as they lie in archives, among other files."""
    paths = {f"set/{name}": content for name, content in images.items()}
    return paths | {"set/readme.txt": b"read me", "__MACOSX/set/._1.png": b"fork", "set/small/1.png": PNG + b"small"}


ZIP = zipped(inside())
SHA256 = f"sha256:{hashlib.sha256(ZIP).hexdigest()}"


class Fetched:
    """Folders of downloads and of photographs, and what fetching does to them."""

    def __init__(self, folder):
        self.downloads, self.folder = folder / "downloads", folder / "downloads/photographs/three"

    def photographs(self, *sources, images=3):
        return Photographs(
            "three", "Three images", "N. N.", "https://three.org", "CC0-1.0", images, (8, 8), 3, sources
        )

    def fetch(self, *sources, **changes):
        fetch_photographs(self.photographs(*sources, **changes), self.folder, self.downloads, ROOT / "resources")
        return {path.name: path.read_bytes() for path in self.folder.iterdir()}

    def fails(self, *sources, **changes):
        """The message; neither the folder nor a part of it is left behind."""
        with pytest.raises(InputError) as error:
            self.fetch(*sources, **changes)
        assert not self.folder.exists()
        assert not list(self.folder.parent.glob("*partial*")) + list(self.folder.parent.glob(".*partial*"))
        return str(error.value)

    def put(self, name, content):
        (self.downloads / name).parent.mkdir(parents=True, exist_ok=True)
        (self.downloads / name).write_bytes(content)


def source(url, digest="none published", images="set/[0-9].*"):
    return {"archive": url, "images": images, "digest": digest}


@pytest.fixture
def three(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "BACK_OFF", 0.01)
    return Fetched(tmp_path)


@pytest.mark.parametrize(
    "content", [ZIP, tarred(inside()), tarred(inside(), mode="w"), tarred(inside(), mode="w:xz")]
)
def test_the_images_of_an_archive_come_out_of_it_and_nothing_else(three, server, content):
    assert three.fetch(source(server.add("three.zip", sends(content)))) == IMAGES
    assert (three.downloads / "three.zip").read_bytes() == content
    assert three.fetch(source(server.add("three.zip", status(404)))) == IMAGES  # from the archive that was kept


def test_it_is_told_beforehand_what_comes_and_whose_it_is(three, server, caplog):
    with caplog.at_level(logging.INFO):
        three.fetch(source(server.add("three.zip", sends(ZIP))))
    assert "three: Three images, 3 images, 3 MB; licence: CC0-1.0; by N. N. (https://three.org)" in caplog.messages[0]


def test_an_interrupted_download_is_resumed_also_by_the_next_run(three, server):
    broken = sends(ZIP, stops_after=(1 << 20) + 7)
    url = server.add("three.zip", broken, status(404), sends(ZIP))
    assert "HTTP 404" in three.fails(source(url, SHA256))
    assert three.fetch(source(url, SHA256)) == IMAGES
    assert [request.get("Range") for request in server.asked["three.zip"]] == [None, *["bytes=1048576-"] * 2]


@pytest.mark.parametrize(
    ("content", "digest", "told"),
    [
        (ZIP, f"sha256:{'0' * 64}", rf"damaged or another file \(sha256 {SHA256[7:]}, not 0{{64}}\)"),
        (ZIP, f"md5:{'0' * 32}", r"damaged or another file \(md5 [0-9a-f]{32}, not 0{32}\)"),
        (ZIP[:-200], "none published", "a damaged archive"),
        (b"<html><title>Moved</title></html>", "none published", "a web page instead of the file: Moved"),
        (b"nothing", "none published", "neither a zip nor a tar archive"),
        (zipped(inside() | {"set/4.png": PNG}), "none published", r"has 4 images set/\[0-9\]\.\*, not 3"),
        (zipped(inside(dict(list(IMAGES.items())[:2]))), "none published", "has 2 images"),
        (zipped(inside() | {"set/../../3.png": PNG}), "none published", r"a path out of it: 'set/\.\./\.\./3\.png'"),
        (tarred(inside() | {"../9.png": PNG}), "none published", r"a path out of it: '\.\./9\.png'"),
        (tarred(inside() | {"/tmp/9.png": PNG}), "none published", "a path out of it: '/tmp/9.png'"),
        (zipped(inside(), ["set/1.png"]), "none published", "a link or device: 'set/1.png'"),
        (tarred(inside(), ["set/1.png"]), "none published", "a link or device: 'set/1.png'"),
        (zipped(inside() | {"set/2.png": b"#!/bin/sh"}), "none published", "2.png is no PNG or JPEG image"),
        (tarred(inside() | {"set/2.png": b""}), "none published", "2.png is empty"),
        (tarred(inside() | {"set/4.gif": b"GIF89a"}), "none published", "4.gif is no PNG or JPEG image"),
    ],
)
def test_another_mirror_is_asked_where_one_has_no_such_photographs(three, server, content, digest, told):
    wrong = source(server.add("wrong/three.zip", sends(content)), digest)
    assert re.search(told, three.fails(wrong))
    assert not (three.downloads / "three.zip").exists()
    assert three.fetch(wrong, source(server.add("right/three.zip", sends(ZIP)), SHA256)) == IMAGES


def test_archives_that_grow_too_large_are_refused_before_they_are_unpacked(three, server, monkeypatch):
    bomb = tarred({"set/1.png": PNG + bytes(50_000_000)})
    assert "unpacks to more than" in three.fails(source(server.add("three.tgz", sends(bomb))))
    monkeypatch.setattr(unpacking, "LARGEST_IMAGE", 1000)
    assert "1.png has more than 1,000 bytes" in three.fails(source(server.add("three.zip", sends(ZIP))))


def test_offline_the_message_says_what_to_put_where(three, server):
    told = three.fails(source(server.add("three.zip", status(404)), SHA256), source("http://127.0.0.1:9/b.zip"))
    first, *failures, remedy = told.splitlines()
    assert first == "three: no source has these photographs"
    assert re.search(r"three\.zip: HTTP 404", failures[0]) and re.search(r"b\.zip: .*refused, 4 times", failures[1])
    assert f"put by hand at {three.downloads / 'three.zip'}" in remedy and SHA256 in remedy
    assert "see https://three.org, or give your own `folder`" in remedy
    three.put("three.zip", ZIP)
    assert three.fetch(source("http://127.0.0.1:9/three.zip", SHA256)) == IMAGES


def test_a_wrong_archive_put_by_hand_is_told_and_stays(three):
    three.put("three.zip", ZIP[:-1])
    told = three.fails(source("http://127.0.0.1:9/three.zip", SHA256))
    assert re.search(r"three\.zip \(by hand\): damaged or another file .*; replace it, or move it away", told)
    assert (three.downloads / "three.zip").read_bytes() == ZIP[:-1]


def test_single_files_are_images_too(three, server):
    urls = [server.add(f"files/{name}", sends(content)) for name, content in IMAGES.items()]
    files = {"files": urls, "digest": "none published"}
    assert three.fetch(files) == IMAGES
    assert {path.name for path in (three.downloads / "three").glob("[!.]*")} == set(IMAGES)
    server.add("files/2.png", sends(b"error"))
    (three.downloads / "three/2.png").unlink()
    three.folder.rename(three.folder.with_name("before"))
    assert "2.png is no PNG or JPEG image" in three.fails(files)


def test_photographs_that_are_fetched_again_are_the_same(three, server):
    """Nobody published a digest of the archive: the photographs' own were recorded."""
    three.fetch(source(server.add("three.zip", sends(ZIP))))
    for path in (three.folder, three.downloads / "three.zip"):
        path.rename(path.with_name(f"former {path.name}"))
    other = zipped(inside(IMAGES | {"2.png": PNG + b"TWO"}))
    told = three.fails(source(server.add("three.zip", sends(other))))
    assert re.search(r"not the photographs that were first fetched: 2\.png is another file than .*three\.json", told)
    repacked = tarred(inside())
    assert three.fetch(source(server.add("three.tgz", sends(repacked)))) == IMAGES


def test_fetched_photographs_are_read_as_they_were_fetched(three, server):
    three.fetch(source(server.add("three.zip", sends(ZIP))))
    names = list(IMAGES)
    assert source_files([three.folder], None) == {name: three.folder / name for name in names}
    assert list(source_files([three.folder], None, fraction=0.34, seed=1)) == list(
        source_files([three.folder], None, fraction=0.34, seed=1)
    )
    assert len(source_files([three.folder], None, fraction=0.34, seed=1)) == 1
    assert source_files(["b", "a"], ["x", "y"]) == {"x": Path("b"), "y": Path("a")}
    (three.folder / "2.png").write_bytes(PNG + b"edited")
    with pytest.raises(
        InputError, match=r"2\.png: not the file that was fetched, of which .*three\.json has the digest"
    ):
        source_files([three.folder], None)


def test_the_table_has_the_sets_of_the_field_and_says_whose_they_are():
    rows = read_photographs(ROOT / "resources/photographs.yaml", ROOT / "schemas/photographs.schema.json")
    assert {"div2k_train", "div2k_valid", "flickr2k", "kodak", "bsd100", "urban100", "set14", "debian"} <= set(rows)
    assert sum(rows[name].images for name in rows if name.startswith("debian_")) == rows["debian"].images
    assert set().union(*(rows[name].packages for name in rows if name != "debian")) == rows["debian"].packages
    assert rows["debian"].shares_images_with(rows["debian_mate"])
    assert not rows["debian_lxqt"].shares_images_with(rows["debian_mate"])
    for row in rows.values():
        for each in row.sources:
            assert len(each.get("files", [0] * row.images)) == row.images


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("images: 24", "images: 0", r"kodak\.images: found 0; allowed: "),
        ("digest: none published", "digest: unknown", r"sources\.0"),
        ("digest: none published", f"digest: sha256:{'A' * 64}", r"sources\.0"),
        ("https://r0k.us/graphics/kodak/kodak/kodim01.png", "ftp://r0k.us/kodim01.png", r"kodak\.sources"),
        (
            "https://r0k.us/graphics/kodak/kodak/kodim01.png",
            "https://me:secret@r0k.us/kodim01.png",
            "name or password",
        ),
        ("  licence: released", "  license: released", r"kodak\.license: unknown key"),
    ],
)
def test_a_wrong_row_is_told(tmp_path, old, new, told):
    table = (ROOT / "resources/photographs.yaml").read_text()
    kodak = table[table.index("kodak:") : table.index("# The test images of BSDS300")]
    assert old in kodak
    (tmp_path / "photographs.yaml").write_text(kodak.replace(old, new))
    with pytest.raises(InputError, match=rf"photographs\.yaml: .*{told}"):
        read_photographs(tmp_path / "photographs.yaml", ROOT / "schemas/photographs.schema.json")
