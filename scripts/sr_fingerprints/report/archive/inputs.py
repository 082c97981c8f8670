"""What a study began with, and is not in its archive: photos, and weights of published networks."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rocrate.rocrate import ROCrate

from sr_fingerprints.networks.downloading.sources import read_sources
from sr_fingerprints.photos.fetching.photographs import NONE_PUBLISHED
from sr_fingerprints.report.archive.entities import add, licence, slug
from sr_fingerprints.report.ran import without_folders

FULL = 64
"""Digits of a whole SHA-256; shorter ones are only its beginning."""


def add_photos(crate: ROCrate, photo_sets: Mapping[str, Mapping[str, Any]], listed: Any) -> Any:
    """The collection of all photos, in parts by what they are for (`described_photos`).

    ``listed`` is the table of the study's photos; None if there is none.
    """
    parts = []
    for purpose, photos in photo_sets.items():
        what = "the study" if purpose == "photos" else f"training networks, {purpose}"
        own = not (photos["fetched"] or photos["bundled"])
        rows = [_fetched(crate, row) for row in photos["fetched"]]
        rows += [_bundled(crate, name, row) for name, row in photos["bundled"].items()]
        parts.append(
            add(
                crate,
                f"#photos-{slug(purpose)}",
                "Collection",
                name=f"photos of {what}",
                description=f"{photos['number']} photos" + ", the user's own, which are not published" * own,
                hasPart=rows + [listed] * (purpose == "photos" and listed is not None),
            )
        )
    return add(crate, "#photos", "Collection", name="photos", description="not in the archive", hasPart=parts)


def add_weights(
    crate: ROCrate, networks: Sequence[Mapping[str, Any]], made: Mapping[str, Mapping[str, Any]]
) -> tuple[Any, dict[str, Any]]:
    """The collection of the weights of published and own networks (None if there are none), and each trained network.

    ``made`` has the digests of the weights that images were made with, by network and file.
    """
    published, trained = [], {}
    for row in networks:
        digests = made.get(row["network"], {}).get("weights", {})
        if row["origin"] == "custom":
            (digest,) = digests.values() or ("",)
            trained[row["network"]] = add(
                crate,
                f"#network-{slug(row['network'])}",
                "CreativeWork",
                name=f"weights of {row['network']}",
                description="trained by this study; not in the archive",
                sha256=digest,
            )
        else:
            published += list(_weights(crate, row, digests))
    if not published:
        return None, trained
    collection = add(
        crate,
        "#weights",
        "Collection",
        name="weights of networks that others trained",
        description="not in the archive",
        hasPart=published,
    )
    return collection, trained


def _weights(crate: ROCrate, row: Mapping[str, Any], digests: Mapping[str, str]) -> Iterator[Any]:
    for suffix, file in row["files"].items():
        name = f"{row['network']}.{suffix}"
        sources = read_sources(file, name)
        known = [digests.get(name, ""), file.get("sha256", ""), *(source.sha256 for source in sources)]
        yield add(
            crate,
            f"#weights-{slug(name)}",
            "CreativeWork",
            name=f"weights of {row['network']}, {suffix}",
            description="; or ".join(str(without_folders(str(source))) for source in sources),
            url=[str(source) for source in sources if source.kind in ("url", "drive")],
            isBasedOn=row.get("source", ""),
            license=licence(crate, row.get("licence", "")),
            sha256=next((digest for digest in known if len(digest) == FULL), ""),
            identifier=next((f"sha256:{digest}..." for digest in known if 0 < len(digest) < FULL), ""),
        )


def _fetched(crate: ROCrate, row: Mapping[str, Any]) -> Any:
    files = list(dict.fromkeys(file for source in row["sources"] for file in _files(source)))
    digests = [digest for _, digest in files if digest != NONE_PUBLISHED]
    packages = ", ".join(place for place, _ in files if not place.startswith("http"))
    return add(
        crate,
        f"#photographs-{slug(row['name'])}",
        "CreativeWork",
        name=row["title"],
        description=f"{row['images']} photographs by {row['by']}"
        + f", in packages of Debian: {packages}" * bool(packages),
        url=row["page"],
        license=licence(crate, row["licence"]),
        isBasedOn=[place for place, _ in files if place.startswith("http")],
        identifier=list(dict.fromkeys(digests)),
    )


def _files(source: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Place and digest of each file of a source; the path of a package is below a mirror of Debian."""
    if "archive" in source:
        yield source["archive"], source["digest"]
    for url in source.get("files", []):
        yield url, source["digest"]
    for package in source.get("packages", []):
        yield package["path"], f"{package['name']} {package['digest']}"


def _bundled(crate: ROCrate, name: str, row: Mapping[str, str]) -> Any:
    package = add(
        crate,
        f"#package-{slug(row['package'])}",
        "SoftwareApplication",
        name=row["package"],
        softwareVersion=row["version"],
    )
    return add(
        crate,
        f"#photo-{slug(name)}",
        "CreativeWork",
        name=name,
        description=f"the file {row['file']}",
        isPartOf=package,
        license=licence(crate, f"as {row['package']} states"),
        sha256=row["sha256"],
    )
