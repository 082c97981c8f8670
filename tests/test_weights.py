"""Getting weights: from servers that fail in every way, archives, Google Drive's pages, packages and by hand."""

import contextlib
import gzip
import hashlib
import io
import json
import logging
import re
import shutil
import ssl
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import pytest
import requests

from sr_fingerprints.errors import InputError
from sr_fingerprints.weights import fetch_weights, transfer
from sr_fingerprints.weights.content import pieces
from sr_fingerprints.weights.sources import SourceError, wrong_with_url

SCRIPTS = Path(__file__).parents[1] / "scripts"
MEBIBYTE = 1 << 20
WEIGHTS = Random(1).randbytes(3 * MEBIBYTE + 1000)
OTHERS = Random(2).randbytes(5000)
QUOTA = b"<!DOCTYPE html><html><head><title>Google Drive - Quota\n exceeded</title></head><body>Sorry</body></html>"


def sha256(content):
    return hashlib.sha256(content).hexdigest()


# ---- A server that does as it is told ----


class Server:
    """``add`` says how the requests for a path are answered, one after the other; ``asked`` are their headers.

    ``default`` answers for all other paths. With an SSL context as ``encryption`` it is one of https.
    """

    def __init__(self, encryption=None):
        self.answers = {}
        self.asked = {}
        self.default = status(404)
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.partition("?")[0].lstrip("/")
                answers = site.answers.get(path) or [site.default]
                site.asked.setdefault(path, []).append(dict(self.headers) | {"path": self.path})
                answers[min(len(site.asked[path]), len(answers)) - 1](self)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        if encryption:
            self._http.socket = encryption.wrap_socket(self._http.socket, server_side=True)
            self.address = f"https://localhost:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def add(self, path, *answers):
        """The URL under which the answers come; the last one is repeated."""
        self.answers[path], self.asked[path] = answers, []
        return f"{self.address}/{path}"

    def close(self):
        self._http.shutdown()
        self._http.server_close()


def sends(content, etag='"1"', resumes=True, stops_after=None, waits_for=None, headers=()):
    """Send a file; cut the connection, or wait for an event, after so many bytes of what is asked for."""

    def answer(handler):
        start = 0
        wanted = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        if wanted and resumes and handler.headers.get("If-Range", etag) == etag:
            start = int(wanted[1])
        if start >= len(content) > 0:
            return status(416, {"Content-Range": f"bytes */{len(content)}"})(handler)
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if etag:
            handler.send_header("ETag", etag)
        for header in dict(headers).items():
            handler.send_header(*header)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        stop = len(content) if stops_after is None else start + stops_after
        try:
            handler.wfile.write(content[start:stop])
            if waits_for:
                handler.wfile.flush()
                waits_for.wait(10)
                handler.wfile.write(content[stop:])
            elif stop < len(content):
                handler.close_connection = True
        except ConnectionError:
            handler.close_connection = True  # the client was killed

    return answer


def status(code, headers=()):
    def answer(handler):
        handler.send_response(code)
        for header in dict(headers).items():
            handler.send_header(*header)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def page(content):
    return sends(content, etag=None, headers={"Content-Type": "text/html; charset=utf-8"})


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


# ---- One study ----


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

    def command(self, *sources, then="", **file):
        """The same in a process of its own, which prints the value of ``then``."""
        arguments = ("net", {"sources": sources, **file}, *map(str, (self.output, self.downloads, self.lock)))
        code = (
            "import json, logging, sys; from pathlib import Path; from sr_fingerprints import weights\n"
            "weights.downloads.SECONDS_BEFORE_SAYING_SO = 0.1; logging.basicConfig(level='INFO')\n"
            "network, file, *paths = json.loads(sys.argv[1])\n"
            f"weights.fetch_weights(network, file, *map(Path, paths)); print({then})"
        )
        return subprocess.Popen(
            [sys.executable, "-c", code, json.dumps(arguments)],
            env={"PYTHONPATH": str(SCRIPTS)},
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


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "BACK_OFF", 0.01)
    return Study(tmp_path)


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


