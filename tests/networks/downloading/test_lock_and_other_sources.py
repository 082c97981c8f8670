"""Digests of first downloads; files provided by hand, from packages and from this machine."""

import json

import pytest
from local_server import sends, status
from weights_server import MEBIBYTE, OTHERS, QUOTA, SCRIPTS, WEIGHTS, ZIP, sha256

from sr_fingerprints.runtime.errors import InputError


def test_what_came_first_is_enforced(study, server):
    url = server.add("a.pth", sends(WEIGHTS))
    study.fetch({"url": url})
    assert study.locked() == {"net": {"a.pth": {"sha256": sha256(WEIGHTS), "source": url}}}
    (study.downloads / "a.pth").unlink()
    server.add("a.pth", sends(OTHERS))
    message = study.fails({"url": url})
    assert (
        f"not the file that was first downloaded (sha256 {sha256(OTHERS)}, not {sha256(WEIGHTS)}, which {study.lock} "
        "records); if it is the one you want, give net this `sha256`" in message
    )


def test_the_lock_is_sorted_and_does_not_change_without_need(study, server):
    url = server.add("a.pth", sends(OTHERS))
    for network in ("b", "a"):
        study.fetch({"url": url}, network=network)
    written = study.lock.read_text()
    assert list(json.loads(written)) == ["a", "b"]
    stamp = study.lock.stat().st_mtime_ns
    study.fetch({"url": url}, network="a")
    assert study.lock.stat().st_mtime_ns == stamp


def test_a_full_digest_in_the_table_overrules_the_lock(study, server):
    study.fetch({"url": server.add("a.pth", sends(OTHERS))})
    (study.downloads / "a.pth").unlink()
    assert study.fetch({"url": server.add("a.pth", sends(WEIGHTS))}, sha256=sha256(WEIGHTS)) == WEIGHTS
    assert study.locked()["net"]["a.pth"]["sha256"] == sha256(WEIGHTS)


def test_a_lock_that_is_no_json_is_told(study, server):
    study.lock.parent.mkdir()
    study.lock.write_text("<<<<<<< HEAD")
    with pytest.raises(InputError, match=r"weights.lock.json: not JSON"):
        study.fetch({"url": server.add("a.pth", sends(OTHERS))})


def test_a_file_got_by_hand_is_taken_and_verified(study):
    file = {"by_hand": "Baidu, code eq1v", "name": "SAN.pth", "sha256": sha256(WEIGHTS)}
    place = study.downloads / "SAN.pth"
    assert study.fails(**file).endswith(f"\n  put the file by hand at {place} (Baidu, code eq1v), then run again")
    study.put("SAN.pth", WEIGHTS)
    assert study.fetch(**file) == WEIGHTS
    assert study.locked()["net"]["SAN.pth"] == {"sha256": sha256(WEIGHTS), "source": "by hand"}


def test_a_file_got_by_hand_may_have_the_name_of_any_source(study):
    study.put("models.zip", ZIP)
    dead = {"url": "http://127.0.0.1:9/a.pth"}
    assert study.fetch(dead, {"drive": "ID", "name": "models.zip", "member": "*/x4.pth"}) == OTHERS


def test_a_file_got_by_hand_is_known_as_such_when_a_part_of_it_had_come(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE), status(404))
    study.fails({"url": url})
    study.put("a.pth", WEIGHTS)
    assert study.fetch({"url": url}) == WEIGHTS
    assert study.locked()["net"]["a.pth"]["source"] == "by hand"


def test_without_a_name_a_file_got_by_hand_is_called_as_the_network(study):
    assert f"put the file by hand at {study.downloads / 'net.pth'}, then" in study.fails()
    study.put("net.pth", WEIGHTS)
    assert study.fetch() == WEIGHTS


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (OTHERS, f"damaged or another file (sha256 {sha256(OTHERS)}, not {sha256(WEIGHTS)})"),
        (QUOTA, "a web page instead of the file: Google Drive - Quota exceeded"),
        (ZIP[:-100], "a truncated zip archive"),
        (b"", "an empty file"),
    ],
    ids=["other", "page", "truncated", "empty"],
)
def test_a_wrong_file_got_by_hand_is_told_and_left(study, server, content, reason):
    study.put("a.pth", content)
    url = server.add("a.pth", sends(WEIGHTS))
    message = study.fails({"url": url}, sha256=sha256(WEIGHTS))
    right = f"expected the network's weights, sha256 {sha256(WEIGHTS)}"
    remedy = "replace it, or move it away to have it downloaded, then run again"
    assert message == f"{study.downloads / 'a.pth'} (by hand): {reason}; {right}; {remedy}"
    assert not server.asked["a.pth"]


