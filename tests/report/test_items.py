"""Tables, captions and versions as reports show them: how numbers are rounded, and what captions may be."""

import re
from importlib.metadata import version

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imports_of_rules import rules
from smoke_study import ROOT

from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.report.columns import readable_columns
from sr_fingerprints.report.items import rst_to_html, software_versions, table_columns
from sr_fingerprints.runtime.errors import InputError


def test_a_damaged_table_is_named(tmp_path):
    (tmp_path / "cut.csv").write_text("network,psnr\na,3")
    with pytest.raises(InputError, match=r"cut\.csv: damaged, or not a table of results"):
        table_columns(tmp_path / "cut.csv")


def test_versions_are_those_of_this_process_and_of_the_predictions(tmp_path):
    for name, torch in (("a", "2.13.0"), ("b", "2.14.0")):
        texts = dict.fromkeys(["photo", "source", "network", "actual", "classes"], np.array(["x"]))
        attributes = {"versions": {"torch": torch, "timm": "1.0"}}
        answers = Predictions(**texts, scores=np.ones((1, 1)), features=np.ones((1, 0)), attributes=attributes)
        write_predictions(tmp_path / f"{name}.h5", answers)
    found = software_versions([tmp_path / "b.h5", tmp_path / "a.h5"])
    assert found["torch"] == "2.13.0 and 2.14.0" and found["timm"] == "1.0"
    assert found["pandas"] == version("pandas") and "python" in found


# ---- Captions ----


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("report/**/*.rst")), ids=lambda path: f"{path.parent.name}-{path.stem}"
)
def test_captions_are_rest_without_warnings(path):
    assert "<p>" in rst_to_html(path, "x-")["body"]


def test_a_caption_that_is_no_rest_is_named(tmp_path):
    (tmp_path / "caption.rst").write_text("*open\n")
    with pytest.raises(InputError, match=r"not reStructuredText: .*caption\.rst:1: .*without end-string"):
        rst_to_html(tmp_path / "caption.rst", "x-")


def test_what_the_report_shows_has_a_caption_and_a_rule_and_a_script_of_its_name():
    """The report names them by these rules' names alone."""
    scripts = {rule.name: rule.script for rule in rules(ROOT / "rules")}
    count = 0
    for file in ROOT.glob("rules/*.smk"):
        for block in re.split(r"^rule ", file.read_text(), flags=re.MULTILINE)[1:]:
            for folder, name in re.findall(r'report_item\(\s*"<results>/(\w+)/(\w+)\.\w+"', block):
                rule = {"tables": "tabulate", "figures": "plot"}[folder] + f"_{name}"
                assert block.startswith(f"{rule}:") and scripts[rule] == f"{rule}.py"
                assert (ROOT / f"report/{folder}/{name}.rst").is_file()
                count += 1
    assert count == len(list(ROOT.glob("report/*/*.rst"))) == 53


# ---- Numbers ----


def cells(**columns):
    return {column.heading: column.cells for column in readable_columns(pd.DataFrame(columns))}


def test_deviations_and_intervals_stand_beside_their_means():
    read = cells(
        value=["x", "y"],
        accuracy_mean=[70.587, 9.0],
        accuracy_std=[0.8507, np.nan],
        accuracy_low=[58.628, np.nan],
        accuracy_high=[80.254, np.nan],
        accuracy_networks_low=[np.nan, -2.5],
        accuracy_networks_high=[np.nan, 31.7],
        ours=[1.5, 2.25],
        ours_std=[0.125, 0.5],
        chance=[np.nan, np.nan],
    )
    assert read == {
        "value": ["x", "y"],
        "accuracy": ["70.6 ± 0.9 [58.6, 80.3]", "9.0"],
        "accuracy networks": ["", "[-2.5, 31.7]"],
        "ours": ["1.50 ± 0.12", "2.25 ± 0.50"],
    }


def test_what_only_looks_as_if_it_belonged_together_stands_alone():
    assert cells(x=["a"], x_std=[1.5], of_low=["b"], y=[1.5], y_mean=[2.5], is_high=[True]) == {
        "x": ["a"],
        "x std": ["1.50"],
        "of low": ["b"],
        "y": ["1.50"],
        "y mean": ["2.50"],
        "is high": ["True"],
    }


@pytest.mark.parametrize(
    ("numbers", "shown"),
    [
        ([2, 4], ["2", "4"]),
        ([2304.0, np.nan], ["2,304", ""]),
        ([50.0, 100.0], ["50", "100"]),
        ([32.273, 646188.4], ["32.3", "646,188.4"]),
        ([1.047, -0.0041], ["1.05", "-0.004"]),
        ([0.90055, 0.05], ["0.901", "0.050"]),
        ([0.000145, 0.0, 0.5], ["0.0001", "0.000", "0.500"]),
        ([np.inf, 1.25], ["\N{INFINITY}", "1.25"]),
    ],
)
def test_numbers_are_rounded_alike_within_a_column(numbers, shown):
    assert cells(x=numbers) == {"x": shown}


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=5))
def test_what_is_shown_is_near_the_number_and_never_zero_for_what_is_not(numbers):
    largest = max(map(abs, numbers))
    for number, shown in zip(numbers, cells(x=numbers)["x"], strict=True):
        read = float(shown.replace(",", ""))
        assert abs(read - number) <= max(0.0051 * largest, 0.00051)
        assert (read == 0) == (number == 0)


def test_every_column_of_the_paper_s_tables_is_shown():
    for path in sorted((ROOT / "resources/paper").glob("*.csv")):
        frame = pd.read_csv(path, keep_default_na=False, na_values=[""])
        shown = [cell for column in readable_columns(frame) for cell in column.cells]
        for name in frame.select_dtypes(exclude="number"):
            assert set(frame[name].dropna().map(str)) <= set(shown)
        assert len(shown) >= len(frame)


def test_zero_has_no_sign():
    assert cells(x=[-0.0, 12.5]) == {"x": ["0.0", "12.5"]}


def test_a_name_that_pandas_takes_for_missing_is_shown(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("network,seed\nNA,1\nnull,\n")
    network, seed = table_columns(path)
    assert network.cells == ["NA", "null"] and seed.cells == ["1", ""]
