"""What Snakemake asks of conda, by rattler: environments that are really solved and installed, from local channels.

``CHANNELS`` names the folder that has a channel of each name that an environment file may give, and ``pypi``. What
the section ``pip`` names is installed from there, and nothing that it requires. This is not conda: it does not show
what conda-forge has.
"""

import asyncio
import json
import os
import sys
from argparse import ArgumentParser
from pathlib import Path

import yaml
from rattler import Channel, Subdir, VirtualPackage, install, solve

VERSION = "24.7.1"  # the earliest that Snakemake takes


async def create(file, prefix):
    """Make the environment that a file describes."""
    environment = yaml.safe_load(Path(file).read_text())
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    of_pip = [pin for line in environment["dependencies"] if isinstance(line, dict) for pin in line["pip"]]
    of_pip = [pin.partition("; ")[0] for pin in of_pip]  # every wheel of this machine is there
    channels = [name for name in environment["channels"] if name != "nodefaults"]
    records = await _solve(channels, lines)
    if of_pip and not any(record.name.normalized == "pip" for record in records):
        sys.exit(f"{file}: has a section pip, but no package pip")
    have = {distribution(record): str(record.version) for record in records}
    for record in await _solve(["pypi"], [pin.replace("==", " ==") for pin in of_pip]) if of_pip else []:
        name, version = distribution(record), str(record.version)
        if have.get(name, version) != version:
            sys.exit(f"{file}: pip would replace {name} {have[name]}, which conda has installed, by {version}")
        if name not in have:
            records.append(record)
    await install(records, target_prefix=prefix, cache_dir=f"{prefix}.packages", show_progress=False)


def distribution(record):
    """What pip calls that which a package holds, or None."""
    return next(iter(json.loads(record.to_json()).get("purls") or []), None)


async def _solve(channels, lines):
    folder = Path(os.environ["CHANNELS"])
    return await solve(
        [Channel((folder / name).as_uri()) for name in channels],
        lines,
        platforms=[str(Subdir.current()), "noarch"],
        virtual_packages=VirtualPackage.detect(),
    )


def main(arguments):
    """Do what Snakemake asks for; anything else is an error."""
    match arguments:
        case ["--version"]:
            print(f"conda {VERSION}")
        case ["info", "--json"]:
            print(json.dumps({"conda_prefix": os.environ["CONDA_ROOT"], "platform": str(Subdir.current())}))
        case ["config", "--get", "channel_priority", "--json"]:
            print(json.dumps({"get": {"channel_priority": "strict"}}))
        case ["env", "create", *options]:
            parser = ArgumentParser()
            parser.add_argument("--quiet", action="store_true")
            parser.add_argument("--no-default-packages", action="store_true")
            parser.add_argument("--file", required=True)
            parser.add_argument("--prefix", required=True)
            chosen = parser.parse_args(options)
            asyncio.run(create(chosen.file, chosen.prefix))
        case ["clean", *_]:
            pass  # the archives of packages lie beside the environment, and go with it
        case _:
            sys.exit(f"conda {' '.join(arguments)}: the tests' stand-in does not do this")


def end(code):
    """End this process at once: while Python takes itself down, rattler's threads sometimes call it, and crash it."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except BaseException as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        end(1)
    end(0)
