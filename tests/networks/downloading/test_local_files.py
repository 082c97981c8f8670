"""Weights on this machine: checked and digested before any job, and never one network under two names."""

import hashlib
import json
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors.torch
import torch

from sr_fingerprints.networks.downloading import same_tensors
from sr_fingerprints.networks.downloading.local_files import check_distinct, check_downloads, with_digests
from sr_fingerprints.networks.downloading.same_tensors import check_distinct as check_downloaded
from sr_fingerprints.networks.downloading.same_tensors import tensors_digest
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.provenance import file_digests
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import published_networks

ROOT = Path(__file__).parents[3]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
WEIGHTS = {"body.weight": torch.arange(24.0).view(2, 3, 2, 2), "body.bias": torch.tensor([0.5, -1.0])}
OTHERS = {"body.weight": torch.arange(24.0).view(2, 3, 2, 2), "body.bias": torch.tensor([0.5, -2.0])}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """The folder that relative paths are in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def own(network="mine", scale=2, **place):
    return {"network": network, "scale": scale, **(place or {"weights": f"{network}.pth"})}


def rows(*networks, published=()):
    """The rows of a study with these networks of the user's own."""
    made = published_networks(published, networks, TABLE, SCHEMA)
    names = [network["network"] for network in networks]
    found = with_digests(made, names, TABLE, Path("memory"))
    check_distinct(found, names, Path("memory"))
    return found


def sha256(path):
    return file_digests([path])[Path(path).name]


def test_a_changed_file_makes_another_row_and_a_touched_one_does_not():
    torch.save(WEIGHTS, "mine.pth")
    (first,) = rows(own())
    assert first.files == {"pth": {"sources": [{"path": "mine.pth", "sha256": sha256("mine.pth")}]}}
    os.utime("mine.pth", (0, 0))
    assert rows(own()) == [first]
    torch.save(OTHERS, "mine.pth")
    os.utime("mine.pth", (0, 0))
    assert rows(own()) != [first]


def test_each_file_of_a_pair_has_its_digest():
    Path("a.param").write_text("7767517\n")
    Path("a.bin").write_bytes(b"weights")
    (pair,) = rows(own(param="a.param", bin="a.bin"))
    assert [file["sources"][0]["sha256"] for file in pair.files.values()] == [sha256("a.param"), sha256("a.bin")]


def test_what_is_downloaded_or_in_a_package_is_left_as_it_is():
    name = "Waifu2xPhoto-NA-x2-L1-NA-pretrained"
    networks = [own(weights="https://example.org/a.pth")]
    assert rows(*networks, published=[name]) == published_networks([name], networks, TABLE, SCHEMA)


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ({"weights": "mine.pth"}, "weights"),
        ({"param": "mine.pth", "bin": "there.bin"}, "param"),
        ({"param": "there.bin", "bin": "mine.pth"}, "bin"),
    ],
)
@pytest.mark.parametrize(
    ("write", "told"),
    [
        (lambda path: None, "No such file or directory"),
        (lambda path: path.mkdir(), "a folder"),
        (lambda path: path.write_bytes(b""), "an empty file"),
        (lambda path: path.write_text("<html><title>Sign in</title>"), "a web page instead of the file: Sign in"),
        (lambda path: path.symlink_to("nowhere"), "No such file or directory"),
    ],
)
def test_a_file_that_is_not_there_or_none_is_told_with_key_and_path(place, key, write, told):
    Path("there.bin").write_bytes(b"weights")
    write(Path("mine.pth"))
    first = own("first", weights="https://example.org/a.pth")
    message = rf"^configuration: networks\.own\.1\.{key}: found 'mine\.pth' \({told}\); allowed: the path of a file"
    with pytest.raises(InputError, match=message):
        rows(first, own(**place))


def test_where_a_file_is_looked_for_is_told(folder, monkeypatch):
    with pytest.raises(InputError, match=rf"allowed: the path of a file with the weights, whole or from {folder}$"):
        rows(own(weights="mine.pth"))
    with pytest.raises(
        InputError, match=r"found '~nobody-of-this-name/mine\.pth' \(No such file or directory\); allowed"
    ):
        rows(own(weights="~nobody-of-this-name/mine.pth"))
    torch.save(WEIGHTS, "mine.pth")
    monkeypatch.setenv("HOME", str(folder))
    entry_at_home = with_digests([entry({"path": "~/mine.pth"})], [], TABLE, Path("memory"))
    assert entry_at_home[0].files["pth"]["sources"][0]["sha256"] == sha256("mine.pth")