# ---- Transfers ----


def test_a_file_is_downloaded_once_and_kept(study, server):
    url = server.add("a.pth", sends(WEIGHTS))
    assert study.fetch({"url": url}, sha256=sha256(WEIGHTS)) == WEIGHTS
    assert study.kept() == {"a.pth": WEIGHTS}
    study.output.unlink()
    assert study.fetch({"url": url}, sha256=sha256(WEIGHTS)) == WEIGHTS
    assert len(server.asked["a.pth"]) == 1


def test_names_come_from_the_url_or_from_the_table(study, server):
    study.fetch({"url": server.add("some%20folder/my%20net.pth", sends(OTHERS)) + "?download=1&x=/y.z"})
    study.fetch({"url": server.add("b.pth", sends(OTHERS)), "name": "c.pth"}, network="other")
    assert set(study.kept()) == {"my net.pth", "c.pth"}


def test_a_broken_stream_is_taken_up_where_it_broke_off(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE + 7), sends(WEIGHTS))
    assert study.fetch({"url": url}) == WEIGHTS
    first, second = server.asked["a.pth"]
    assert "Range" not in first
    assert (second["Range"], second["If-Range"]) == (f"bytes={2 * MEBIBYTE}-", '"1"')


def test_last_modified_does_where_the_etag_is_weak(study, server):
    date = "Tue, 01 Sep 2020 10:00:00 GMT"
    broken = sends(WEIGHTS, etag='W/"1"', headers={"Last-Modified": date}, stops_after=2 * MEBIBYTE)
    url = server.add("a.pth", broken, sends(WEIGHTS, etag=date, headers={"Last-Modified": date}))
    assert study.fetch({"url": url}) == WEIGHTS
    assert server.asked["a.pth"][1]["If-Range"] == date


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_without_a_version_nothing_is_resumed(study, server, etag):
    url = server.add("a.pth", sends(WEIGHTS, etag=etag, stops_after=2 * MEBIBYTE), sends(WEIGHTS, etag=etag))
    assert study.fetch({"url": url}) == WEIGHTS
    assert "Range" not in server.asked["a.pth"][1]


def test_a_server_that_cannot_resume_sends_all_of_it_again(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE), sends(WEIGHTS, resumes=False))
    assert study.fetch({"url": url}) == WEIGHTS
    assert "Range" in server.asked["a.pth"][1]


def test_a_file_that_changed_meanwhile_starts_anew(study, server):
    url = server.add("a.pth", sends(OTHERS + WEIGHTS, stops_after=2 * MEBIBYTE), sends(WEIGHTS, etag='"2"'))
    assert study.fetch({"url": url}) == WEIGHTS


def test_a_server_that_ignores_if_range_does_not_get_two_versions_mixed(study, server):
    def careless(handler):
        del handler.headers["If-Range"]
        sends(WEIGHTS, etag='"2"')(handler)

    url = server.add("a.pth", sends(OTHERS + WEIGHTS, stops_after=2 * MEBIBYTE), careless)
    assert study.fetch({"url": url}) == WEIGHTS
    assert ["Range" in asked for asked in server.asked["a.pth"]] == [False, True, False]


def test_a_part_that_is_whole_already_is_recognised(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE), status(404))
    study.fails({"url": url})
    study.part.write_bytes(WEIGHTS)
    server.add("a.pth", sends(WEIGHTS))
    assert study.fetch({"url": url}, sha256=sha256(WEIGHTS)) == WEIGHTS
    (asked,) = server.asked["a.pth"]
    assert asked["Range"] == f"bytes={len(WEIGHTS)}-"


def test_a_part_that_is_too_long_is_given_up(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE), status(404))
    study.fails({"url": url})
    study.part.write_bytes(WEIGHTS + OTHERS)
    server.add("a.pth", sends(WEIGHTS))
    assert study.fetch({"url": url}) == WEIGHTS


