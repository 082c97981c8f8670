"""The conda environments in ``envs/`` and the lock file, as tables of pinned versions."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml
from packaging.markers import Marker, default_environment
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
CONDA_NAMES = {
    "matplotlib-base": "matplotlib",
    "pytorch": "torch",
    "seaborn-base": "seaborn",
    "typing_extensions": "typing-extensions",
}
"""Conda packages that are not called as the distribution that they hold."""


@dataclass(frozen=True)
class Pin:
    """A line of an environment: which manager installs what (as the file and as the lock call it) in what version."""

    manager: str
    package: str
    distribution: str
    version: str


def environment_files():
    """Every environment, by the name of its file."""
    return {path.name: path for path in sorted((ROOT / "envs").glob("*.yaml"))}


def pins(path):
    """All lines of an environment file; ValueError for one that is no exact version."""
    found = []
    for line in yaml.safe_load(Path(path).read_text())["dependencies"]:
        manager, lines, separator = ("pip", line["pip"], "==") if isinstance(line, dict) else ("conda", [line], "=")
        for text in lines:
            match = re.fullmatch(rf"([\w.-]+){separator}(\d[\w.]*)", text.partition("; ")[0])  # without a marker
            if not match:
                raise ValueError(f"{path}: {manager} has {text!r}; it should be name{separator}version")
            name = CONDA_NAMES.get(match[1], match[1]) if manager == "conda" else match[1]
            found.append(Pin(manager, match[1], canonicalize_name(name), match[2]))
    return found


class Lock:
    """``uv.lock`` as it is for one version of Python on Linux.

    python: such as 3.11, of which the lock is read for a late patch release.
    """

    def __init__(self, path, python):
        self._environment = default_environment() | {
            "python_version": python,
            "python_full_version": f"{python}.99",
            "sys_platform": "linux",
            "platform_system": "Linux",
            "platform_machine": "x86_64",
        }
        content = tomllib.loads(Path(path).read_text())
        self._packages = {
            package["name"]: package
            for package in content["package"]
            if any(map(self._holds, package.get("resolution-markers", [""])))
        }

    def _holds(self, marker):
        return not marker or Marker(marker).evaluate(self._environment)

    def version(self, distribution):
        """The locked version, or None."""
        return self._packages.get(distribution, {}).get("version")

    def requirements(self, distribution, *extras):
        """Names of the distributions that one requires, with the extras that it asks for of them."""
        package = self._packages[distribution]
        optional = package.get("optional-dependencies", {})
        wanted = package.get("dependencies", []) + [line for extra in extras for line in optional.get(extra, [])]
        names = set()
        for line in wanted:
            if self._holds(line.get("marker", "")):
                names.add(line["name"])
                for extra in line.get("extra", []):
                    names |= {name["name"] for name in self._packages[line["name"]]["optional-dependencies"][extra]}
        return names

    def closure(self, *distributions):
        """These distributions and all that they require, directly or not."""
        found, new = set(), set(distributions)
        while new:
            found |= new
            new = {name for distribution in new for name in self.requirements(distribution)} - found
        return found
