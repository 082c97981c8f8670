"""Networks of one's own in a real run: from an address and from files, overwritten, touched and taken away."""

import hashlib
import json
import os
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import h5py
import pytest
import safetensors.torch
import torch
import yaml
from smoke_study import SMOKE, snakemake, started_jobs
from spandrel.architectures.Compact import Compact


@pytest.fixture
def server(tmp_path):
    """A folder, and the address under which a web server gives what is in it."""
    folder = tmp_path / "site"
    folder.mkdir()
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        Thread(target=http.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


def test_networks_of_ones_own_need_only_a_row(undisturbed, tmp_path, server):
    site, address = server
    torch.manual_seed(0)
    weights = safetensors.torch.save(Compact(num_feat=8, num_conv=2, upscale=2).state_dict())
    (site / "model.safetensors").write_bytes(weights)
    pair = tmp_path / "pair"
    published = undisturbed / "results/smoke/weights/Waifu2xPhoto-NA-x2-L1-NA-pretrained"
    pair.with_suffix(".param").write_bytes(published.with_suffix(".param").read_bytes())
    numbers = bytearray(published.with_suffix(".bin").read_bytes())
    numbers[1000] ^= 1  # one network under two names would be refused
    pair.with_suffix(".bin").write_bytes(numbers)
    own = [
        {"network": "mine", "scale": 2, "weights": f"{address}/model.safetensors"},
        {"network": "theirs", "scale": 2, "param": f"{pair}.param", "bin": f"{pair}.bin"},
    ]
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed, folder)
    (folder / "own.yaml").write_text(yaml.safe_dump({"networks": {"own": own}}))
    arguments = ["results/smoke/sr/mine.h5", "results/smoke/sr/theirs.h5", "--configfile", SMOKE, folder / "own.yaml"]
    finished = snakemake(folder, *arguments)
    assert finished.returncode == 0, finished.stderr[-4000:]
    for network in own:
        with h5py.File(folder / f"results/smoke/sr/{network['network']}.h5") as images:
            with h5py.File(folder / "results/smoke/photos.h5") as photos:
                assert images["images"].shape == photos["images"].shape
            assert images["images"][0].std() > 0
    (downloaded,) = folder.glob("downloads/mine-*.safetensors")
    assert downloaded.read_bytes() == weights
    recorded = json.loads((folder / "results/smoke/weights.lock.json").read_text())["mine"][downloaded.name]
    assert recorded == {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "source": f"{address}/model.safetensors",
    }
    assert "Nothing to be done" in snakemake(folder, *arguments).stderr

    before = {name: (folder / f"results/smoke/sr/{name}.h5").read_bytes() for name in ("mine", "theirs")}
    pair.with_suffix(".bin").touch()
    assert "Nothing to be done" in snakemake(folder, *arguments).stderr, "its content is the same"
    numbers[200_000] ^= 64
    pair.with_suffix(".bin").write_bytes(numbers)
    os.utime(pair.with_suffix(".bin"), (0, 0))  # as an older file that is copied or moved over it
    again = snakemake(folder, *arguments)
    assert again.returncode == 0, again.stderr[-4000:]
    assert started_jobs(again.stderr) == [("download_weights", " theirs bin"), ("generate_sr", " theirs")]
    after = {name: (folder / f"results/smoke/sr/{name}.h5").read_bytes() for name in before}
    assert (after["mine"] == before["mine"], after["theirs"] == before["theirs"]) == (True, False)
    assert "Nothing to be done" in snakemake(folder, *arguments).stderr

    pair.with_suffix(".bin").unlink()
    missing = snakemake(folder, *arguments)
    assert missing.stderr.splitlines()[-1].startswith(
        f"configuration: networks.own.1.bin: found '{pair}.bin' (No such"
    )
    assert not started_jobs(missing.stderr)
