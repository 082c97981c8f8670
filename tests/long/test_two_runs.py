"""Two runs at once: in one folder the second is refused; in two folders they share what they download."""

import json
import subprocess
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import safetensors.torch
import torch
import yaml
from smoke_study import SMOKE, command, snakemake, started_jobs
from spandrel.architectures.Compact import Compact


def test_a_second_run_in_the_same_folder_is_refused_and_told_why(tmp_path):
    first = subprocess.Popen(command(), cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    for line in first.stderr:
        if started_jobs(line):
            break
    second = snakemake(tmp_path)
    still_running = first.poll() is None
    first.terminate()
    first.communicate()
    assert still_running
    assert second.returncode != 0
    assert "Directory cannot be locked." in second.stderr
    assert "no other Snakemake process is trying to create the same files" in second.stderr
    assert "--unlock" in second.stderr


class SlowHandler(SimpleHTTPRequestHandler):
    """Gives files after a second, so that both runs want one at the same time."""

    def do_GET(self):
        self.server.asked.append(self.path)
        time.sleep(1)
        super().do_GET()


@pytest.fixture
def server(tmp_path):
    (tmp_path / "site").mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(SlowHandler, directory=tmp_path / "site")) as http:
        http.asked = []
        Thread(target=http.serve_forever, daemon=True).start()
        yield http
        http.shutdown()


def test_two_runs_that_share_downloads_download_once(tmp_path, server):
    torch.manual_seed(0)
    weights = safetensors.torch.save(Compact(num_feat=8, num_conv=2, upscale=2).state_dict())
    (tmp_path / "site" / "model.safetensors").write_bytes(weights)
    own = {"network": "mine", "scale": 2, "weights": f"http://127.0.0.1:{server.server_port}/model.safetensors"}
    mine = {"networks": {"own": [own]}, "downloads": str(tmp_path / "downloads")}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(mine))
    target = "results/smoke/weights/mine.safetensors"
    runs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        started = command(target, "--configfile", SMOKE, tmp_path / "mine.yaml")
        runs.append(subprocess.Popen(started, cwd=tmp_path / name, stderr=subprocess.PIPE, text=True))
    for run in runs:
        _, told = run.communicate()
        assert run.returncode == 0, told[-3000:]
    assert server.asked == ["/model.safetensors"]
    for name in ("one", "two"):
        assert (tmp_path / name / target).read_bytes() == weights
        assert json.loads((tmp_path / name / "results/smoke/weights.lock.json").read_text())["mine"]
    (kept,) = (tmp_path / "downloads").glob("mine-*.safetensors")
    assert kept.read_bytes() == weights
