"""Weights inside archives, and archives that mean harm."""

import gzip
import io
import re
import tarfile
import zipfile
from pathlib import Path
from random import Random

import pytest
from local_server import sends
from weights_server import MEBIBYTE, OTHERS, WEIGHTS, ZIP, sha256, zipped

from sr_fingerprints.networks.downloading.content import read_chunks
from sr_fingerprints.networks.downloading.sources import SourceError


def tarred(mode, **members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"models/{name}.pth")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


@pytest.mark.parametrize(
    "archive",
    [ZIP, tarred("w", x2=WEIGHTS, x4=ZIP), tarred("w:gz", x2=WEIGHTS, x4=ZIP)],
    ids=["zip", "tar", "tar.gz"],  # not their bytes, which have the time in them
)
def test_a_member_comes_out_of_an_archive(study, server, archive):
    source = {"url": server.add("models.zip", sends(archive)), "member": "*/x2.pth"}
    assert study.fetch(source, sha256=sha256(WEIGHTS)) == WEIGHTS
    assert study.kept() == {"models.zip": archive}
    assert list(study.locked()["net"]) == ["models.zip!*/x2.pth"]


def test_networks_share_an_archive(study, server):
    url = server.add("models.zip", sends(ZIP))
    assert study.fetch({"url": url, "member": "*/x2.pth"}, network="two") == WEIGHTS
    assert study.fetch({"url": url, "member": "*/x4.pth"}, network="four") == OTHERS
    assert len(server.asked["models.zip"]) == 1
    assert {entry["source"] for network in study.locked().values() for entry in network.values()} == {url}


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("*/x3.pth", "0 files fit */x3.pth, not one (there are: models/x2.pth, models/x4.pth)"),
        ("*/x?.pth", "2 files fit */x?.pth, not one (there are: models/x2.pth, models/x4.pth)"),
    ],
)
def test_a_member_has_to_be_the_only_one(study, server, member, reason):
    assert reason in study.fails({"url": server.add("models.zip", sends(ZIP)), "member": member})


DAMAGED = bytearray(ZIP)
DAMAGED[MEBIBYTE] ^= 1


@pytest.mark.parametrize(
    ("archive", "reason"),
    [
        (ZIP[:-100], "a truncated zip archive"),
        (bytes(DAMAGED), "a damaged archive"),
        (tarred("w:gz", x2=WEIGHTS)[:-5000], "a damaged archive"),
        (b"Rar!\x1a\x07" + WEIGHTS, "neither a zip nor a tar archive, or a damaged one (it begins with b'Rar!')"),
    ],
    ids=["truncated", "damaged", "truncated_tar", "rar"],
)
def test_a_broken_archive_is_passed_over(study, server, archive, reason):
    broken = {"url": server.add("1/models.zip", sends(archive)), "member": "*/x2.pth"}
    assert reason in study.fails(broken)
    assert study.fetch(broken, {"url": server.add("2/models.zip", sends(ZIP)), "member": "*/x2.pth"}) == WEIGHTS


def member(name, content=WEIGHTS, **attributes):
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for key, value in attributes.items():
        setattr(entry, key, value)
    return entry, io.BytesIO(content)


def tar_of(*members, mode="w", **options):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode, **options) as archive:
        for entry, content in members:
            archive.addfile(entry, content)
    return stream.getvalue()


def zip_of(names):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, WEIGHTS)
    return stream.getvalue()


OUTSIDE = ["../x2.pth", "../../../../../../tmp/x2.pth", "/tmp/x2.pth", "C:\\x2.pth", "..\\x2.pth", "a/../../x2.pth"]


@pytest.mark.parametrize("name", OUTSIDE)
@pytest.mark.parametrize("make", [lambda name: zip_of([name]), lambda name: tar_of(member(name))], ids=["zip", "tar"])
def test_names_in_an_archive_decide_nothing(study, server, tmp_path, name, make):
    """A member is written where the workflow wants it, whatever path its name is."""
    before = set(Path("/tmp").glob("x2*"))
    url = server.add("models.zip", sends(make(name)))
    assert study.fetch({"url": url, "member": "*x2.pth"}) == WEIGHTS
    made = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("[!.]*") if path.is_file()}
    assert made == {"results/net.pth", "results/weights.lock.json", "downloads/models.zip"}
    assert set(Path("/tmp").glob("x2*")) == before