def test_the_next_run_goes_on_with_what_a_failed_one_left(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE), status(404))
    assert "HTTP 404 Not Found" in study.fails({"url": url})
    assert study.part.stat().st_size == 2 * MEBIBYTE
    server.add("a.pth", sends(WEIGHTS))
    assert study.fetch({"url": url}) == WEIGHTS
    assert server.asked["a.pth"][0]["Range"] == f"bytes={2 * MEBIBYTE}-"
    assert not study.part.exists()


def test_a_part_of_one_source_is_not_completed_from_another(study, server):
    first = server.add("1/a.pth", sends(OTHERS + WEIGHTS, stops_after=2 * MEBIBYTE), status(404))
    second = server.add("2/a.pth", sends(WEIGHTS))
    assert study.fetch({"url": first}, {"url": second}) == WEIGHTS
    assert "Range" not in server.asked["2/a.pth"][0]


def test_a_killed_process_is_continued_by_the_next(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE, waits_for=threading.Event()), sends(WEIGHTS))
    process = study.command({"url": url})
    wait_until(lambda: study.part.exists() and study.part.stat().st_size >= MEBIBYTE)
    process.kill()
    process.communicate()
    held = study.part.stat().st_size
    assert study.kept() == {}
    assert study.fetch({"url": url}) == WEIGHTS
    assert server.asked["a.pth"][1]["Range"] == f"bytes={held}-"


def test_of_two_jobs_that_want_one_file_one_downloads_and_the_other_waits(study, server, tmp_path):
    go = threading.Event()
    url = server.add("a.pth", sends(WEIGHTS, stops_after=MEBIBYTE, waits_for=go))
    first = study.command({"url": url})
    wait_until(lambda: server.asked["a.pth"])
    study.output = tmp_path / "results/second.pth"
    second = study.command({"url": url})
    assert "waiting for another job that downloads" in second.stderr.readline()
    go.set()
    for process in (first, second):
        process.communicate(timeout=10)
        assert process.returncode == 0
    assert len(server.asked["a.pth"]) == 1
    assert {path.read_bytes() for path in study.output.parent.glob("*.pth")} == {WEIGHTS}


def test_progress_is_told_in_mebibytes(study, server, monkeypatch, caplog):
    monkeypatch.setattr("sr_fingerprints.progress.SECONDS_BETWEEN_RECORDS", 0)
    caplog.set_level(logging.INFO)
    study.fetch({"url": server.add("a.pth", sends(WEIGHTS))})
    assert "a.pth, MiB: 3/4 (75 %)" in caplog.text


# ---- Servers that fail ----


@pytest.mark.parametrize("code", [429, 500, 503])
def test_a_busy_server_is_asked_again(study, server, code):
    url = server.add("a.pth", status(code), sends(WEIGHTS))
    assert study.fetch({"url": url}) == WEIGHTS


def test_retry_after_is_obeyed(study, server, monkeypatch):
    slept = []
    monkeypatch.setattr(transfer.time, "sleep", slept.append)
    url = server.add("a.pth", status(429, {"Retry-After": "7"}), status(503), sends(WEIGHTS))
    assert study.fetch({"url": url}) == WEIGHTS
    assert slept == [7, transfer.BACK_OFF * 2]


def test_a_server_that_asks_for_too_much_patience_is_given_up(study, server):
    url = server.add("a.pth", status(429, {"Retry-After": "3600"}))
    assert "HTTP 429 Too Many Requests, and the server asks to wait 3600 s" in study.fails({"url": url})
    assert len(server.asked["a.pth"]) == 1


def test_attempts_end(study, server):
    url = server.add("a.pth", status(503))
    assert "HTTP 503 Service Unavailable, 4 times" in study.fails({"url": url})
    assert len(server.asked["a.pth"]) == 4


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_plain_no_is_not_asked_again(study, server, code):
    url = server.add("a.pth", status(code))
    assert f"{url}: HTTP {code}" in study.fails({"url": url})
    assert len(server.asked["a.pth"]) == 1


