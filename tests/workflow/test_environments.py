"""The conda environments say what uv.lock says, and have what their rules import, no less and no more."""

import tomllib
from importlib.metadata import packages_distributions

import pytest
import yaml
from environment_files import ROOT, Lock, environment_files, pins
from imports_of_rules import Reader, Rule, rules
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from sr_fingerprints.networks.architectures import module_of
from sr_fingerprints.networks.architectures.registry import PUBLISHED, TRAINED
from sr_fingerprints.networks.loading import FRAMEWORKS
from sr_fingerprints.networks.loading.basicsr import MODULES
from sr_fingerprints.photos.sources import BUNDLED

PYTHON = "3.11"  # of all environments: one that the lock, and so the pins, are read for

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NETWORKS = yaml.safe_load((ROOT / "resources/networks.yaml").read_text())

NOT_LOCKED = {
    "python": "uv.lock is for several versions of it",
    "pip": "installs the section of its name; uv needs none",
}
NOT_IMPORTED = {
    "python": "runs the scripts",
    "pip": "installs the section of its name",
    "jinja2": "pandas writes LaTeX with it",
}
NOT_PINNED = {"bm3d": "the extra of this name: its licence admits non-commercial research only"}


def _packages_of_weights():
    """The packages that published networks' weights come in."""
    files = [file for network in NETWORKS.values() for file in network["files"].values()]
    return sorted({source["package"] for file in files for source in file["sources"] if "package" in source})


LOADING = "sr_fingerprints.networks.loading"
ARCHITECTURE = "sr_fingerprints.networks.architectures"
DYNAMIC = {
    f"{ARCHITECTURE}._published": [module_of("published", name) for name in PUBLISHED],
    f"{ARCHITECTURE}._trained": [module_of("trained", name) for name in TRAINED],
    f"{ARCHITECTURE}.features_setting": [f"{module_of('trained', name)}:FEATURES" for name in TRAINED],
    f"{ARCHITECTURE}.settings_problems": [
        f"{module_of('trained', name)}:{what}" for name in TRAINED for what in ("build", "contradiction")
    ],
    f"{ARCHITECTURE}.smallest_patch": [f"{module_of('trained', name)}:smallest_patch" for name in TRAINED],
    f"{LOADING}.load_network": [f"{LOADING}.{name}" for name in FRAMEWORKS],
    f"{LOADING}.basicsr._build": [f"basicsr.archs.{module}" for module in MODULES.values()],
    "sr_fingerprints.photos.sources._bundled_file": sorted({package for package, _ in BUNDLED.values()}),
    "sr_fingerprints.networks.downloading.fetching._package_path": _packages_of_weights(),
    # These import what they are told to: the places that tell them are followed.
    "sr_fingerprints.runtime.child_process.answer": [],
    "sr_fingerprints.runtime.light_imports.import_without_packages": [],
    "sr_fingerprints.runtime.light_imports.package_shells": [],
}
"""What is imported by a name that is computed."""


def differing(path, lock):
    """A line for each pin that is not the locked version."""
    return [
        f"{path.name}: {pin.package}={pin.version}, but uv.lock has {lock.version(pin.distribution)}, python {PYTHON}"
        for pin in pins(path)
        if pin.distribution not in NOT_LOCKED and pin.version != lock.version(pin.distribution)
    ]


def needed(root):
    """The distributions that the rules of each environment need, each with the rule and the place that asks."""
    distributions = packages_distributions()
    found = {}
    for rule in rules(root / "rules"):
        reader = Reader(root / "scripts", DYNAMIC)
        reader.read(root / "scripts" / rule.script)
        assert reader.computed <= set(DYNAMIC), "DYNAMIC has to tell what these import"
        for module, place in reader.imports.items():
            name = canonicalize_name(distributions.get(module, [module])[0])
            found.setdefault(rule.environment, {}).setdefault(name, f"{rule.name}, {place} import {module}")
        for name in reader.distributions:
            found[rule.environment].setdefault(canonicalize_name(name), f"{rule.name} asks for its version")
    return found


