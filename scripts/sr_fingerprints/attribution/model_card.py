"""The model card of a bundle, made of what is in the bundle (Mitchell et al., "Model cards", FAT* 2019)."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sr_fingerprints.attribution.answers import OWN, TEST
from sr_fingerprints.attribution.sources import Group, smallest_group

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle

Row = Mapping[str, Any]

USE = """To find out which super-resolution network enlarged an image, if one did that the bundle knows: archives that
describe what they keep, photo contests with rules, authors who look for uses of their network. An answer is evidence
with a stated error, not proof; nothing should be decided about a person by it alone."""

MISUSE = """* It does not say whether an image is true, or made by a generator; only whether one of its
  networks enlarged it.
* *No network* means none of these; *unknown* means unlike all of these, not "a network".
* Who wants to hide the network can, by mild compression or noise; who wants to blame another can (docs/attacks.md).
* Probabilities take all sources for equally frequent beforehand. Where nearly all images are photos, as in a contest,
  most images that are named a network's may be photos, even at an error of 2 %."""


def model_card(bundle: "Bundle") -> str:
    """The card as Markdown: use, sources with licences, photos, results with intervals, limits, misuse.

    ``bundle`` is one that `export.export_bundle` wrote, with its tables.
    """
    tables, sources = bundle.about["tables"], bundle.model.sources
    kinds = Counter(source.kind for source in sources)
    networks = [source for source in sources if source.kind == "network"]
    parts = [
        f"# Bundle {bundle.name}",
        f"Made by `sr-fingerprints export`, from the bundle alone; its numbers are those of its own test photos. "
        f"SHA-256: `{bundle.sha256}`.",
        f"## What it is for\n\n{USE}",
        f"## What it knows\n\n{kinds['network']} networks; "
        f"interpolations: {kinds['interpolation']}, kinds of photos that nobody enlarged: {kinds['photo']}. A "
        "network that is not in this list cannot be named.",
        _table(["Source", "Licence of the weights", "Smallest group"], _known(bundle)),
        *_groups(bundle.model.groups),
        _photos(bundle.about),
        "## What it reaches\n\nOf images of test photos, that nothing of it was fitted on, or so many tiles of a "
        "photo together for a larger image; in %, with 95 % "
        "intervals over photos. The command abstains more often, since it looks at the stability of an answer too.",
        _table(
            ["Images of", "Condition", "Tiles", "Images", "Named", "Of these right", "Chance",
             "Networks named, median", "mean", "No network", "Unknown or undecided"],
            [_result(row) for row in tables["attribution"] if _is_shown(row)],
        ),
        _not_known(networks),
        _limits(bundle, tables),
        f"## What it must not be used for\n\n{MISUSE}",
    ]  # fmt: skip
    return "\n\n".join(part for part in parts if part) + "\n"


def _known(bundle: "Bundle") -> Iterable[list[str]]:
    groups = bundle.model.groups
    for place, source in enumerate(bundle.model.sources):
        licence = source.licence if source.kind == "network" else ""
        group = smallest_group(groups, [place])
        yield [source.words, licence, "" if group is None else groups[group].words]


def _groups(groups: Sequence[Group]) -> Iterator[str]:
    if not groups:
        yield "It has no group of networks: all can be told apart, or there are too few."
        return
    yield (
        "Networks that its validation photos show to be mistaken for each other, in groups within groups. Where no "
        "single network is probable enough, the smallest group that is one is named. Confusion: of images of two "
        "networks of a group, the share that is likelier of the other; 0.5 if they cannot be told apart."
    )
    yield _table(
        ["Group", "Networks", "Confusion"],
        [[group.words, str(len(group.members)), f"{group.confusion:.2f}"] for group in groups],
    )


def _photos(about: Row) -> str:
    photos = about.get("photos", {})
    numbers = ", ".join(f"{len(names)} for {split}" for split, names in photos.items())
    made = about.get("extends")
    added = ""
    if made:
        added = f" To bundle {made['name']} were added, by their own images alone: {', '.join(made['added'])}."
    credits = f" {about['credits']}" if "credits" in about else ""
    versions = ", ".join(f"{name} {number}" for name, number in about.get("versions", {}).items())
    return (
        f"## What it was made from\n\nPhotos: {numbers}; none is in two of these.{credits}{added} "
        f"Seed {about.get('seed')}; "
        f"{versions}; sr-fingerprints {about.get('exported_by', '')}."
    )


def _is_shown(row: Row) -> bool:
    """Rows of the bundle itself, and of what a model was not shown: networks left out, photos of one's own."""
    return row["tested"] in (TEST, OWN) or row["images_of"] == "networks left out"


def _result(row: Row) -> list[str]:
    return [
        f"{row['images_of']}", f"{row['condition']}", f"{row['tiles']}", f"{row['images']}",
        _share(row, "named"), _share(row, "right"), _number(row.get("chance")), _number(row.get("members_median")),
        _number(row.get("members_mean")), _share(row, "not_super_resolved"),
        _share(row, "rejected"),
    ]  # fmt: skip


def _share(row: Row, name: str) -> str:
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    interval = "" if low is None or high is None else f" [{low:.1f}, {high:.1f}]"
    return "" if row.get(name) is None else f"{row[name]:.1f}{interval}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _not_known(networks: Sequence[Any]) -> str:
    without = sum(source.licence == "none found" for source in networks)
    told = f" Of {without} networks no licence of the weights was found." if without else ""
    return f"It has features of images and the weights of its own classifier, but no network's own weights.{told}"


def _limits(bundle: "Bundle", tables: Mapping[str, Sequence[Row]]) -> str:
    worst = [
        row for row in tables["attribution"] if row["images_of"] == "known networks" and row["named"] is not None
    ]
    least = min(worst, key=lambda row: row["named"], default=None)
    lines = [
        f"* Conditions that it was fitted and tested under: {', '.join(bundle.conditions)}. After others, such as "
        "several edits, screenshots or a camera's second look at a print, its numbers do not hold.",
        f"* Crops of {bundle.side} pixels, at most {bundle.most} of an image. Smaller images say less.",
        "* Networks as their programs apply them, at their own scale. Fine-tuned ones may be named as their parents, "
        "or unknown (docs/attribution.md).",
    ]
    if least:
        lines.append(
            f"* It names fewest after {least['condition']}: {least['named']:.1f} % of images of its networks."
        )
    return "## Limits\n\n" + "\n".join(lines)


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