def test_the_second_source_serves_when_the_first_is_dead(study, server):
    dead = "http://127.0.0.1:9/a.pth"
    url = server.add("b.pth", sends(WEIGHTS))
    assert study.fetch({"url": dead}, {"url": url}) == WEIGHTS
    assert study.locked()["net"]["b.pth"] == {"sha256": sha256(WEIGHTS), "source": url}


def test_when_all_fail_every_reason_and_the_remedy_are_told(study, server):
    url = server.add("b.pth", status(404))
    message = study.fails({"url": "http://127.0.0.1:9/a.pth"}, {"url": url}, by_hand="Baidu, code 6qta")
    title, first, second, remedy = message.split("\n  ")
    assert title == "net: no source gives its weights"
    assert re.fullmatch(r"http://127.0.0.1:9/a.pth: .*[Cc]onnection refused, 4 times", first)
    assert second == f"{url}: HTTP 404 Not Found"
    places = f"{study.downloads / 'a.pth'} or {study.downloads / 'b.pth'}"
    assert remedy == f"put the file by hand at {places} (Baidu, code 6qta), then run again"


def test_a_truncated_stream_is_told_in_words(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=100))
    assert re.search(r"a\.pth: .*100 bytes read.*, 4 times", study.fails({"url": url}))


# ---- URLs and redirects ----


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not a URL of http or https; right would be https://host/file"),
        ("file://localhost/etc/passwd", "not a URL of http or https"),
        ("ftp://x/a.pth", "not a URL of http or https"),
        ("gopher://x/a.pth", "not a URL of http or https"),
        ("data:application/octet-stream;base64,AAAA", "not a URL of http or https"),
        ("javascript:alert(1)", "not a URL of http or https"),
        ("http:/x/a.pth", "not a URL of http or https"),
        ("http:///a.pth", "not a URL of http or https"),
        ("//x/a.pth", "not a URL of http or https"),
        ("", "not a URL of http or https"),
        ("http://x:port/a.pth", "not a URL (Port could not be cast"),
        ("http://[x/a.pth", "not a URL (Invalid IPv6 URL)"),
        ("http://x/a.pth\r\nHost: y", "a URL with blanks or control characters; right would be %20"),
        ("http://x/a b.pth", "a URL with blanks or control characters"),
        ("http://x/\0.pth", "a URL with blanks or control characters"),
    ],
)
def test_only_http_is_fetched(study, url, reason):
    with pytest.raises(InputError) as error:
        study.fetch({"url": url})
    assert reason in str(error.value)
    assert not study.output.exists()


def test_passwords_in_a_url_are_refused_and_shown_nowhere(study, caplog):
    assert wrong_with_url("https://me:s3cret@example.org/a.pth") == (
        "a URL with a name or password; right would be without, and they in ~/.netrc for example.org"
    )
    with pytest.raises(InputError) as error:
        study.fetch({"url": "https://me:s3cret@example.org/a.pth"})
    assert "a URL with a name or password" in str(error.value)
    assert "s3cret" not in str(error.value) + caplog.text
    assert not study.lock.exists()


def test_a_password_in_netrc_is_sent_to_its_host_alone(study, server, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password s3cret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    other = server.add("b.pth", sends(WEIGHTS)).replace("127.0.0.1", "localhost")
    url = server.add("a.pth", status(302, {"Location": other}))
    assert study.fetch({"url": url}) == WEIGHTS
    assert server.asked["a.pth"][0]["Authorization"].startswith("Basic ")
    assert "Authorization" not in server.asked["b.pth"][0]
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file() and path.name != "netrc")
    assert b"s3cret" not in written


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(study, server, code):
    target = server.add("b.pth", sends(WEIGHTS))
    assert study.fetch({"url": server.add("a.pth", status(code, {"Location": "/b.pth"}))}) == WEIGHTS
    assert study.locked()["net"]["a.pth"]["source"].endswith("/a.pth") and target
    assert study.kept() == {"a.pth": WEIGHTS}


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/a.pth",
        "gopher://127.0.0.1/a.pth",
        "data:,x",
        "javascript:alert(1)",
        "//me:s3cret@127.0.0.1/a.pth",
    ],
)
def test_redirects_elsewhere_are_not_followed(study, server, target):
    url = server.add("a.pth", status(302, {"Location": target}))
    message = study.fails({"url": url})
    assert f"{url}: redirects to " in message and "right would be" in message and "s3cret" not in message
    assert len(server.asked["a.pth"]) == 1


