"""A whole study whose names, folders, texts and weights are hostile: it is made, where it should be, or refused."""

import os
import pickle
import re
import shutil
import subprocess
import tarfile
import zipfile
from html.parser import HTMLParser

import pandas as pd
import pytest
import torch
import yaml
from smoke_study import SMOKE, command, snakemake
from spandrel.architectures.Compact import Compact

FOLDER = "res/$(touch HACKED)`touch HACKED`;touch HACKED; a 'b\" c&|#%s~*?[x]\\n .. raw:: html !"
SCRIPT = "</script><script>document.title='HACKED'</script><img src=x onerror=hacked()>"
OWN = {
    "network": "mine",
    "scale": 2,
    "weights": "mine.pth",
    "licence": SCRIPT,
    "source": rf"{SCRIPT} \input{{/etc/passwd}} \write18{{touch HACKED}}",
    "training_data": "{{ cycler.__init__.__globals__.os.system('touch HACKED') }} .. include:: /etc/passwd",
    "notes": f"{SCRIPT} javascript:hacked()",
}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The folder of the finished study."""
    folder = tmp_path_factory.mktemp("hostile")
    torch.manual_seed(0)
    torch.save(Compact(num_feat=8, num_conv=2, upscale=2).state_dict(), folder / "mine.pth")
    pathvars = {"results": FOLDER, "logs": f"{FOLDER} logs", "benchmarks": f"{FOLDER} benchmarks"}
    config = {"pathvars": pathvars, "downloads": "$(touch HACKED)", "networks": {"own": [OWN]}}
    (folder / "mine.yaml").write_text(yaml.safe_dump(config))
    line = command("--configfile", SMOKE, "mine.yaml")
    environment = os.environ | {"SR_TOKEN": "t0k3n-of-the-shell"}
    finished = subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, env=environment)
    assert finished.returncode == 0, finished.stderr[-4000:]
    return folder


def test_everything_lies_where_it_should_and_nothing_was_executed(hostile):
    assert not list(hostile.rglob("HACKED"))
    assert {path.name for path in hostile.iterdir()} == {"mine.yaml", "mine.pth", "res", ".snakemake"}
    assert len(list((hostile / "res").iterdir())) == 3
    assert (hostile / FOLDER / "sr/mine.h5").is_file()
    made = [path for path in hostile.rglob("*") if path.is_file()]
    assert not [path for path in made if b"t0k3n-of-the-shell" in path.read_bytes()]
    assert not [path for path in made if path.stat().st_mode & 0o002]


class Page(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.elements, self.addresses, self.text = set(), [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.add(tag)
        self.addresses += [value for key, value in attributes if key in ("src", "href") or key.startswith("on")]

    def handle_data(self, data):
        self.text += data


def test_the_report_shows_hostile_texts_as_texts(hostile):
    pages = list((hostile / FOLDER / "report").rglob("*.html"))
    assert {path.name for path in pages} >= {"index.html", "mine.html"}
    texts = ""
    for path in pages:
        html = path.read_text()
        page = Page(html)
        assert html.count("<script") == 1, "the report's own"
        assert not page.elements & {"iframe", "object", "embed", "link", "base", "form"}
        assert not [address for address in page.addresses if address.startswith(("javascript:", "data:"))]
        assert "Content-Security-Policy" in html
        texts += page.text
    assert f"Study {FOLDER.removeprefix('res/')}" in texts
    for text in ("licence", "source", "training_data"):
        assert OWN[text] in texts


def test_tables_hold_hostile_texts_as_texts(hostile):
    tables = hostile / FOLDER / "tables"
    row = pd.read_csv(tables / "published_networks.csv").set_index("network").loc["mine"]
    assert (row.licence, row.source, row.training_data) == (OWN["licence"], OWN["source"], OWN["training_data"])
    for file in tables.glob("*.tex"):
        assert not re.search(r"\\(input|write|include|immediate|openin|catcode)\b", file.read_text())


class Executed:
    """Unpickled by Python itself, it would create a file ``HACKED`` in the working directory."""

    def __reduce__(self):
        return exec, ("open('HACKED', 'w').close()",)


def as_tar(path):
    (path.with_suffix(".pickle")).write_bytes(pickle.dumps(Executed()))
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        archive.add(path.with_suffix(".pickle"), "pickle")


def as_bomb(path):
    torch.save({"w": torch.ones(1)}, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{path.stem}/data/9", bytes(50_000_000))


WEIGHTS = {
    "zip": (lambda path: torch.save({"w": torch.ones(1), "x": Executed()}, path), "mentions exec, and nothing"),
    "old": (lambda path: torch.save(Executed(), path, _use_new_zipfile_serialization=False), "mentions exec, and"),
    "tar": (as_tar, "begins with b'pickle"),
    "pickle": (lambda path: path.write_bytes(pickle.dumps(Executed())), "begins with b"),
    "bomb": (as_bomb, "bytes unpacked, of a file of"),
    "claim": (
        lambda path: torch.save({"w": torch.zeros(1).expand(10**6, 10**6)}, path),
        "bytes as tensors, of a file",
    ),
}


def test_hostile_weights_are_refused_by_name_and_never_executed(undisturbed, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed, folder)
    for name, (write, _) in WEIGHTS.items():
        write(folder / f"{name}.pth")
    own = [{"network": name, "scale": 2, "weights": f"{name}.pth"} for name in WEIGHTS]
    (folder / "own.yaml").write_text(yaml.safe_dump({"networks": {"own": own}}))
    targets = [f"results/smoke/sr/{name}.h5" for name in WEIGHTS]
    finished = snakemake(folder, "--keep-going", "--configfile", SMOKE, "own.yaml", "--", *targets)
    assert finished.returncode != 0
    for name, (_, told) in WEIGHTS.items():
        failed = rf"generate_sr {name} failed: results/smoke/weights/{name}\.pth: .*{re.escape(told)}"
        assert re.search(failed, finished.stderr), name
        assert not (folder / f"results/smoke/sr/{name}.h5").exists()
    assert not list(folder.rglob("HACKED"))