@pytest.mark.parametrize(
    "kind", ["SYMTYPE", "LNKTYPE", "CHRTYPE", "BLKTYPE", "FIFOTYPE", "DIRTYPE", "GNUTYPE_SPARSE"]
)
def test_members_that_are_no_plain_files_are_none(study, server, kind):
    entry = member("x2.pth", b"", type=getattr(tarfile, kind), linkname="/etc/passwd")
    archive = tar_of(entry, member("README", OTHERS))
    source = {"url": server.add("models.tar", sends(archive)), "member": "*x2.pth"}
    assert re.search("0 files fit .x2.pth|an empty file|damaged", study.fails(source))


def test_a_link_in_a_zip_is_only_its_text(study, server):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        link = zipfile.ZipInfo("x2.pth")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert (
        study.fetch({"url": server.add("models.zip", sends(stream.getvalue())), "member": "x2.pth"}) == b"/etc/passwd"
    )


def zeros(size):
    entry = tarfile.TarInfo("x2.pth")
    entry.size = size
    return entry, io.BytesIO(bytes(size))


def long_name(size):
    """A member whose name is so long, which tarfile reads as a whole."""
    return tarfile.TarInfo("x" * size), None


def zip_bomb(size):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x2.pth", bytes(size))
    return stream.getvalue()


BOMBS = {
    "zip": lambda: zip_bomb(50 * MEBIBYTE),
    **{
        f"tar.{kind}": lambda kind=kind: tar_of(zeros(50 * MEBIBYTE), mode=f"w:{kind}")
        for kind in ("gz", "bz2", "xz")
    },
    "name": lambda: tar_of(long_name(50 * MEBIBYTE), mode="w:gz", format=tarfile.GNU_FORMAT),
    "many": lambda: gzip.compress(tar_of(member("a", b"")) * 2000),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_an_archive_that_unpacks_to_far_more_than_its_size_is_refused(study, server, bomb):
    archive = BOMBS[bomb]()
    assert len(archive) < MEBIBYTE
    message = study.fails({"url": server.add("models.zip", sends(archive)), "member": "x2.pth"})
    limit = r"an archive that unpacks to more than [\d,]+ bytes, 20 times its size"
    assert re.search(rf"{limit}|0 files fit x2.pth" if bomb == "many" else limit, message)


def test_names_in_an_archive_do_not_steer_the_terminal(study, server):
    archive = tar_of(member("\x1b[2J\x1b]0;owned\x07.pth"))
    message = study.fails({"url": server.add("models.tar", sends(archive)), "member": "x2.pth"})
    assert "(there are: ?[2J?]0;owned?.pth)" in message


def test_however_an_archive_is_damaged_it_is_told(tmp_path):
    """Random changes of some bytes: no error but the one that is meant to be read."""
    random, small = Random(5), Random(6).randbytes(2000)
    archives = [zipped(x2=small), tarred("w", x2=small), tarred("w:gz", x2=small), tarred("w:xz", x2=small)]
    told = 0
    for _ in range(300):
        for archive in archives:
            damaged = bytearray(archive)
            for _ in range(random.choice([1, 2, 5])):
                place = random.choice([random.randrange(len(damaged)), random.randrange(min(len(damaged), 500))])
                damaged[place] = random.choice([0, 255, 45, damaged[place] ^ 1 << random.randrange(8)])
            (tmp_path / "archive").write_bytes(damaged)
            try:
                list(read_chunks(tmp_path / "archive", "*/x2.pth"))
            except SourceError:
                told += 1
    assert told > 300


def test_the_zip_file_with_an_empty_name_is_told(tmp_path):
    """Python's zipfile asks for the last letter of every name."""
    (tmp_path / "archive").write_bytes(zip_of(["x2.pth"]).replace(b"x2.pth", b"\0\0\0\0\0\0"))
    with pytest.raises(SourceError, match="a damaged archive"):
        list(read_chunks(tmp_path / "archive", "x2.pth"))