def test_redirects_in_a_circle_end(study, server):
    url = server.add("a.pth", status(302, {"Location": "/a.pth"}))
    assert "a.pth: Exceeded 30 redirects." in study.fails({"url": url})


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl, which makes the server's certificate")
def test_what_began_with_https_goes_on_so(study, server, tmp_path, monkeypatch):
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*new, *names, "-keyout", "key", "-out", "certificate"], cwd=tmp_path, check=True, capture_output=True
    )
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "certificate"))
    encryption = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    encryption.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    secure = Server(encryption)
    try:
        plain = server.add("a.pth", sends(WEIGHTS))
        url = secure.add("a.pth", status(302, {"Location": plain}))
        message = study.fails({"url": url})
        assert f"a.pth: redirects from https to {plain}, where anybody on the way could change it" in message
        assert not server.asked["a.pth"]
        secure.add("b.pth", sends(WEIGHTS))
        assert study.fetch({"url": secure.add("a.pth", status(302, {"Location": "/b.pth"}))}) == WEIGHTS
    finally:
        secure.close()


@pytest.mark.parametrize(
    "end",
    [
        "..",
        "%2e%2e",
        ".",
        "",
        "..%2f..%2f..",
        "%00.pth",
        "a%00b.pth",
        "..%5c..%5ca.pth",
        ".hidden.pth",
        "a" * 300,
        "%0a",
    ],
)
def test_the_end_of_a_url_that_is_no_name_for_a_file_gives_none(study, server, end):
    """Such a file is called as the network; nothing is written beside the folder of downloads."""
    server.default = sends(WEIGHTS)
    assert study.fetch({"url": f"{server.address}/{end}"}) == WEIGHTS
    assert study.kept() == {"net.pth": WEIGHTS}
    assert {path.name for path in study.downloads.parent.iterdir()} == {"results", "downloads"}


def test_a_path_at_the_end_of_a_url_is_reduced_to_its_name(study, server):
    server.default = sends(WEIGHTS)
    study.fetch({"url": f"{server.address}/x/..%2f..%2f..%2fetc%2fa.pth"})
    assert study.kept() == {"a.pth": WEIGHTS}


def test_a_server_that_never_stops_is_given_up(study, server, monkeypatch):
    monkeypatch.setattr(transfer, "LARGEST_FILE", 2 * MEBIBYTE)

    def endless(handler):
        handler.send_response(200)
        handler.end_headers()
        with contextlib.suppress(ConnectionError):
            while True:
                handler.wfile.write(b"x" * MEBIBYTE)

    told = "a file of more than 2,097,152 bytes, which no network's is"
    assert told in study.fails({"url": server.add("a.pth", endless)})
    assert told in study.fails({"url": server.add("b.pth", sends(WEIGHTS))})
    assert not study.part.exists()


@pytest.mark.parametrize("length", ["-5", "many", "1e3"])
def test_a_length_that_is_none_does_not_matter(study, server, length):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", length)
        handler.end_headers()
        handler.wfile.write(OTHERS)
        handler.close_connection = True

    assert study.fetch({"url": server.add("a.pth", answer)}) == OTHERS


def test_what_a_server_says_does_not_steer_the_terminal(study, server, caplog):
    page_of = b"<html><title>\x1b[2J\x1b]0;owned\x07 Sorry</title>"
    message = study.fails({"url": server.add("a.pth", page(page_of))})
    assert "a web page instead of the file: ?[2J?]0;owned? Sorry" in message
    assert "\x1b" not in message + caplog.text


# ---- What comes is not what was wanted ----


