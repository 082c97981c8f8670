"""Where weights may come from, and what comes from there that was not wanted."""

import contextlib
import shutil
import ssl
import subprocess

import pytest
from local_server import Server, sends, status
from weights_server import MEBIBYTE, OTHERS, QUOTA, WEIGHTS, page, redirect, sha256

from sr_fingerprints.networks.downloading import transfer
from sr_fingerprints.networks.downloading.sources import url_problem
from sr_fingerprints.runtime.errors import InputError


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not a URL of http or https; expected https://host/file"),
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
        ("http://x/a.pth\r\nHost: y", "a URL with blanks or control characters; expected escapes such as %20"),
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
    assert url_problem("https://me:s3cret@example.org/a.pth") == (
        "a URL with a name or password; expected one without, and both in ~/.netrc for example.org"
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
    assert f"{url}: redirects to " in message and "expected" in message and "s3cret" not in message
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
        assert f"a.pth: redirects from https to {plain}, where anybody on the network could change it" in message
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

    told = "a file of more than 2,097,152 bytes, more than any network has"
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
