"""Files of answers: whole lines whatever happens, resumed, and never another file."""

import csv
import json

import pytest
from made_up_answers import made_up_answer

from sr_fingerprints.command.answer_file import COLUMNS, open_answers
from sr_fingerprints.runtime.errors import InputError

ANSWERS = [
    made_up_answer(path, str(number) * 64)
    for number, path in enumerate(["a.png", 'with "quotes", and\na line.png', "\u6f22\udcff.png"])
]


def write(path, form, answers=ANSWERS):
    with open_answers(path, form) as file:
        return [file.add(answer) for answer in answers]


@pytest.fixture(params=["jsonl", "csv"])
def form(request):
    return request.param


def read(path, form):
    """Paths and decisions of all answers, by the parsers of others."""
    with path.open(encoding="utf-8", newline="") as stream:
        if form == "csv":
            return [(row["image"], row["decision"]) for row in csv.DictReader(stream)]
        return [(found["image"]["path"], found["decision"]) for found in map(json.loads, stream)]


def test_answers_are_read_back_as_they_were_written(tmp_path, form):
    path = tmp_path / f"answers.{form}"
    assert write(path, form) == [True] * 3
    last = ANSWERS[2].image.path if form == "jsonl" else ANSWERS[2].image.path.replace("\udcff", r"\udcff")
    assert read(path, form) == [(name, "network") for name in (*(each.image.path for each in ANSWERS[:2]), last)]


def test_a_file_that_was_cut_anywhere_is_repaired_and_completed(tmp_path, form):
    """As by a kill in the middle of a line: at each byte, what was whole stays, and the rest is answered again."""
    whole = tmp_path / "whole"
    write(whole, form)
    content = whole.read_bytes()
    for cut in range(0, len(content), 7):
        path = tmp_path / "cut"
        path.write_bytes(content[:cut])
        with open_answers(path, form) as file:
            assert len(file.known) == sum(file.add(answer) is False for answer in ANSWERS)
        assert path.read_bytes() == content
        path.unlink()


def test_an_image_that_has_an_answer_by_this_bundle_gets_no_other(tmp_path, form):
    path = tmp_path / "answers"
    write(path, form)
    again = [made_up_answer("moved.png", "0" * 64), made_up_answer("a.png", "0" * 64, "c" * 64)]
    assert write(path, form, again) == [False, True], "known by its content; another bundle is another answer"


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\nIDAT", b"image,label\na.png,cat\n", b'{"a": 1}\n', b"thesis"])
def test_another_file_is_refused_and_left_as_it_is(tmp_path, form, content):
    path = tmp_path / "mine"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"mine: found something else at its start; allowed: answers that"):
        write(path, form)
    assert path.read_bytes() == content


def test_a_damaged_line_in_the_middle_is_told(tmp_path):
    path = tmp_path / "answers.jsonl"
    write(path, "jsonl")
    content = path.read_bytes()
    path.write_bytes(content.replace(b'"sha256": "1', b'"sha25": "1', 1))
    damaged = path.read_bytes()
    with pytest.raises(InputError, match=r"answers.jsonl: answer 2 is damaged, or something else; allowed: "):
        write(path, "jsonl")
    assert path.read_bytes() == damaged


def test_two_runs_do_not_write_one_file(tmp_path, form):
    path = tmp_path / "answers"
    with open_answers(path, form), pytest.raises(InputError, match="another run is writing it"):
        write(path, form)


def test_a_folder_is_no_file_of_answers(tmp_path, form):
    with pytest.raises(InputError, match="cannot be written"):
        write(tmp_path, form)


def test_columns_are_those_of_the_documentation(tmp_path):
    write(tmp_path / "answers.csv", "csv")
    first, *_ = csv.DictReader((tmp_path / "answers.csv").open(newline=""))
    assert tuple(first) == COLUMNS
    assert (first["limits"], first["prediction_set"], first["stable"]) == ("small; grey", "N1; N2", "true")
