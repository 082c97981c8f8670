"""A folder of published results: what its page shows, that it is whole and the same again, what it refuses."""

import os
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from small_report import write_results
from smoke_study import ROOT

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.report.items import Item
from sr_fingerprints.report.publication import description, publish
from sr_fingerprints.report.ran import Study, command, without_folders
from sr_fingerprints.runtime.errors import InputError

CONFIGURATION = {
    "pathvars": {"results": "results/x"},
    "photos": {"folder": "/home/somebody/holidays", "tile": 64},
    "networks": {"own": [{"weights": "file:///home/somebody/net.pth"}, {"weights": "https://host/net.pth"}]},
}
COMMENT = """# Which? `one|two` of 3 * 4, and `a`
#
#     uv run x    # not a heading
#
# The end.

# another comment
"""
BENCHMARK = "s\th:m:s\tmax_rss\n{}\t1 day, 0:00:05\t-\n"


@pytest.fixture
def results(tmp_path, monkeypatch):
    """A run of two rules in the working directory, with a table and a figure."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"network": ["a|b", "<i>c"], "psnr_mean": [32.2733, 9.87], "psnr_std": [5.16, np.nan]})
    write_results(Path(), table, name="quality")
    with ImageWriter("photos.h5", {}) as photos:
        for photo, source, split in (("p-0", "p", "train"), ("p-1", "p", "train"), ("q-0", "q", "test")):
            photos.append(np.zeros((8, 8, 3), np.uint8), photo, source, split)
    for name, seconds in (("sr/a", 30), ("sr/b", 45.5), ("sr/gone-s9x", 1000), ("trained", 7200)):
        for folder, text in (
            ("benchmarks", BENCHMARK.format(seconds)),
            ("logs", "x INFO y: torch 2 on cpu, 1 thread(s)\n"),
        ):
            file = Path(folder, f"{name}.{'tsv' if folder == 'benchmarks' else 'log'}")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
    Path("logs/trained.log").write_text("1 INFO job: torch 2.1+cu on Some GPU (GPU-123, job 1 of at most 1 on it)\n")
    Path("mine.yaml").write_text(COMMENT)
    return tmp_path


def published(output="docs/results/x", **changes):
    """Publish the results of the working directory; the files by their paths."""
    patterns = {"generate_sr": r"{}/sr/(?P<network>a|b)\.{}$", "train_network": r"{}/trained\.{}$"}
    study = {
        "name": "x",
        "configuration": CONFIGURATION,
        "configuration_files": [Path("config.yaml").absolute(), Path("mine.yaml").absolute()],
        "root": Path.cwd(),
        "version": "0.8.0",
        "commit": "commit abc",
        "benchmarks": Path("benchmarks"),
        "benchmark_patterns": {rule: pattern.format("benchmarks", "tsv") for rule, pattern in patterns.items()},
        "logs": Path("logs"),
        "log_patterns": {rule: pattern.format("logs", "log") for rule, pattern in patterns.items()},
    }
    items = [
        Item(Path("tables/quality.csv"), ROOT / "report/tables/quality.rst", "Table 8", "tabulate_quality"),
        Item(
            Path("figures/tsne_custom.png"), ROOT / "report/figures/tsne_custom.rst", "Figure 3", "plot_tsne_custom"
        ),
    ]
    publish(
        items,
        Study(**study | changes),
        findings=Path("findings.rst"),
        photos=Path("photos.h5"),
        predictions=[],
        output=Path(output),
    )
    return {str(file.relative_to(output)): file.read_bytes() for file in Path(output).rglob("*") if file.is_file()}


def test_it_has_the_page_the_configuration_and_every_table_and_figure_as_they_are(results):
    files = published()
    assert set(files) == {"README.md", "configuration.yaml", "tables/quality.csv", "figures/tsne_custom.png"}
    for name in ("tables/quality.csv", "figures/tsne_custom.png"):
        assert files[name] == Path(name).read_bytes()
    assert sorted(path.name for path in Path("docs/results").iterdir()) == ["x"]


def test_the_page_tells_what_was_run_how_and_how_long_it_took(results):
    page = published()["README.md"].decode().replace("\N{NO-BREAK SPACE}", " ")
    for said in (
        "# Results of the study x",
        "    uv run snakemake --cores all --configfile mine.yaml",
        "by sr-fingerprints 0.8.0, commit abc.",
        "Some GPU (1 job), cpu (2 jobs)",
        "| generate_sr | 2 | 1 min 16 s | 46 s |",
        "| train_network | 1 | 2 h 00 min | 2 h 00 min |",
        "| all | 3 | 2 h 01 min |  |",
        "| train | 1 | 2 |",
        "| validation | 0 | 0 |",
        "| test | 1 | 1 |",
        "folder: '.../holidays'",
    ):
        assert said in page, said
    assert re.search(r"^Versions: .*numpy \d", page, re.MULTILINE) and "another comment" not in page


def test_the_page_has_findings_tables_and_figures_in_the_order_of_the_report(results):
    page = published()["README.md"].decode().replace("\N{NO-BREAK SPACE}", " ")
    headings = re.findall(r"^(#+) (.+)$", page, re.MULTILINE)
    assert [heading for _, heading in headings] == [
        "Results of the study x",
        *["How it was made", "Photos", "Findings", "Attribution", "Tables", "Quality", "Figures", "t-SNE custom"],
    ]
    assert [len(marks) for marks, _ in headings] == [1, 2, 2, 2, 3, 2, 3, 2, 3]
    assert "| network | PSNR |\n| --- | ---: |\n| a\\|b | 32.3 ± 5.2 |\n| &lt;i>c | 9.9 |\n" in page
    assert "[quality.csv](tables/quality.csv)" in page and "![t-SNE custom](figures/tsne_custom.png)" in page
    assert page.count("Peak signal-to-noise ratio (PSNR, dB)") == 1
    assert "* 70.6 ± 0.9" in page and "Study **x**." in page


def test_every_link_of_the_page_leads_to_a_file_or_a_heading(results):
    files = published()
    page = files["README.md"].decode()
    anchors = {f"#{heading.lower().replace(' ', '-')}" for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert len(links) == 8 and set(links) <= set(files) | anchors


@pytest.mark.parametrize(("rows", "shown"), [(0, False), (40, True), (41, False)])
def test_a_long_table_is_only_linked(results, rows, shown):
    pd.DataFrame({"network": [f"n{row}" for row in range(rows)]}).to_csv("tables/quality.csv", index=False)
    page = published()["README.md"].decode().replace("\N{NO-BREAK SPACE}", " ")
    assert ("| n0 |" in page) == shown and "(tables/quality.csv)" in page
    assert ("All 41 rows" in page) == (rows == 41)


def test_the_same_results_give_the_same_bytes_and_replace_what_was_published(results):
    first = published()
    Path("docs/results/x/tables/of_an_earlier_study.csv").write_text("a\n")
    assert published() == first


def test_the_configuration_is_the_whole_without_folders_of_the_machine(results):
    written = yaml.safe_load(published()["configuration.yaml"])
    assert written == without_folders(CONFIGURATION)
    assert written["photos"]["folder"] == ".../holidays" and CONFIGURATION["photos"]["folder"].startswith("/home")
    assert [row["weights"] for row in written["networks"]["own"]] == [".../net.pth", "https://host/net.pth"]
    assert written["pathvars"] == CONFIGURATION["pathvars"]


@pytest.mark.parametrize("where", ["tables/quality.csv", "mine.yaml", "findings.rst"])
def test_a_path_of_the_machine_is_refused_with_its_place_and_nothing_changes(results, where):
    before = published()
    for folder in (str(Path.cwd()), "/home/somebody", str(Path.home())):
        text = {
            "tables/quality.csv": "network\n{}/x\n",
            "mine.yaml": "# see {}/x\n",
            "findings.rst": "Title\n=====\n\nSee {}/x.\n",
        }
        original = Path(where).read_text()
        Path(where).write_text(text[where].format(folder))
        with pytest.raises(InputError, match=r"(README\.md|quality\.csv): line \d+: found a path below /") as error:
            published()
        assert "\n" not in str(error.value)
        Path(where).write_text(original)
    assert {str(path.relative_to("docs/results/x")) for path in Path("docs/results/x").rglob("*.*")} == set(before)


def test_a_folder_of_somebody_else_is_left_alone(results):
    Path("docs/results/x").mkdir(parents=True)
    Path("docs/results/x/README.md").write_text("mine\n")
    with pytest.raises(InputError, match=r"docs/results/x: found something that was not published here"):
        published()
    assert Path("docs/results/x/README.md").read_text() == "mine\n"


def test_without_benchmarks_nothing_is_published(results):
    for file in Path("benchmarks").rglob("*.tsv"):
        file.unlink()
    with pytest.raises(InputError, match=r"^benchmarks: found no benchmarks of this study; allowed: .*pathvars"):
        published()
    assert not Path("docs").exists()


def test_a_damaged_benchmark_is_named(results):
    Path("benchmarks/sr/b.tsv").write_text("s\th:m:s\n")
    with pytest.raises(InputError, match=r"^benchmarks/sr/b\.tsv: damaged, or not a benchmark of Snakemake"):
        published()


def test_all_or_nothing(results, monkeypatch):
    """Where the disk is full at the last file, and where a run was killed between the two renames."""
    before = published()
    write, written = Path.write_bytes, []

    def full(path, content):
        written.append(path)
        if len(written) == 4:
            raise OSError(28, os.strerror(28))
        return write(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(InputError, match=r"docs/results/x: cannot be written \(No space left"):
        published(commit="commit new")
    monkeypatch.undo()
    os.chdir(results)
    assert {str(file.relative_to("docs/results")) for file in Path("docs/results").rglob("*") if file.is_file()} == {
        f"x/{name}" for name in before
    }
    Path("docs/results/x").rename("docs/results/.x.old")
    assert published() == before and sorted(path.name for path in Path("docs/results").iterdir()) == ["x"]


def test_the_comment_of_the_last_configuration_file_says_what_the_study_is(results):
    assert description(Path("mine.yaml")) == (
        "Which? `one|two` of 3 \\* 4, and `a`\n\n    uv run x    # not a heading\n\nThe end."
    )
    assert command([Path("/w/config.yaml")], Path("/w")) == "uv run snakemake --cores all"
    several = [Path(name) for name in ("/w/config.yaml", "/w/config/a.yaml", "/home/somebody/b.yaml")]
    assert command(several, Path("/w")).endswith("--cores all --configfile config/a.yaml b.yaml")


def test_every_study_of_the_repository_says_in_its_first_comment_what_it_is():
    for file in [ROOT / "config.yaml", *(ROOT / "config").glob("*.yaml")]:
        assert len(description(file)) > 80, file
