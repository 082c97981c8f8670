"""Findings about what the fingerprint is: how much the upsampling grid, how much texture."""

from collections.abc import Iterator, Mapping

import pandas as pd

from sr_fingerprints.files.table_rows import named_rows, row_at
from sr_fingerprints.fingerprints.parts import SHUFFLED, SPECTRUM, UNTOUCHED
from sr_fingerprints.report.findings.wording import escape_rst, format_result, origin_in_words, verdict

Tables = Mapping[str, pd.DataFrame]
SIGNIFICANT = 0.05


def grid_and_texture_findings(tables: Tables, photos: float, given: str = "published") -> list[str]:
    """What of the accuracy is the grid, how much energy it has, and which networks resemble each other.

    ``given`` is what networks of the origin published are called.
    """
    lines = [*_parts(tables["fingerprint_parts"], photos)] if "fingerprint_parts" in tables else []
    if "grid_energy" in tables:
        lines += _energy(tables["grid_energy"], photos, given)
    if "nearest_networks" in tables:
        lines += _neighbours(tables["nearest_networks"])
    return lines


def _parts(table: pd.DataFrame, photos: float) -> Iterator[str]:
    """The paragraph: by the spectrum alone, without the grid, by the grid alone; and of the study's classifier."""
    parts = table.set_index("part")
    spectrum, untouched = row_at(parts, SPECTRUM), row_at(parts, UNTOUCHED)
    chance = f"chance {spectrum.chance:.1f}"
    text = (
        f"* A linear classifier of log-spectra alone is right about {format_result(spectrum)} of the images, "
        f"of the same ones the study's classifier about {format_result(untouched)}, {chance}"
    )
    if "grid_removed" not in parts.index:
        yield f"{text}. No network enlarges, so there is no upsampling grid."
        return
    without, others = row_at(parts, "spectrum_without_grid"), row_at(parts, "spectrum_without_others")
    pattern = row_at(parts, "grid_phase")
    removed, controls = row_at(parts, "grid_removed"), row_at(parts, "others_removed")
    disturbed = row_at(parts, "others_disturbed")
    needed = _loss_verdict(removed, photos)
    yield (
        f"{text}. Without the frequencies of the upsampling grid it changes by {_change(without)} points, without as "
        f"many others by {_change(others)}. By what repeats with the grid alone: {format_result(pattern)}. "
        f"The study's classifier needs the grid: **{needed}**, {_change(removed)} points when each image's repeating "
        f"pattern is removed; without as many other frequencies {_change(controls)}, with a pattern as strong beside "
        f"the grid {_change(disturbed)}. The accuracy that remains without it, {format_result(removed)}, is texture: "
        "whatever does not repeat all over an image."
    )
    shuffled = row_at(parts, SHUFFLED)
    yield (
        f"* The linear classifier, labels shuffled: {format_result(shuffled)}, chance {shuffled.chance:.1f} "
        f"[{shuffled.chance_low:.1f}, {shuffled.chance_high:.1f}]."
    )


def _loss_verdict(row: pd.Series, photos: float) -> str:
    """Verdict on the claim that accuracy falls."""
    return verdict(-row.change_high, -row.change_low, photos)


def _change(row: pd.Series) -> str:
    return format_result(row, "+z.1f", "change")


def _energy(table: pd.DataFrame, photos: float, given: str) -> Iterator[str]:
    """Excess of energy at grid frequencies above that of the same photos, by scale and loss; and that of photos."""
    claims = []
    for row in named_rows(table[table.origin.isin(["custom", "published"])]):
        decided = verdict(row.above_photos_low, row.above_photos_high, photos)
        above = format_result(pd.Series(row._asdict()), "+z.1f", "above_photos")
        claims.append(f"{origin_in_words(row.origin, given)} {row.scale}X {escape_rst(row.loss)} {above} ({decided})")
    controls = [
        f"{'photos' if row.origin == 'real' else f'{row.kernel} interpolation'}, {row.scale}X "
        f"{format_result(pd.Series(row._asdict()), '+z.1f', 'excess')}"
        for row in named_rows(table[table.origin.isin(["real", "interpolated"])])
    ]
    yield (
        "* Energy of residuals at the grid's frequencies beyond that of their neighbours, in % of all, above that of "
        f"the same photos: {'; '.join(claims)}. Without a network the excess itself is: {'; '.join(controls)}."
    )


def _neighbours(table: pd.DataFrame) -> Iterator[str]:
    """Whether the nearest network shares a hyperparameter more often than by chance."""
    shared = [
        f"{row.shared} {row.nearest:.1f} (chance {row.chance:.1f}, p {row.p:.4f}"
        f"{'' if row.p < SIGNIFICANT else ', undecided'})"
        for row in named_rows(table)
    ]
    if shared:
        yield f"* The network with the nearest features shares the hyperparameter: {'; '.join(shared)}."
