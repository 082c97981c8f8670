"""A study that gets its weights from a server on this machine."""

import hashlib
import io
import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from random import Random

import pytest
import requests
from local_server import sends

from sr_fingerprints.networks.downloading.fetching import fetch_weights
from sr_fingerprints.runtime.errors import InputError

SCRIPTS = Path(__file__).parents[3] / "scripts"
MEBIBYTE = 1 << 20
WEIGHTS = Random(1).randbytes(3 * MEBIBYTE + 1000)
OTHERS = Random(2).randbytes(5000)
QUOTA = b"<!DOCTYPE html><html><head><title>Google Drive - Quota\n exceeded</title></head><body>Sorry</body></html>"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def page(content):
    return sends(content, etag=None, headers={"Content-Type": "text/html; charset=utf-8"})


class Study:
    """Folders of one study, and what fetching a file of the network ``net`` does to them."""

    def __init__(self, folder):
        self.output = folder / "results/net.pth"
        self.downloads = folder / "downloads"
        self.lock = folder / "results/weights.lock.json"

    def fetch(self, *sources, network="net", **file):
        fetch_weights(network, {"sources": list(sources), **file}, self.output, self.downloads, self.lock)
        return self.output.read_bytes()

    def fails(self, *sources, **file):
        """The message; nothing is left behind under a final name."""
        before = self.kept()
        self.output.unlink(missing_ok=True)
        with pytest.raises(InputError) as error:
            self.fetch(*sources, **file)
        assert self.kept() == before
        assert not [path for path in self.output.parent.glob("*") if path != self.lock and path.name[0] != "."]
        return str(error.value)

    def command(self, *sources, then="", network="net", environment=None, **file):
        """The same in a process of its own, which prints the value of ``then``."""
        arguments = (network, {"sources": sources, **file}, *map(str, (self.output, self.downloads, self.lock)))
        code = (
            "import json, logging, sys; from pathlib import Path\n"
            "from sr_fingerprints.networks.downloading import fetching\n"
            "from sr_fingerprints.runtime import locks\n"
            "locks.SECONDS_BEFORE_LOGGING = 0.1; logging.basicConfig(level='INFO')\n"
            "network, file, *paths = json.loads(sys.argv[1])\n"
            f"fetching.fetch_weights(network, file, *map(Path, paths)); print({then})"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(arguments)],
            env=environment or {"PYTHONPATH": str(SCRIPTS)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def put(self, name, content):
        """Put a file into the folder of downloads by hand."""
        self.downloads.mkdir(exist_ok=True)
        (self.downloads / name).write_bytes(content)

    def kept(self):
        """The files that a person sees in the folder of downloads."""
        return {path.name: path.read_bytes() for path in self.downloads.glob("[!.]*")}

    def locked(self):
        return json.loads(self.lock.read_text())

    @property
    def part(self):
        return self.downloads / ".a.pth.part"


def wait_until(condition):
    deadline = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def redirect(monkeypatch, prefix, server):
    """Send what is meant for another host to our server."""
    request = requests.Session.request
    monkeypatch.setattr(
        requests.Session,
        "request",
        lambda self, method, url, **options: request(self, method, url.replace(prefix, server.address), **options),
    )


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("models")
        for name, content in members.items():
            archive.writestr(f"models/{name}.pth", content)
            archive.writestr(f"__MACOSX/models/._{name}.pth", b"resource fork")
    return stream.getvalue()


ZIP = zipped(x2=WEIGHTS, x4=OTHERS)
