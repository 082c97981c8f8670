"""The files of an archive, by their names in it; none has a path of the machine."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import yaml

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.report.archive.sources import Sources
from sr_fingerprints.report.archive.workflow_files import workflow_files
from sr_fingerprints.report.archive.zipped import content_of
from sr_fingerprints.report.publication import check_no_local_path
from sr_fingerprints.report.ran import command, without_folders
from sr_fingerprints.report.site.pages import BESIDE

WORKFLOW = "sr-fingerprints"
"""Folder of the workflow in an archive."""

CONFIGURATION, PHOTOS, README = "configuration.yaml", "photos.csv", "README.md"
TEXTS = {".csv", ".tex", ".rst", ".html", ".yaml", ".md"}
"""Suffixes of results that are searched for paths of this machine."""


def contents(sources: Sources) -> dict[str, bytes | Path]:
    """The files, sorted by name, but for the crate's metadata.

    Raises `InputError` where a path of this machine is in what is not of the workflow itself.
    """
    configuration = yaml.safe_dump(
        without_folders(sources.study.configuration), sort_keys=False, allow_unicode=True, width=118
    )
    made: dict[str, bytes] = {CONFIGURATION: configuration.encode(), README: _readme(sources).encode()}
    if names := _photos(sources):
        made[PHOTOS] = names.encode()
    found: dict[str, bytes | Path] = {**made, **dict(_results(sources))}
    for name, content in found.items():
        if Path(name).suffix in TEXTS:
            check_no_local_path(name, content_of(content).decode())
    workflow = {f"{WORKFLOW}/{name}": path for name, path in workflow_files(sources.study.root).items()}
    return dict(sorted((found | workflow).items()))


def name_of_result(path: str | Path, results: Path) -> str:
    """Name in an archive of a file in the folder of results."""
    return f"results/{Path(path).relative_to(results).as_posix()}"


def _results(sources: Sources) -> Iterator[tuple[str, Path]]:
    both = [file for item in sources.items for file in (item.file, item.file.with_suffix(BESIDE[item.folder]))]
    site = [path for path in sources.report.rglob("*") if path.is_file()]
    for path in (*both, *sources.more, *site):
        yield name_of_result(path, sources.results), path


def _photos(sources: Sources) -> str:
    """A row for each photo of the study, if all are published ones; the names of a user's own are nobody else's."""
    if not (sources.photo_sets["photos"]["fetched"] or sources.photo_sets["photos"]["bundled"]):
        return ""
    with ImageFile(sources.photos) as photos:
        splits = dict(zip(photos.source.tolist(), photos.split.tolist(), strict=True))
        digests = photos.attributes.get("pixels", {})
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["photo", "split", "sha256_of_pixels"])
    table.writerows([name, split, digests.get(name, "")] for name, split in sorted(splits.items()))
    return text.getvalue()


def _readme(sources: Sources) -> str:
    study = sources.study
    return f"""# Results of the study {study.name}

Made by the Snakemake workflow sr-fingerprints {study.version} ({study.commit}), which asks which
super-resolution network made an image. This is an RO-Crate: `ro-crate-metadata.json` says of each file what it is,
its digest and what made it.

| | |
|---|---|
| `results/report/index.html` | the report, to be opened in a browser |
| `results/findings.rst` | the findings in words |
| `results/tables/`, `results/figures/` | every table (CSV, TeX) and figure (PDF, PNG) |
| `configuration.yaml` | the whole configuration; absolute paths are shortened to their last part |
| `photos.csv` | the photos, with digests of their pixels; not there if they are the user's own |
| `{WORKFLOW}/` | the workflow, without its tests, its documentation and its published bundle |

It was run, and can be run again in `{WORKFLOW}/`, by

    {command(study.configuration_files, study.root)}

with the configuration files that it names, or with `configuration.yaml` once paths in it lead to your own folders.
Photos, weights and images of networks are not in the archive: the metadata says where they are from, with digests.
"""
