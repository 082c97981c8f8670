"""Numbers of what the paper has nothing like: answers about single images, robustness, evidence, grids."""

from collections.abc import Iterator
from math import isnan, nan

from sr_fingerprints.attribution.measured_answers import TEST
from sr_fingerprints.evidence.held_out import VALIDATION
from sr_fingerprints.files.table_rows import records
from sr_fingerprints.report.findings.key_number import (
    KeyNumber,
    Tables,
    accuracy_number,
    share_number,
    value_and_interval,
)
from sr_fingerprints.report.findings.single_images import PROMISED
from sr_fingerprints.report.findings.wording import Row, enough_photos, origin_in_words, verdict
from sr_fingerprints.tables.attribution import KINDS, UNKNOWN
from sr_fingerprints.tables.calibration import NONE
from sr_fingerprints.tables.robustness import WHOLE_TIER


def answers_in_numbers(tables: Tables, photos: float) -> Iterator[KeyNumber]:
    """Answers about single tiles as they are: how many are given, how many of them are right, and false ones."""
    table = tables.get("attribution")
    if table is None:
        return
    table = table[(table.tiles == 1)].drop_duplicates(["tested", "images_of"])  # the first condition: as they are
    for row in records(table[table.tested == TEST]):
        kind, condition = row["images_of"], row["condition"]
        if kind == KINDS["network"]:
            claim = "An image of a network, by itself, is attributed to a network or a group of them"
            yield share_number(row, "named", claim, f"images named, {condition}", nan, "", "")
            if not isnan(row["right"]):
                claim = "What is named is right"
                aim = _aim(row, "right", PROMISED["right"], photos)
                yield share_number(
                    row, "right", claim, f"of the images named, {condition}", PROMISED["right"], "aim", aim
                )
        elif kind in (KINDS["photo"], KINDS["interpolation"]):
            claim = f"{str(kind).capitalize()} are seldom called a network's"
            most = PROMISED["falsely_named"]
            aim = _aim(row, "named", most, photos, at_most=True)
            yield share_number(row, "named", claim, f"{kind} named, {condition}", most, "at most", aim)
    for row in records(table[table.images_of == UNKNOWN]):
        claim = "Images of networks that it does not know are not attributed to known ones"
        aim = _aim(row, "rejected", PROMISED["rejected"], photos)
        about = f"called unknown or undecided, {row['condition']}"
        yield share_number(row, "rejected", claim, about, PROMISED["rejected"], "aim", aim)
    own = tables.get("attribution_own")
    if own is not None:
        for row in records(own.drop_duplicates("network")):
            claim = f"{row['network']}, added to the bundle by its images alone, is recognised"
            about = f"recall, {row['condition']}"
            yield share_number(row, "recall", claim, about, nan, "", "", table="attribution_own")


def _aim(row: Row, stem: str, aim: float, photos: float, at_most: bool = False) -> str:
    """Whether an aim is kept, by the interval."""
    low, high = row[f"{stem}_low"], row[f"{stem}_high"]
    if not enough_photos(photos):
        return verdict(low, high, photos)
    kept, broken = (high <= aim, low > aim) if at_most else (low >= aim, high < aim)
    return "kept here" if kept else "missed here" if broken else "undecided here"


def robustness_in_numbers(tables: Tables, given: str, photos: float) -> Iterator[KeyNumber]:
    if "robustness" in tables:
        table = tables["robustness"]
        rows = table[(table.degradation == WHOLE_TIER) & (table.tier == "web")]
        for row in records(rows.drop_duplicates("origin")):
            origin = origin_in_words(row["origin"], given)
            claim = f"Names of {origin} networks survive what the web does to images ({row['method']})"
            yield accuracy_number(row, claim, "tier web", "robustness", photos)


def evidence_in_numbers(tables: Tables, photos: float) -> Iterator[KeyNumber]:
    if "calibration" not in tables:
        return
    for row in records(tables["calibration"]):
        if row["fitted_on"] == NONE:
            decided = verdict(row["overconfidence_low"], row["overconfidence_high"], photos)
            yield KeyNumber(
                f"The classifier {row['experiment']} is more confident than right",
                "confidence minus accuracy",
                *value_and_interval(row, "overconfidence", "overconfidence"),
                0.0,
                "no difference",
                decided,
                "calibration",
                unit="points",
            )
    ratios = tables["likelihood_ratios"]
    for row in records(ratios[(ratios.group == "all") & (ratios.fitted_on == VALIDATION)]):
        yield KeyNumber(
            f"Likelihood ratios of {row['experiment']} say more than none would",
            "Cllr, lower is better",
            *value_and_interval(row, "cllr", "cllr"),
            1.0,
            "no evidence",
            verdict(-row["cllr_high"], -row["cllr_low"], photos, reference=-1.0),
            "likelihood_ratios",
            unit="",
            digits=2,
        )


def grids_in_numbers(tables: Tables, given: str, photos: float) -> Iterator[KeyNumber]:
    table = tables.get("grid_energy")
    if table is not None:
        for row in records(table[table.origin.isin(["custom", "published"])]):
            origin = origin_in_words(row["origin"], given)
            yield KeyNumber(
                f"{origin.capitalize()} {row['scale']}X {row['loss']} networks leave their upsampling grid",
                "energy at its frequencies above the photos', in % of all",
                *value_and_interval(row, "above_photos", "above_photos"),
                0.0,
                "as the photos",
                verdict(row["above_photos_low"], row["above_photos_high"], photos),
                "grid_energy",
                unit="points",
            )