def test_a_digest_that_is_given_is_compared_before_any_job():
    torch.save(WEIGHTS, "mine.pth")
    digest = sha256("mine.pth")
    for given in (digest, digest[:8]):
        (row,) = rows(own(weights="mine.pth", sha256=given))
        assert row.files["pth"]["sources"] == [{"path": "mine.pth", "sha256": digest}]
    told = rf"networks\.own\.0\.sha256: found '{'0' * 8}'; allowed: that of mine\.pth, {digest}"
    with pytest.raises(InputError, match=told):
        rows(own(weights="mine.pth", sha256="0" * 8))


def test_a_job_does_not_need_what_another_one_copied(folder):
    """Jobs of a cluster read the configuration anew, perhaps when a file has been moved, or is written again."""
    torch.save(WEIGHTS, "mine.pth")
    given = published_networks([], [own(weights="mine.pth", sha256=sha256("mine.pth"))], TABLE, SCHEMA)
    for content in (OTHERS, None):
        torch.save(content, "mine.pth") if content else Path("mine.pth").unlink()
        assert with_digests(given, ["mine"], TABLE, Path("memory"), in_job=True) == given
        with pytest.raises(InputError, match=r"networks\.own\.0\."):
            with_digests(given, ["mine"], TABLE, Path("memory"))


def entry(*sources, **file):
    """A row of the table of networks with these sources of one file."""
    return NetworkRow(
        "theirs", "Compact", scale=2, framework="spandrel", files={"pth": {"sources": [*sources], **file}}
    )


def test_paths_in_the_table_of_networks_have_digests_too():
    torch.save(WEIGHTS, "theirs.pth")
    url = {"url": "https://example.org/a.pth"}
    (row,) = with_digests([entry({"path": "theirs.pth"}, url)], [], TABLE, Path("memory"))
    assert row.files["pth"]["sources"] == [{"path": "theirs.pth", "sha256": sha256("theirs.pth")}, url]
    with pytest.raises(
        InputError, match=r"networks\.yaml: theirs\.files\.pth\.sources: found 'no\.pth' .No such file"
    ):
        with_digests([entry({"path": "no.pth"})], [], TABLE, Path("memory"))
    for row in (entry({"path": "no.pth"}, url), entry({"path": "no.pth"}, name="by_hand.pth")):
        assert with_digests([row], [], TABLE, Path("memory")) == [row], "the job tries the others"


SAME = {
    "a copy": lambda path: torch.save(WEIGHTS, path),
    "in a dict": lambda path: torch.save({"params": WEIGHTS, "epoch": 3}, path),
    "under other keys": lambda path: torch.save({f"module.{key}": value for key, value in WEIGHTS.items()}, path),
    "in another order": lambda path: torch.save(dict(reversed(WEIGHTS.items())), path),
    "as safetensors": lambda path: safetensors.torch.save_file(WEIGHTS, path, {"made by": "hand"}),
}


@pytest.mark.parametrize("kind", SAME)
def test_one_network_under_two_names_is_told_before_any_job(kind):
    torch.save(WEIGHTS, "one.pth")
    SAME[kind](Path("two.pth"))
    told = (
        r"networks\.own\.1: found 'two' \(two\.pth\), whose weights are those of 'one' \(one\.pth\), so that nobody "
        r"can tell their images apart; allowed: one of them; `networks\.twins` enters a network twice"
    )
    with pytest.raises(InputError, match=told):
        rows(own("one"), own("two"))
    assert len(rows(own("one"), own("two", scale=4))) == 2, "networks of any scale, such as LIIF"
    torch.save(OTHERS, "two.pth")
    assert len(rows(own("one"), own("two"))) == 2


def test_files_of_one_name_in_two_folders_are_two_networks():
    for folder, weights in (("run1", WEIGHTS), ("run2", OTHERS)):
        Path(folder).mkdir()
        torch.save(weights, f"{folder}/net_g_latest.pth")
    found = rows(*(own(name, weights=f"{name}/net_g_latest.pth") for name in ("run1", "run2")))
    assert [row.files["pth"]["sources"][0]["sha256"] for row in found] == [
        sha256(f"{name}/net_g_latest.pth") for name in ("run1", "run2")
    ]


LAYERS = "7767517\n2 2\nInput image 0 1 in\nConvolution conv 1 1 in out 0=3 1=1 6=9\n"