def test_a_file_that_was_tampered_with_is_told(study, server):
    url = server.add("a.pth", sends(WEIGHTS))
    study.fetch({"url": url})
    study.put("a.pth", WEIGHTS[:-1])
    message = study.fails({"url": url})
    assert message.startswith(f"{study.downloads / 'a.pth'} ({url}): not the file that was first downloaded")
    assert f"expected the network's weights, sha256 {sha256(WEIGHTS)}" in message


def test_networks_do_not_get_each_others_file_of_the_same_name(study, server):
    one, two = server.add("1/a.pth", sends(WEIGHTS)), server.add("2/a.pth", sends(OTHERS))
    study.fetch({"url": one}, network="one")
    assert f"a.pth ({one}): downloaded from a source that is not of this network" in study.fails({"url": two})
    assert study.fetch({"url": two, "name": "b.pth"}) == OTHERS
    assert study.fetch({"url": two}, network="copy", sha256=sha256(WEIGHTS)) == WEIGHTS


def test_a_file_comes_out_of_a_package(study):
    content = (SCRIPTS / "sr_fingerprints/runtime/errors.py").read_bytes()
    source = {"package": "sr_fingerprints", "member": "runtime/errors.py"}
    assert study.fetch(source, sha256=sha256(content)) == content
    assert not study.lock.exists()
    assert not study.downloads.exists()


@pytest.mark.parametrize(
    ("package", "member", "reason"),
    [
        ("sr_fingerprints", "runtime/errors.py", "damaged or another file"),
        ("sr_fingerprints", "models/none.bin", "the package does not have this file"),
        ("no_such_package", "models/none.bin", "the package is not installed"),
    ],
)
def test_what_is_wrong_with_a_package_is_told(study, package, member, reason):
    message = study.fails({"package": package, "member": member}, sha256=sha256(WEIGHTS))
    assert f"package {package}, {member}: {reason}" in message
    assert message.endswith(f"install it again (`uv sync --reinstall-package {package}`), then run again")


def test_taking_a_file_out_of_a_package_imports_nothing_for_downloads(study):
    sha = sha256((SCRIPTS / "sr_fingerprints/runtime/errors.py").read_bytes())
    process = study.command(
        {"package": "sr_fingerprints", "member": "runtime/errors.py"}, sha256=sha, then="list(sys.modules)"
    )
    modules = process.communicate()[0]
    assert "'sr_fingerprints.networks.downloading.fetching'" in modules
    assert not [name for name in ("requests", "urllib3", "filelock", "gdown", "numpy") if f"'{name}'" in modules]


def test_a_file_of_the_users_own_is_taken_from_its_place(study, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.pth").write_bytes(WEIGHTS)
    assert study.fetch({"path": "~/mine.pth"}) == WEIGHTS
    (tmp_path / "mine.pth").write_bytes(OTHERS)
    assert study.fetch({"path": "~/mine.pth"}) == OTHERS
    assert not study.lock.exists(), "it is for downloads"
    told = (
        f"~/mine.pth: changed since this run began, or another file (sha256 {sha256(OTHERS)}, not {sha256(WEIGHTS)})"
    )
    assert told in study.fails({"path": "~/mine.pth", "sha256": sha256(WEIGHTS)})
    message = study.fails({"path": "~/other.pth"})
    assert message.endswith("~/other.pth: not found\n  give the path of the right file, then run again")


def test_a_member_of_the_users_own_archive(study, tmp_path):
    (tmp_path / "mine.zip").write_bytes(ZIP)
    assert study.fetch({"path": str(tmp_path / "mine.zip"), "member": "*x4.pth"}) == OTHERS
