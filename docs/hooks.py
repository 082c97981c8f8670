"""For the site of the documentation: repository files that pages link to, as pages; formulas as MathML.

README.md is its first page. A file outside of docs/ that any page links to, such as config.yaml, becomes a page
below project/, and so do the files that this one links to.
"""

import html
import posixpath
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[1]
HOME = "README.md"
LINK = re.compile(r"(\]\()([^)\s]+)(\))")
ITEM = re.compile(r"(?:[*-]|\d+\.) ")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)
ELSEWHERE = re.compile(
    r'<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)="(?:https?:)?//[^>]*>|class="arithmatex"[^<]*'
)
LANGUAGES = {".py": "python", ".smk": "python", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".toml": "toml"}


def in_repository(link: str, page: str) -> str | None:
    """The path from the root of the repository that a ``link`` on the ``page``, such a path too, leads to.

    None for a link that leads out of the repository, or within the page.
    """
    path = link.partition("#")[0]
    if not path or re.match(r"\w+:", path):
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    if (ROOT / target).is_dir():
        target = posixpath.join(target, HOME)
    return target if (ROOT / target).is_file() else None


def in_site(path: str) -> str:
    """The source path, below docs/, of the page that shows a file of the repository."""
    if path == HOME:
        return "index.md"
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    return f"project/{path}" if path.endswith(".md") or not shown_as_text(path) else f"project/{path}.md"


def shown_as_text(path: str) -> bool:
    return Path(path).suffix not in (".png", ".jpg", ".svg", ".safetensors")


def content(path: str) -> str:
    """The page that shows a file: Markdown as it is, other texts as they are."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        return text
    language = LANGUAGES.get(Path(path).suffix, "text")
    return f"---\nsearch: {{exclude: true}}\n---\n\n# {path}\n\n~~~~{language}\n{text}\n~~~~\n"


def linked(path: str) -> set[str]:
    """Files of the repository that a Markdown file links to."""
    links = LINK.findall((ROOT / path).read_text(encoding="utf-8")) if path.endswith(".md") else []
    return {target for _, link, _ in links if (target := in_repository(link, path))}


def on_files(files: Files, config: Any) -> Files:
    """Add the first page and all that is linked to from a page, directly or not."""
    pages = [HOME, *(f"docs/{file.src_uri}" for file in files.documentation_pages())]
    seen = set(pages)
    while pages:
        path = pages.pop()
        if not path.startswith("docs/"):
            shown = {"content": content(path)} if shown_as_text(path) else {"abs_src_path": str(ROOT / path)}
            files.append(File.generated(config, in_site(path), **shown))
        new = linked(path) - seen
        seen |= new
        pages += sorted(new)
    return files


def spaced(markdown: str) -> str:
    """With an empty line before each list that follows a text at once: GitHub needs none, mkdocs does."""
    lines: list[str] = []
    code = False
    for line in markdown.split("\n"):
        code ^= line.startswith(("```", "~~~"))
        before = lines[-1] if lines else ""
        if (
            not code
            and ITEM.match(line)
            and before.strip()
            and not ITEM.match(before)
            and not before.startswith("  ")
        ):
            lines.append("")
        lines.append(line)
    return "\n".join(lines)


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let links lead to the pages that show what they name."""
    here = page.file.src_uri
    path = (
        HOME
        if here == "index.md"
        else here.removeprefix("project/")
        if here.startswith("project/")
        else f"docs/{here}"
    )

    def replaced(match: re.Match[str]) -> str:
        start, link, end = match.groups()
        target = in_repository(link, path)
        if target is None:
            return match[0]
        anchor = link[link.index("#") :] if "#" in link else ""
        return f"{start}{posixpath.relpath(in_site(target), posixpath.dirname(here) or '.')}{anchor}{end}"

    return spaced(LINK.sub(replaced, markdown))


def on_page_content(html_text: str, **_: Any) -> str:
    """Formulas, which arithmatex has marked, as MathML, which browsers and screen readers know without a script."""

    def mathml(match: re.Match[str]) -> str:
        return convert(html.unescape(match[2]), display="block" if match[1] == "div" else "inline")

    return FORMULA.sub(mathml, html_text)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Refuse a page that would load something from elsewhere, or that has a formula which was not converted."""
    if found := ELSEWHERE.search(output):
        raise PluginError(f"{page.file.src_uri}: found {found[0][:120]}; allowed: files of the site, and MathML")
    return output
