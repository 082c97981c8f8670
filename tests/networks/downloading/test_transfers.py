"""Downloads: resumed, waited for, asked for again, and given up."""

import logging
import re
import threading

import pytest
from local_server import sends, status
from weights_server import MEBIBYTE, OTHERS, WEIGHTS, sha256, wait_until

from sr_fingerprints.networks.downloading import transfer


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
        process.communicate(timeout=600)
        assert process.returncode == 0
    assert len(server.asked["a.pth"]) == 1
    assert {path.read_bytes() for path in study.output.parent.glob("*.pth")} == {WEIGHTS}


def test_progress_is_told_in_mebibytes(study, server, monkeypatch, caplog):
    monkeypatch.setattr("sr_fingerprints.runtime.progress.SECONDS_BETWEEN_RECORDS", 0)
    caplog.set_level(logging.INFO)
    study.fetch({"url": server.add("a.pth", sends(WEIGHTS))})
    assert "a.pth, MiB: 3/4 (75 %)" in caplog.text


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
    assert title == "net: no source has its weights"
    assert re.fullmatch(r"http://127.0.0.1:9/a.pth: .*[Cc]onnection refused, 4 times", first)
    assert second == f"{url}: HTTP 404 Not Found"
    places = f"{study.downloads / 'a.pth'} or {study.downloads / 'b.pth'}"
    assert remedy == f"put the file by hand at {places} (Baidu, code 6qta), then run again"


def test_a_truncated_stream_is_told_in_words(study, server):
    url = server.add("a.pth", sends(WEIGHTS, stops_after=100))
    assert re.search(r"a\.pth: .*100 bytes read.*, 4 times", study.fails({"url": url}))
