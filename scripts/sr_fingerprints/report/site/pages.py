"""The pages of the report, and all files beside them.

Every page is static and has its style and its script inside; a Content-Security-Policy forbids browsers to run or
fetch anything else but the pictures beside it. Jinja escapes all texts of configurations and tables. The same
results, benchmarks and logs give the same bytes.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sr_fingerprints.files.folders import write_folder
from sr_fingerprints.report import durations
from sr_fingerprints.report.findings.key_number import KeyNumber
from sr_fingerprints.report.items import Item, opening_of, rst_to_html, table_columns
from sr_fingerprints.report.site import pictures
from sr_fingerprints.report.site.at_a_glance import PREFIX, glance
from sr_fingerprints.report.site.beside_the_paper import beside_the_paper
from sr_fingerprints.report.site.making import making
from sr_fingerprints.report.site.networks import HEIGHT, Network, Spectra, networks_of, spectra_of
from sr_fingerprints.report.site.plots import WIDTH, axes, plot
from sr_fingerprints.report.site.sources import Contents, Sources, read_contents
from sr_fingerprints.runtime.errors import explain_unread
from sr_fingerprints.study.names import parts_of_word, words_of

BESIDE = {"tables": ".tex", "figures": ".pdf"}
"""Suffix of the other file of an item."""

PAGES = ("index", "findings", "tables", "figures", "networks", "making")


def write_site(sources: Sources, output: Path) -> None:
    """Write the folder ``output``, whose index.html is the first page; what was there is replaced at the end.

    Raises `InputError` with the file's name when a table, a text or a collection cannot be read.
    """
    contents = read_contents(sources)
    spectra = spectra_of(contents)
    networks = networks_of(contents, spectra)
    files = dict(_pages(sources, contents, networks, spectra))
    files |= dict(_pictures(contents, networks, spectra))
    for item in sources.items:
        for path in (item.file, item.file.with_suffix(BESIDE[item.folder])):
            with explain_unread(path):
                files[f"{item.folder}/{path.name}"] = path.read_bytes()
    write_folder(output, files)


def _pages(
    sources: Sources, contents: Contents, networks: list[Network], spectra: Spectra | None
) -> Iterator[tuple[str, bytes]]:
    environment = _environment(sources.templates)
    compared = beside_the_paper(contents.tables, sources.stands_for)
    found, made = rst_to_html(sources.findings, PREFIX), making(sources)
    first = glance(sources, contents)
    shared: dict[str, Any] = {
        "study": sources.study,
        "title": found["title"],
        "items": sources.items,
        "networks": networks,
        "by_name": {network.name: network for network in networks},
        "patches": contents.patches,
        "spectra": spectra,
        "beside": BESIDE,
        "took": made.of_networks,
    }
    only: dict[str, dict[str, Any]] = {
        "index": {"glance": first, "axes": axes(first.numbers), "contents": contents},
        "findings": {"findings": found["body"]},
        "tables": {
            "columns": {item: table_columns(item.file) for item in sources.items if item.folder == "tables"},
            "compared": compared,
            "axes": axes(number for numbers in compared.values() for number in numbers),
        },
        "figures": {
            "openings": {item: opening_of(item.caption) for item in sources.items},
            "sizes": {item: pictures.size(item.file) for item in sources.items if item.folder == "figures"},
        },
        "networks": {},
        "making": {"making": made},
    }
    captions = {item: _caption(item) for item in sources.items}
    for page in PAGES:
        text = environment.get_template(f"{page}.html").render(
            shared, page=page, up="", captions=captions, **only[page]
        )
        yield f"{page}.html", text.encode() + b"\n"
    template = environment.get_template("network.html")
    around = zip([None, *networks[:-1]], networks, [*networks[1:], None], strict=True)
    for before, network, after in around:
        text = template.render(shared, page="network", up="../", network=network, before=before, after=after)
        yield f"networks/{network.name}.html", text.encode() + b"\n"
    yield "configuration.yaml", made.configuration.encode()


def _caption(item: Item) -> str:
    """The caption as HTML, in which docutils has escaped all texts."""
    return rst_to_html(item.caption, f"{item.folder}-{item.file.stem}-")["body"]


def _pictures(contents: Contents, networks: list[Network], spectra: Spectra | None) -> Iterator[tuple[str, bytes]]:
    patches = contents.patches
    for name, some in (("photo", patches.photo), *zip(map(_bicubic, patches.scale), patches.bicubic, strict=True)):
        yield f"pictures/{name}.png", pictures.png(some[0])
        yield f"pictures/{name}-strip.png", pictures.strip(some)
        yield f"pictures/{name}-error.png", pictures.error_strip(some, patches.photo)
    images = dict(zip(patches.network, patches.images, strict=True))
    for network in networks:
        start, some = f"networks/{network.name}", images[network.name]
        yield f"{start}.png", pictures.png(some[0])
        yield f"{start}-strip.png", pictures.strip(some)
        yield f"{start}-error.png", pictures.error_strip(some, patches.photo)
        if network.profile and spectra:
            yield f"{start}-spectrum.png", spectra.picture(network.name)


def _bicubic(scale: int) -> str:
    return f"bicubic-x{scale}"


def _environment(templates: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(templates),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = ((templates / f"site.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    environment.globals |= {
        "style": style,
        "script": script,
        "policy": _policy(script),
        "plot": plot,
        "isfinite": isfinite,
        "width": WIDTH,
        "height": HEIGHT,
        "gain": pictures.GAIN,
        "result": _result,
    }
    environment.filters |= {"address": quote, "duration": durations.in_words, "words": _words}
    return environment


LONG = 9
"""Letters of a part of a name that still fits into a line, such as ResNet."""


def _words(name: str) -> list[str]:
    """The parts of a name between which a line may end: its words, and the parts of long ones."""
    return [part for word in words_of(name) for part in (parts_of_word(word) if len(word) > LONG else [word])]


def _policy(script: str) -> str:
    """Content-Security-Policy that allows this script, styles inside a page, and pictures beside it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed: Mapping[str, str] = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": "'unsafe-inline'",
        "img-src": "'self' file:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{what} {where}" for what, where in allowed.items())


def _result(number: KeyNumber, of_paper: bool = False) -> str:
    """A number with its standard deviation over classifier seeds, as text."""
    value, deviation = (number.paper, number.paper_std) if of_paper else (number.value, number.std)
    return number.printed(value) + (f" ± {deviation:.{number.digits}f}" if isfinite(deviation) else "")
