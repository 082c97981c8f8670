"""Which images the arguments mean: files, folders, patterns, standard input."""

import io
from types import SimpleNamespace

import pytest

from sr_fingerprints.command.inputs import Given, Problem, given_images


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a.png", "b[1].png", "sub/c.jpg", "sub/deeper/d.webp", ".hidden.png", "sub/.thumbs/e.png"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    (tmp_path / "in/Thumbs.db").write_bytes(b"")
    return tmp_path


def names(*arguments, own=()):
    found = list(given_images(arguments, own))
    assert not [each for each in found if isinstance(each, Problem)]
    return [each.name for each in found]


ALL = ["in/a.png", "in/b[1].png", "in/sub/c.jpg", "in/sub/deeper/d.webp"]


def test_a_folder_is_walked_without_what_is_hidden_or_of_the_system(folder):
    assert names("in") == ALL


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("in/*.png", ALL[:2]),
        ("in/**/*.jpg", ALL[2:3]),
        ("in/**", ALL),
        ("i?", ALL),
        ("in/b[[]1].png", ALL[1:2]),
        ("in/s*", ALL[2:]),
    ],
)
def test_a_pattern_that_the_shell_left_is_expanded(folder, pattern, found):
    assert names(pattern) == found


def test_a_file_whose_name_looks_like_a_pattern_is_itself(folder):
    assert names("in/b[1].png") == ["in/b[1].png"]


def test_a_file_that_is_named_twice_is_answered_once(folder):
    (folder / "link.png").symlink_to("in/a.png")
    assert names("in/a.png", "in", str(folder / "in/a.png"), "link.png", "in/*.png") == ALL


def test_what_the_run_writes_is_no_input(folder):
    for name in ("in/answers.jsonl", "in/maps/a-1.png"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"")
    assert names("in", own=[folder / "in/answers.jsonl", folder / "in/maps"]) == ALL


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("in/none.png", "in/none.png: not found; allowed: a file, a folder, a pattern, or -"),
        ("in/*.tif", "in/*.tif: no file matches"),
        ("empty", "empty: found no files in this folder"),
    ],
)
def test_what_is_not_there_is_told_and_the_others_go_on(folder, argument, told):
    (folder / "empty").mkdir()
    assert list(given_images([argument, "in/a.png"])) == [Problem(told), Given("in/a.png")]


def test_a_broken_link_in_a_folder_is_told(folder):
    (folder / "empty").mkdir()
    (folder / "empty/x.png").symlink_to("gone.png")
    assert list(given_images(["empty"])) == [Problem("empty/x.png: found a link to nothing, or no ordinary file")]


def test_standard_input_is_read_once(folder, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(b"pixels")))
    assert list(given_images(["-", "-"])) == [Given("-", b"pixels")]
