"""Google Drive: its pages, its folders, and its quota."""

import pytest
from local_server import sends, status
from weights_server import MEBIBYTE, QUOTA, WEIGHTS, page, redirect

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
