"""The local page: a real server on the loopback address, asked as a browser asks it."""

import http.client
import io
import json
import socket
import subprocess
import sys

import numpy as np
import pytest
import tiny_bundle
from PIL import Image
from served_page import served_page

from sr_fingerprints.attribution import attribute
from sr_fingerprints.command.main import main

pytest.importorskip("starlette", reason="needs the extra `serve`")
pytest.importorskip("uvicorn", reason="needs the extra `serve`")


@pytest.fixture(scope="module")
def address():
    with served_page() as found:
        yield found


def ask(address, method, path, body=None, **headers):
    connection = http.client.HTTPConnection(*address, timeout=60)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, {"Content-Type": "application/octet-stream"} | sent)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def png(side=128):
    written = io.BytesIO()
    Image.fromarray(tiny_bundle.made("smooth", "ihc", side)).save(written, "PNG")
    return written.getvalue()


def test_an_image_has_the_answer_of_the_command(address):
    answer, content = ask(address, "POST", "/attribute", png())
    told = json.loads(content)
    expected = attribute(png(), tiny_bundle.tiny_bundle())
    assert answer.status == 200 and told["answer"] == json.loads(json.dumps(expected.as_json()))
    assert told["answer"]["image"]["path"] is None and told["explanation"].startswith("  DECISION.")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_loads_nothing_from_elsewhere(address):
    for path, kind, holds in (
        ("/", "text/html", "page.js"),
        ("/page.css", "text/css", "--ink"),
        ("/page.js", "", "fetch"),
    ):
        answer, content = ask(address, "GET", path)
        assert answer.status == 200 and kind in answer.headers["Content-Type"] and holds in content.decode()
        assert b"http://" not in content and b"https://" not in content and b"//" not in content.replace(b"/*", b"")
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_a_map_is_drawn(address):
    answer, content = ask(address, "POST", "/map", png(200))
    assert answer.status == 200 and answer.headers["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(content)) as found:
        assert found.width > 500 and np.asarray(found).std() > 10


def test_what_is_no_image_is_refused_in_words(address):
    for body, words in ((b"text", "not a whole image"), (png(20), "64 or more"), (b"", "")):
        answer, content = ask(address, "POST", "/attribute", body)
        error = json.loads(content)["error"]
        assert answer.status == 422 and words in error and "\n" not in error and "/tmp" not in error


def test_too_large_files_and_other_types_are_refused(address, monkeypatch):
    monkeypatch.setattr("sr_fingerprints.command.local_page.application.MAX_BYTES", 1000)
    answer, content = ask(address, "POST", "/attribute", png())
    assert answer.status == 413 and "smaller files" in json.loads(content)["error"]
    for kind in ("text/plain", "multipart/form-data", "image/png"):  # the first two need no leave of the browser's
        answer, content = ask(address, "POST", "/attribute", png(), Content_Type=kind)
        assert answer.status == 415 and "allowed: application/octet-stream" in json.loads(content)["error"]


def test_other_names_and_paths_are_refused(address):
    assert ask(address, "GET", "/", Host="attacker.example")[0].status == 400
    assert ask(address, "GET", "/", Host=f"localhost:{address[1]}")[0].status == 200
    for path in ("/application.py", "/../serve.py", "/page.css/../application.py", "/attribute"):
        assert ask(address, "GET", path)[0].status in (404, 405)


def test_nothing_is_kept(address, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert ask(address, "POST", "/attribute", png())[0].status == 200
    assert ask(address, "POST", "/map", png())[0].status == 200
    assert not list(tmp_path.iterdir())


def test_the_command_serves_until_it_is_interrupted(tmp_path):
    bundle = tiny_bundle.write_tiny_bundle(tmp_path)
    arguments = ("serve", "--port", "0", "--no-browser", "--bundle", bundle)
    command = [sys.executable, "-m", "sr_fingerprints.command", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        told = process.stderr.readline()
        assert told.startswith("http://127.0.0.1:") and "tiny" in told
        port = int(told.split(":")[2].split("/")[0])
        assert ask(("127.0.0.1", port), "GET", "/")[0].status == 200
        process.send_signal(2)
        assert process.wait(20) == 0


def test_mistakes_are_told_before_it_listens(tmp_path, capsys, monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port), "--no-browser"]) == 2
        assert f"--port: found {port}, which cannot be used" in capsys.readouterr().err
    assert main(["serve", "--port", "0", "--no-browser", "--bundle", str(tmp_path / "none")]) == 2
    assert "no such file" in capsys.readouterr().err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["serve", "--no-browser"]) == 2
    assert "uv sync --extra serve" in capsys.readouterr().err