def pairs(one, two, **options):
    """Rows of two pairs for ncnn of these layers and weights; the second one's has ``options``."""
    for name, contents in (("one", one), ("two", two)):
        for suffix, content in zip(("param", "bin"), contents, strict=True):
            Path(f"{name}.{suffix}").write_text(content)
    given = [own(name, param=f"{name}.param", bin=f"{name}.bin") for name in ("one", "two")]
    return rows(given[0], given[1] | options)


def test_pairs_for_ncnn_may_share_their_layers_or_their_weights_but_not_both():
    """As waifu2x's noise levels share layers, and Real-ESRGAN's scales share weights."""
    assert len(pairs((LAYERS, "one"), (LAYERS, "two"))) == 2
    assert len(pairs((LAYERS, "one"), (LAYERS.replace("0=3", "0=3 9=1"), "one"))) == 2
    assert len(pairs((LAYERS, "one"), (LAYERS, "one"), constants=[0.1])) == 2, "SRMD of another noise level"
    assert len(pairs((LAYERS, "one"), (LAYERS, "one"), skip="nearest")) == 2
    told = r"own\.1: found 'two' .two\.bin., whose weights are those of 'one'"
    renamed = LAYERS.replace("in", "in0").replace("out", "out0").replace("\n", "\r\n")
    for layers in (LAYERS, renamed):
        with pytest.raises(InputError, match=told):
            pairs((LAYERS, "one"), (layers, "one"), padding=3)
        with pytest.raises(InputError, match=told):
            pairs((LAYERS, "one"), (layers, "one"), output_blob="out")


def test_one_url_under_two_names_is_told_before_any_job():
    url = {"weights": "https://example.org/a.pth"}
    with pytest.raises(InputError, match=r"own\.1: found 'two' \(https://example\.org/a\.pth\), whose weights are"):
        rows(own("one", **url), own("two", **url))
    assert len(rows(own("one", **url), own("two", scale=4, **url))) == 2


def test_two_members_of_one_archive_are_two_networks():
    with zipfile.ZipFile("models.zip", "w") as archive:
        for name in ("one", "two"):
            archive.writestr(f"models/data/{name}.pth", name)
    pair = [
        replace(entry({"path": "models.zip", "member": f"*/{name}.pth"}), network=name) for name in ("one", "two")
    ]
    found = with_digests(pair, [], TABLE, Path("memory"))
    check_distinct(found, ["one", "two"], Path("memory"))
    digests = [row.files["pth"]["sources"][0]["sha256"] for row in found]
    assert digests == [hashlib.sha256(name.encode()).hexdigest() for name in ("one", "two")]


def test_a_published_network_under_a_name_of_ones_own_is_told():
    from importlib.util import find_spec

    name = "Waifu2xPhoto-NA-x2-L1-NA-pretrained"
    (published,) = published_networks([name], [], TABLE, SCHEMA)
    places = {}
    for suffix, file in published.files.items():
        (source,) = file["sources"]
        package = Path(find_spec(source["package"]).submodule_search_locations[0])
        Path(f"mine.{suffix}").write_bytes((package / source["member"]).read_bytes())
        places[suffix] = f"mine.{suffix}"
    with pytest.raises(InputError, match=rf"own\.0: found 'mine' .mine\.bin., whose weights are those of '{name}'"):
        rows(own(**places), published=[name])


# ---- After downloads ----


@pytest.fixture
def downloaded(folder):
    """Writes copies of files into ``weights``, as jobs do, and compares the network ``v1.two`` with ``one``."""
    Path("weights").mkdir()

    def check(*contents, files=("pth",), current=(True, True)):
        entries = {}
        for name, content, is_current in zip(("v1.two", "one"), contents, current, strict=True):
            entries[name] = {}
            for suffix in files if content is not None else ():
                path = Path("weights", f"{name}.{suffix}")
                path.write_text(content[suffix]) if isinstance(content.get(suffix), str) else torch.save(
                    content, path
                )
                digest = sha256(path) if is_current else "0" * 64
                entries[name][suffix] = {"sources": [{"path": f"{name}.{suffix}", "sha256": digest}]}
        check_downloaded("v1.two", entries, Path("weights"), Path("lock.json"), Path("memory"))

    return check


def test_one_network_under_two_names_is_told_when_its_weights_are_there(downloaded):
    downloaded(OTHERS, WEIGHTS)
    downloaded(WEIGHTS, None)
    told = (
        r"weights/v1\.two\.pth: the weights of 'v1\.two' are those of 'one' too \(weights/one\.pth\), so that nobody"
    )
    with pytest.raises(InputError, match=told):
        downloaded(WEIGHTS, WEIGHTS)