def test_a_mirror_with_another_file_is_passed_over(study, server):
    wrong, right = server.add("1/a.pth", sends(OTHERS)), server.add("2/a.pth", sends(WEIGHTS))
    assert study.fetch({"url": wrong}, {"url": right}, sha256=sha256(WEIGHTS)) == WEIGHTS
    assert study.locked()["net"]["a.pth"]["source"] == right


def test_a_wrong_file_is_not_kept(study, server):
    url = server.add("a.pth", sends(OTHERS))
    message = study.fails({"url": url}, sha256=sha256(WEIGHTS))
    assert f"damaged or another file (sha256 {sha256(OTHERS)}, not {sha256(WEIGHTS)})" in message
    server.add("a.pth", sends(WEIGHTS))
    assert study.fetch({"url": url}, sha256=sha256(WEIGHTS)) == WEIGHTS


def test_the_digest_in_a_file_name_is_enforced(study, server):
    url = server.add("a.pth", sends(WEIGHTS))
    assert "not 01234567)" in study.fails({"url": url, "sha256": "01234567"}, sha256=sha256(WEIGHTS))
    assert study.fetch({"url": url, "sha256": sha256(WEIGHTS)[:8]}) == WEIGHTS
    assert study.locked()["net"]["a.pth"]["sha256"] == sha256(WEIGHTS)


@pytest.mark.parametrize("content", [QUOTA, b"\xef\xbb\xbf \n<html><title>Google Drive - Quota exceeded</title>"])
def test_a_web_page_is_told_by_its_title_and_not_asked_for_again(study, server, content):
    web, url = server.add("a.pth", page(content)), server.add("b.pth", sends(WEIGHTS))
    assert f"{web}: a web page instead of the file: Google Drive - Quota exceeded\n" in study.fails({"url": web})
    assert len(server.asked["a.pth"]) == 1
    assert study.fetch({"url": web}, {"url": url}) == WEIGHTS


def test_a_web_page_does_not_take_the_place_of_a_part(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=2 * MEBIBYTE), page(QUOTA))
    study.fails({"url": url})
    assert study.part.read_bytes() == WEIGHTS[: 2 * MEBIBYTE]


def test_an_empty_file_is_none(study, server):
    assert "an empty file" in study.fails({"url": server.add("a.pth", sends(b""))})


def test_dropbox_is_asked_for_the_file_and_not_for_its_page(study, server, monkeypatch):
    server.add("s/x/a.pth", sends(WEIGHTS))
    redirect(monkeypatch, "https://www.dropbox.com", server)
    for query in ("?dl=0", "?rlkey=k&dl=0", ""):
        assert study.fetch({"url": f"https://www.dropbox.com/s/x/a.pth{query}"}, network=query) == WEIGHTS
        (study.downloads / "a.pth").unlink()
    asked = [asked["path"] for asked in server.asked["s/x/a.pth"]]
    assert asked == ["/s/x/a.pth?dl=1", "/s/x/a.pth?rlkey=k&dl=1", "/s/x/a.pth?dl=1"]


# ---- Google Drive ----


def redirect(monkeypatch, prefix, server):
    """Send what is meant for another host to our server."""
    request = requests.Session.request
    monkeypatch.setattr(
        requests.Session,
        "request",
        lambda self, method, url, **options: request(self, method, url.replace(prefix, server.address), **options),
    )


CONFIRMATION = (
    b"<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head><body>"
    b'<form id="download-form" action="https://drive.usercontent.google.com/download" method="get">'
    b'<input type="submit" value="Download anyway"/><input type="hidden" name="id" value="ID"/>'
    b'<input type="hidden" name="export" value="download"/><input type="hidden" name="confirm" value="t"/>'
    b'<input type="hidden" name="uuid" value="1-2-3"/></form></body></html>'
)


@pytest.fixture
def drive(server, monkeypatch):
    redirect(monkeypatch, "https://drive.google.com", server)
    redirect(monkeypatch, "https://drive.usercontent.google.com", server)
    return server


