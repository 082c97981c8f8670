"""Snakemake's report, made safe to open: nothing that a configuration or a table says in it is ever executed.

Snakemake writes its data (paths, params, the findings as HTML) as JSON into scripts of the page. JSON leaves ``<`` as
it is, so that a text with ``</script>`` would end its script and go on as HTML. Here that sign is written as JSON's
``\\u003c``. Beyond that, the page is given a policy by which browsers run Snakemake's own scripts alone, by their
digests, and fetch nothing from anywhere: an event handler, a ``javascript:`` link or an image's address that came
into the page some other way does nothing.
"""

import base64
import hashlib
import re

from sr_fingerprints.runtime.errors import InputError

DATA = {
    "workflow-desc": "workflow_desc",
    "results": "results",
    "categories": "categories",
    "rulegraph": "rulegraph_spec",
    "runtimes": "runtimes_spec",
    "timeline": "timeline_spec",
    "rules": "rules",
    "packages": "packages",
    "metadata": "metadata",
    "logo": "logo_uri",
}
"""The scripts that hold data, by their ids: one line each, which sets a variable of this name."""

POLICY = (
    "default-src 'none'; script-src 'unsafe-eval' {digests}; style-src 'unsafe-inline'; img-src data:; "
    "frame-src data:; font-src data:; base-uri 'none'; form-action 'none'"
)
"""Snakemake's plots are programs made of text (``unsafe-eval``); tables and figures are shown in frames."""


def sanitize_report(html: str) -> str:
    """The report ``html`` of Snakemake, without what could be executed in its data, and with a policy.

    Raises `InputError` when it is not built as the reports of Snakemake 9 are.
    """
    for identifier, variable in DATA.items():
        line = rf'(<script id="{identifier}">\n    var {variable} = )([^\n]*)(;\n    </script>\n)'
        html, found = re.subn(line, lambda match: match[1] + match[2].replace("<", r"\u003c") + match[3], html)
        if found != 1:
            raise InputError(
                f"report of Snakemake: {found} scripts {identifier!r} with one line for {variable}; right would "
                "be one, as Snakemake 9.27 writes it: use the version in uv.lock"
            )
    scripts = re.findall(r"<script[^>]*>(.*?)</script>", html, re.DOTALL)
    digests = " ".join(f"'sha256-{_digest(script)}'" for script in scripts)
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY.format(digests=digests)}">'
    return html.replace("<head>", f"<head>\n    {policy}", 1)


def _digest(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