def missing(path, needs):
    """A line for each distribution that an environment lacks."""
    pinned = {pin.distribution for pin in pins(path)}
    return [f"{path.name}: no {name}: {why}" for name, why in needs.items() if name not in {*pinned, *NOT_PINNED}]


def unpinned_requirements(path, lock):
    """A line for each requirement of what pip installs, which pip would install in whatever version it finds."""
    pinned = {pin.distribution for pin in pins(path)}
    return [
        f"{path.name}: no {requirement}, which {pin.package} requires"
        for pin in pins(path)
        if pin.manager == "pip"
        for requirement in sorted(lock.requirements(pin.distribution) - pinned)
    ]


def superfluous(path, needs, lock):
    """A line for each pin that is neither imported nor required by what pip installs."""
    of_pip = [pin.distribution for pin in pins(path) if pin.manager == "pip" and pin.distribution in needs]
    required = {name for pip in lock.closure(*of_pip) for name in lock.requirements(pip)} if of_pip else set()
    return [
        f"{path.name}: {pin.package}: no rule imports it"
        for pin in pins(path)
        if pin.distribution not in {*needs, *required, *NOT_IMPORTED}
    ]


@pytest.fixture(scope="module")
def lock():
    return Lock(ROOT / "uv.lock", PYTHON)


@pytest.fixture(scope="module")
def needs():
    return needed(ROOT)


@pytest.fixture
def changed(tmp_path):
    """An environment with one line replaced."""

    def change(name, line, *replacement):
        text = environment_files()[name].read_text()
        assert text.count(line) == 1
        (tmp_path / name).write_text(text.replace(line, "".join(replacement)))
        return tmp_path / name

    return change


def test_every_rule_has_an_environment_and_every_environment_has_rules():
    found = rules(ROOT / "rules")
    assert len(found) > 25 and all(rule.script and rule.environment for rule in found)
    assert {rule.environment for rule in found} == set(environment_files())


@pytest.mark.parametrize("path", environment_files().values(), ids=lambda path: path.stem)
def test_pins_are_exact_and_those_of_the_lock(path, lock):
    assert not differing(path, lock)
    assert {pin.distribution: pin.version for pin in pins(path)}["python"] == PYTHON
    assert PYTHON in SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("path", environment_files().values(), ids=lambda path: path.stem)
def test_what_rules_import_is_pinned_and_nothing_else(path, needs, lock):
    assert not missing(path, needs[path.name])
    assert not superfluous(path, needs[path.name], lock)
    assert not unpinned_requirements(path, lock)


def test_every_exception_is_one(needs):
    imported = {name for names in needs.values() for name in names}
    pinned = {pin.distribution for path in environment_files().values() for pin in pins(path)}
    assert set(NOT_PINNED) <= imported and not set(NOT_PINNED) & pinned
    for name in NOT_IMPORTED:  # in some environment no rule imports it
        pinned_in = {file: {pin.distribution for pin in pins(path)} for file, path in environment_files().items()}
        assert any(name in names and name not in needs[file] for file, names in pinned_in.items()), name
    assert set(NOT_LOCKED) <= pinned


def test_another_version_than_the_lock_is_told(changed, lock):
    path = changed("images.yaml", "- numpy=2.4.6", "- numpy=2.5.5")
    assert differing(path, lock) == ["images.yaml: numpy=2.5.5, but uv.lock has 2.4.6, python 3.11"]
    path = changed("torch.yaml", "- pytorch=2.13.0", "- pytorch=2.12.0")
    assert differing(path, lock) == ["torch.yaml: pytorch=2.12.0, but uv.lock has 2.13.0, python 3.11"]
    path = changed("torch.yaml", "- lpips==0.1.4", "- not-in-the-lock==1.0")
    assert differing(path, lock) == ["torch.yaml: not-in-the-lock=1.0, but uv.lock has None, python 3.11"]