def test_small_files_on_drive_come_at_once(study, drive):
    drive.add("uc", sends(WEIGHTS, headers={"Content-Disposition": 'attachment; filename="x"'}))
    assert study.fetch({"drive": "ID", "name": "a.pth"}) == WEIGHTS
    assert study.kept() == {"a.pth": WEIGHTS}
    assert study.locked()["net"]["a.pth"]["source"] == "https://drive.google.com/file/d/ID"


def test_the_question_about_the_virus_scan_is_answered_and_the_file_resumed(study, drive):
    drive.add("uc", page(CONFIRMATION))
    drive.add("download", sends(WEIGHTS, stops_after=2 * MEBIBYTE), sends(WEIGHTS))
    assert study.fetch({"drive": "ID", "name": "a.pth"}) == WEIGHTS
    assert drive.asked["download"][0]["path"] == "/download?id=ID&export=download&confirm=t&uuid=1-2-3"
    assert drive.asked["download"][1]["Range"] == f"bytes={2 * MEBIBYTE}-"


@pytest.mark.parametrize("after_confirmation", [False, True])
def test_an_exceeded_quota_is_told(study, drive, after_confirmation):
    drive.add("uc", page(CONFIRMATION if after_confirmation else QUOTA))
    drive.add("download", page(QUOTA))
    message = study.fails({"drive": "ID", "name": "a.pth"})
    assert "drive.google.com/file/d/ID: a web page instead of the file: Google Drive - Quota exceeded\n" in message
    assert len(drive.asked["uc"]) == 1


def folder(*files):
    links = "".join(
        f'<a href="https://drive.google.com/file/d/{place}/view?usp=drive_web">{name}</a>' for name, place in files
    )
    return page(f"<html><head><title>models</title></head><body>{links}</body></html>".encode())


def test_a_file_is_found_in_a_folder_on_drive(study, drive):
    two, four = "2" * 33, "4" * 33
    drive.add("embeddedfolderview", folder(("model_x2.pt", two), ("model_x4.pt", four)))
    drive.add("uc", sends(WEIGHTS))
    assert study.fetch({"drive_folder": "F", "file": "*x4.pt", "name": "a.pth"}) == WEIGHTS
    assert four in drive.asked["uc"][0]["path"]
    message = study.fails({"drive_folder": "F", "file": "*.pt", "name": "b.pth"})
    assert "folders/F (*.pt): 2 files fit *.pt, not one (there are: model_x2.pt, model_x4.pt)" in message
    drive.add("embeddedfolderview", status(404))
    assert "folders/F (*.pt): Failed to retrieve folder" in study.fails({"drive_folder": "F", "file": "*.pt"})


# ---- Archives ----


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("models")
        for name, content in members.items():
            archive.writestr(f"models/{name}.pth", content)
            archive.writestr(f"__MACOSX/models/._{name}.pth", b"resource fork")
    return stream.getvalue()


def tarred(mode, **members):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(f"models/{name}.pth")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


ZIP = zipped(x2=WEIGHTS, x4=OTHERS)


@pytest.mark.parametrize("archive", [ZIP, tarred("w", x2=WEIGHTS, x4=ZIP), tarred("w:gz", x2=WEIGHTS, x4=ZIP)])
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


# ---- Archives that mean harm ----


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
                list(pieces(tmp_path / "archive", "*/x2.pth"))
            except SourceError:
                told += 1
    assert told > 300


def test_the_zip_file_with_an_empty_name_is_told(tmp_path):
    """Python's zipfile asks for the last letter of every name."""
    (tmp_path / "archive").write_bytes(zip_of(["x2.pth"]).replace(b"x2.pth", b"\0\0\0\0\0\0"))
    with pytest.raises(SourceError, match="a damaged archive"):
        list(pieces(tmp_path / "archive", "x2.pth"))


# ---- The lock ----