def test_copies_of_a_former_run_are_not_compared(downloaded):
    """``previous`` may be what ``latest`` was, whose copy the job of ``latest`` has yet to replace."""
    downloaded(WEIGHTS, WEIGHTS, current=(True, False))


def test_a_pair_is_compared_when_both_of_its_files_are_there(downloaded):
    pair = {"param": "7767517\n1 1\nInput a 0 1 in\n", "bin": "weights"}
    with pytest.raises(InputError, match=r"weights/v1\.two\.bin: the weights of 'v1\.two' are those of 'one' too"):
        downloaded(pair, pair, files=("param", "bin"))
    downloaded(pair, pair | {"param": "7767517\n1 1\nInput a 0 1 in 0=64\n"}, files=("param", "bin"))
    downloaded(pair, pair | {"bin": "others"}, files=("param", "bin"))


def test_what_was_downloaded_is_known_by_the_lock_file(folder):
    Path("weights").mkdir()
    for name in ("one", "two"):
        torch.save(WEIGHTS, f"weights/{name}.pth")
    entries = {
        name: {"pth": {"sources": [{"url": f"https://example.org/{name}", "name": f"{name}.pth"}]}}
        for name in ("one", "two")
    }
    arguments = ("one", entries, Path("weights"), Path("lock.json"), Path("memory"))
    check_downloaded(*arguments)  # nobody knows yet what they should be
    lock = {name: {f"{name}.pth": {"sha256": sha256(f"weights/{name}.pth"), "source": ""}} for name in entries}
    Path("lock.json").write_text(json.dumps(lock))
    with pytest.raises(InputError, match=r"weights/one\.pth: the weights of 'one' are those of 'two' too"):
        check_downloaded(*arguments)


def bomb_of_deflate(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights/data/0", bytes(50_000_000))


def bomb_of_offsets(path):
    """As safetensors it would claim the same bytes a thousand times."""
    header = json.dumps({str(number): {"data_offsets": [0, 100_000]} for number in range(1000)}).encode()
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(100_000))


@pytest.mark.parametrize("write", [bomb_of_deflate, bomb_of_offsets])
def test_what_claims_far_more_than_its_size_is_not_unpacked(folder, write, monkeypatch):
    write(Path("bomb.pth"))
    monkeypatch.setattr(same_tensors, "_crc", lambda chunks: pytest.fail("unpacked"))
    assert tensors_digest(Path("bomb.pth")) == sha256("bomb.pth")


def test_damaged_files_are_compared_by_their_bytes(folder):
    torch.save(WEIGHTS, "one.pth")
    whole = Path("one.pth").read_bytes()
    digests = set()
    for content in (
        b"",
        b"PK",
        whole[:300],
        whole[:-30],
        b"\x10" + bytes(30),
        (8).to_bytes(8, "little") + b'{"a": 1}',
    ):
        Path("damaged.pth").write_bytes(content)
        digests.add(tensors_digest(Path("damaged.pth")))
        assert tensors_digest(Path("damaged.pth")) == sha256("damaged.pth")
    assert len(digests) == 6


def test_a_newer_file_in_the_folder_of_downloads_is_told_with_what_uses_it():
    """No job would read it: the study has a copy of the former one."""
    network = own(weights="https://example.org/a.pth")
    (row,) = rows(network)
    name = row.files["pth"]["sources"][0]["name"]
    Path("downloads").mkdir()
    torch.save(WEIGHTS, f"downloads/{name}")

    def check(**given):
        found = rows(network | given)
        check_downloads(found, ["mine"], TABLE, Path("downloads"), Path("weights.lock.json"), Path("memory"))

    check()
    former = sha256(f"downloads/{name}")
    Path("weights.lock.json").write_text(json.dumps({"mine": {name: {"sha256": former, "source": "by hand"}}}))
    check()
    torch.save(OTHERS, f"downloads/{name}")
    newer = sha256(f"downloads/{name}")
    told = (
        rf"downloads/{name}: found another file \(sha256 {newer}\) .*; allowed: that file \({former}\), or, to use "
    )
    with pytest.raises(InputError, match=rf"{told}this one, `sha256: {newer}` in networks\.own\.0"):
        check()
    check(sha256=newer)
    Path(f"downloads/{name}").unlink()
    check()
