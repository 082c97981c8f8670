"""What the command takes, with its help. Sub-commands are imported when they run: help comes at once."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

DESCRIPTION = """\
Which super-resolution network made this image, if any?

  sr-fingerprints attribute photo.png                        one image, as a table
  sr-fingerprints attribute photo.png --explain              the same, with what each number means
  sr-fingerprints attribute photos/ --output answers.jsonl   a folder; run it again to resume
  sr-fingerprints attribute photo.png --map map.png          which network speaks where in the image
  sr-fingerprints compare a.png b.png                        do two images come from the same network?
  sr-fingerprints serve                                      a page for dropping images on, on this machine alone
  sr-fingerprints studies                                    what `snakemake` has run here

Exit status: 0 all was done, 1 some images were not answered, 2 nothing could be done, 130 Ctrl-C.
"""

ATTRIBUTE = """\
Say for each image which super-resolution network made it, a group of networks that cannot be told apart, that none
did, that an unknown one may have, or that the image does not tell. Abstaining is the rule where evidence is weak.
"""

EXIT = "Exit status: 0 all images were answered, 1 some were not (each is named on stderr), 2 nothing could be done."

COMPARE = """\
How much likelier are these two images if one network made both, than if two different ones did? Networks need not be
known to the bundle. The answer is a likelihood ratio, which is no probability: it tells how far to change one's mind.
"""

SERVE = """\
Show a page on which one drops images and sees what `attribute` answers. It is reached from this machine alone; images
are answered here, and none is kept. Ctrl-C ends it. Needs the extra `serve`: uv sync --extra serve
"""

STUDIES = """\
For each study in a folder: when it was finished, how large it is, where its report is, and which findings of the
paper it confirms or contradicts.
"""

COMPLETION = """\
Print what a shell needs to complete the arguments of this command. For bash:

  sr-fingerprints completion bash > ~/.local/share/bash-completion/completions/sr-fingerprints

For zsh, _sr-fingerprints in a folder of $fpath; for fish, ~/.config/fish/completions/sr-fingerprints.fish.
"""

FORMATS = ("table", "jsonl", "csv")


def parser() -> argparse.ArgumentParser:
    """The parser; its result has ``run``, a function of the result that returns whether all was answered."""
    top: argparse.ArgumentParser = _parser_of(
        argparse.ArgumentParser, prog="sr-fingerprints", description=DESCRIPTION
    )
    top.add_argument("--version", action=_Version, nargs=0, help="version and commit")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    attribute = _command(commands, "attribute", "which network made these images?", ATTRIBUTE, EXIT)
    attribute.add_argument(
        "images", nargs="+", metavar="IMAGE", help="file, folder (with its subfolders), pattern such as '*.png', or -"
    )
    _add_bundle(attribute)
    attribute.add_argument(
        "--format", choices=FORMATS, help="of the answers; default: table, or by the suffix of --output"
    )
    attribute.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="append answers to this .jsonl or .csv file; images that it has, by content and bundle, are skipped",
    )
    attribute.add_argument("--workers", type=_count, default=1, metavar="N", help="processes; default: 1")
    attribute.add_argument(
        "--map",
        type=Path,
        metavar="PNG",
        help="draw where in the image which network speaks; a folder for several images",
    )
    attribute.add_argument("--explain", action="store_true", help="say in plain words what each number means")

    compare = _command(commands, "compare", "do two images come from the same network?", COMPARE, EXIT)
    compare.add_argument("images", nargs=2, metavar="IMAGE", help="file, or - for standard input")
    _add_bundle(compare)
    compare.add_argument("--format", choices=("table", "json"), default="table", help="default: table")

    bundle = commands.add_parser("bundle", help="what is in a bundle?", allow_abbrev=False)
    info = _command(bundle.add_subparsers(metavar="COMMAND", required=True), "info", "what is in a bundle?", "")
    info.set_defaults(command="bundle_info")
    info.add_argument("bundle", type=Path, nargs="?", metavar="FILE", help="default: the bundle of this project")
    info.add_argument("--json", action="store_true", help="all of it, as JSON")

    serve = _command(commands, "serve", "a local page that answers images", SERVE)
    _add_bundle(serve)
    serve.add_argument("--port", type=_port, default=8765, metavar="N", help="default: 8765; 0: any that is free")
    serve.add_argument("--no-browser", action="store_true", help="only print the address")

    studies = _command(commands, "studies", "which studies were run here?", STUDIES)
    studies.add_argument("results", type=Path, nargs="?", default=Path("results"), help="folder; default: results")
    studies.add_argument("--json", action="store_true", help="all of it, as JSON")

    report = _command(commands, "report", "show a study's report in the browser", "")
    report.add_argument("study", type=Path, metavar="STUDY", help="its folder of results, such as results/demo")
    report.add_argument("--no-browser", action="store_true", help="only print where it is")

    export = _command(
        commands, "export", "make a bundle of a finished study", "Write the bundle of a finished study."
    )
    export.add_argument("study", type=Path, metavar="STUDY", help="its folder of results, such as results/upscalers")
    export.add_argument("--output", type=Path, metavar="FILE", help="default: STUDY/bundle.safetensors")

    completion = _command(commands, "completion", "complete arguments in bash, zsh or fish", COMPLETION)
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))
    return top


class _Version(argparse.Action):
    """Print the version, and the commit where this is a checkout; git is asked only then."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[str] | None,
        option_string: str | None = None,
    ) -> None:
        from importlib.metadata import version

        from sr_fingerprints.runtime.provenance import workflow_version

        root = Path(__file__).parents[3]
        commit = f", {workflow_version(root)}" if (root / ".git").exists() else ""
        print(f"sr-fingerprints {version('sr-fingerprints')}{commit}")
        parser.exit()


def _parser_of(make: Any, **options: Any) -> Any:
    return make(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **options)


def _command(commands: Any, name: str, summary: str, description: str, epilog: str = "") -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = _parser_of(
        lambda **options: commands.add_parser(name, **options),
        help=summary, description=description or summary.capitalize(), epilog=epilog,
    )  # fmt: skip
    command.set_defaults(command=name, run=_run)
    return command


def _add_bundle(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--bundle", type=Path, metavar="FILE", help="what is known of networks; default: the bundle of this project"
    )


def _run(given: argparse.Namespace) -> bool:
    complete: bool = import_module(f"sr_fingerprints.command.{given.command}").run(given)
    return complete


def _count(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= 1024:
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: 1 to 1024")
    return number


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"found {text!r}; allowed: 0 to 65535")
    return int(text)