def test_what_came_first_is_enforced(study, server):
    url = server.add("a.pth", sends(WEIGHTS))
    study.fetch({"url": url})
    assert study.locked() == {"net": {"a.pth": {"sha256": sha256(WEIGHTS), "source": url}}}
    (study.downloads / "a.pth").unlink()
    server.add("a.pth", sends(OTHERS))
    message = study.fails({"url": url})
    assert (
        f"not the file that came first (sha256 {sha256(OTHERS)}, not {sha256(WEIGHTS)}, which {study.lock}" in message
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


# ---- By hand, from packages and from this machine ----


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
    right = f"right would be the network's weights, sha256 {sha256(WEIGHTS)}"
    remedy = "replace it, or remove it to have it downloaded, then run again"
    assert message == f"{study.downloads / 'a.pth'} (by hand): {reason}; {right}; {remedy}"
    assert not server.asked["a.pth"]


def test_a_file_that_was_tampered_with_is_told(study, server):
    url = server.add("a.pth", sends(WEIGHTS))
    study.fetch({"url": url})
    study.put("a.pth", WEIGHTS[:-1])
    message = study.fails({"url": url})
    assert message.startswith(f"{study.downloads / 'a.pth'} ({url}): not the file that came first")
    assert f"right would be the network's weights, sha256 {sha256(WEIGHTS)}" in message


def test_networks_do_not_get_each_others_file_of_the_same_name(study, server):
    one, two = server.add("1/a.pth", sends(WEIGHTS)), server.add("2/a.pth", sends(OTHERS))
    study.fetch({"url": one}, network="one")
    assert f"a.pth ({one}): not from a source of this network" in study.fails({"url": two})
    assert study.fetch({"url": two, "name": "b.pth"}) == OTHERS
    assert study.fetch({"url": two}, network="copy", sha256=sha256(WEIGHTS)) == WEIGHTS


def test_a_file_comes_out_of_a_package(study):
    content = (SCRIPTS / "sr_fingerprints/errors.py").read_bytes()
    source = {"package": "sr_fingerprints", "member": "errors.py"}
    assert study.fetch(source, sha256=sha256(content)) == content
    assert not study.lock.exists()
    assert not study.downloads.exists()


@pytest.mark.parametrize(
    ("package", "member", "reason"),
    [
        ("sr_fingerprints", "errors.py", "damaged or another file"),
        ("sr_fingerprints", "models/none.bin", "the package does not have this file"),
        ("no_such_package", "models/none.bin", "the package is not installed"),
    ],
)
def test_what_is_wrong_with_a_package_is_told(study, package, member, reason):
    message = study.fails({"package": package, "member": member}, sha256=sha256(WEIGHTS))
    assert f"package {package}, {member}: {reason}" in message
    assert message.endswith(f"install it again (`uv sync --reinstall-package {package}`), then run again")


def test_taking_a_file_out_of_a_package_imports_nothing_for_downloads(study):
    sha = sha256((SCRIPTS / "sr_fingerprints/errors.py").read_bytes())
    process = study.command(
        {"package": "sr_fingerprints", "member": "errors.py"}, sha256=sha, then="list(sys.modules)"
    )
    modules = process.communicate()[0]
    assert "'sr_fingerprints.weights'" in modules
    assert not [name for name in ("requests", "urllib3", "filelock", "gdown", "numpy") if f"'{name}'" in modules]


def test_a_file_of_the_users_own_is_taken_from_its_place(study, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.pth").write_bytes(WEIGHTS)
    assert study.fetch({"path": "~/mine.pth"}) == WEIGHTS
    assert study.locked() == {"net": {"mine.pth": {"sha256": sha256(WEIGHTS), "source": "~/mine.pth"}}}
    (tmp_path / "mine.pth").write_bytes(OTHERS)
    assert "~/mine.pth: not the file that came first" in study.fails({"path": "~/mine.pth"})
    message = study.fails({"path": "~/other.pth"})
    assert message.endswith("~/other.pth: not found\n  give the path of the right file, then run again")


def test_a_member_of_the_users_own_archive(study, tmp_path):
    (tmp_path / "mine.zip").write_bytes(ZIP)
    assert study.fetch({"path": str(tmp_path / "mine.zip"), "member": "*x4.pth"}) == OTHERS