@pytest.mark.parametrize("line", ["numpy", "numpy>=2.4", "numpy=2.4.*", "numpy==2.4.6"])
def test_a_pin_that_is_not_exact_is_refused(changed, line):
    with pytest.raises(ValueError, match=r"analysis.yaml: conda has 'numpy.*; it should be name=version"):
        pins(changed("analysis.yaml", "numpy=2.4.6", line))


def test_a_package_that_an_environment_lacks_is_told_with_what_imports_it(changed, needs, lock):
    lacking = changed("images.yaml", "  - pywavelets=1.9.0\n")
    (told,) = missing(lacking, needs["images.yaml"])
    assert told.startswith("images.yaml: no pywavelets: ") and told.endswith("denoisers import pywt")
    (told,) = missing(changed("torch.yaml", "      - torchsr==1.0.4\n"), needs["torch.yaml"])
    assert "import torchsr" in told
    lacking = changed("images.yaml", "      - soupsieve==4.1.2\n")
    assert not missing(lacking, needs["images.yaml"])
    assert unpinned_requirements(lacking, lock) == ["images.yaml: no soupsieve, which beautifulsoup4 requires"]


def test_a_package_that_nothing_imports_is_told(changed, needs, lock):
    path = changed("analysis.yaml", "- pandas=3.1.1", "- pandas=3.1.1\n  - statsmodels=0.14.5")
    assert superfluous(path, needs["analysis.yaml"], lock) == ["analysis.yaml: statsmodels: no rule imports it"]
    path = changed("torch.yaml", "      - basicsr-fixed==1.4.2\n")
    told = superfluous(path, {name: "" for name in needs["torch.yaml"] if name != "basicsr-fixed"}, lock)
    assert "torch.yaml: lmdb: no rule imports it" in told, "what only it required"


def test_imports_are_found_where_they_are_reached_and_only_there(tmp_path):
    """A made-up workflow: a rule, a library with an import in a function, in a method, by a table, by a string."""
    library = tmp_path / "scripts/sr_fingerprints"
    library.mkdir(parents=True)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/one.smk").write_text(
        'rule one:\n    conda:\n        "../envs/a.yaml"\n    script:\n        "../scripts/one.py"\n'
        "use rule one as two with:\n    threads: 2\n"
    )
    (tmp_path / "scripts/one.py").write_text(
        "from sr_fingerprints import parts\nfrom sr_fingerprints.parts import Made as Maker\n"
        "Maker().called()\nparts.by_table('x')\n"
    )
    (library / "__init__.py").write_text("")
    (library / "parts.py").write_text(
        "from typing import TYPE_CHECKING\nimport json, h5py\nif TYPE_CHECKING:\n    import for_checkers\n"
        "class Made:\n    def __init__(self):\n        import in_special\n"
        "    def called(self):\n        import in_method.deep\n    def idle(self):\n        import in_idle\n"
        "def first():\n    import_module('by_string.deep')\ndef other():\n    import in_other\n"
        "def of_idle_table():\n    import in_idle_table\n"
        "TABLE = {'x': first}\nIDLE = {'x': of_idle_table}\ndef by_table(name):\n    return TABLE[name]()\n"
    )
    assert rules(tmp_path / "rules") == [Rule("one", "one.py", "a.yaml"), Rule("two", "one.py", "a.yaml")]
    reader = Reader(tmp_path / "scripts")
    reader.read(tmp_path / "scripts/one.py")
    assert set(reader.imports) == {"h5py", "in_special", "in_method", "by_string"}


def test_a_computed_import_has_to_be_told(tmp_path):
    (tmp_path / "one.py").write_text("from importlib import import_module\nimport_module(input())\n")
    reader = Reader(tmp_path)
    reader.read(tmp_path / "one.py")
    assert reader.computed == {"__main__"}
