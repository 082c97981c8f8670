"""The digest of a rule's code: of all that its script imports, and of nothing else."""

import shutil

import pytest
from imports_of_rules import Reader, rules
from smoke_study import ROOT

from sr_fingerprints.networks.architectures import module_of
from sr_fingerprints.networks.architectures.registry import TRAINED
from sr_fingerprints.runtime.code_digest import PACKAGE, code_digest, imported_modules

SCRIPTS = ROOT / "scripts"
SCRIPTS_OF_RULES = sorted({rule.script.removesuffix(".py") for rule in rules(ROOT / "rules") if rule.script})
MODULES = sorted(
    ".".join(path.relative_to(SCRIPTS).with_suffix("").parts).removesuffix(".__init__")
    for path in (SCRIPTS / PACKAGE).rglob("*.py")
)
OF_COMMANDS = (
    f"{PACKAGE}.command",
    *(
        f"{PACKAGE}.attribution.{name}"
        for name in (
            "answers_figure",
            "comparison",
            "decisions",
            "export",
            "heat_map",
            "images",
            "map_figure",
            "model_card",
            "one_image",
            "published",
            "stability",
            "wording",
        )
    ),
)
"""What the command line alone imports, and no rule."""


def is_left_out(module):
    return module.startswith(f"{PACKAGE}.runtime") or module.endswith(".registry")


@pytest.fixture
def library(tmp_path):
    """A library of one module a line: what it imports."""
    files = {
        "job.py": "from sr_fingerprints.runtime.job import start\nfrom sr_fingerprints.stage.first import work\n",
        "sr_fingerprints/__init__.py": "",
        "sr_fingerprints/runtime/__init__.py": "",
        "sr_fingerprints/runtime/job.py": "import sr_fingerprints.stage.other\n",
        "sr_fingerprints/stage/__init__.py": "",
        "sr_fingerprints/stage/first.py": (
            "from typing import TYPE_CHECKING\n"
            "from sr_fingerprints.stage import second\n"
            "from sr_fingerprints.stage.registry import NAMES\n"
            "if TYPE_CHECKING:\n    from sr_fingerprints.stage.other import Other\n"
            "def work():\n    from sr_fingerprints.stage.late import late\n"
        ),
        "sr_fingerprints/stage/second.py": "import numpy\n",
        "sr_fingerprints/stage/late.py": "from sr_fingerprints.stage.second import second\n",
        "sr_fingerprints/stage/registry.py": "",
        "sr_fingerprints/stage/other.py": "",
        "sr_fingerprints/stage/by_name.py": "",
    }
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    return tmp_path


def test_imports_are_followed_wherever_they_stand_but_for_what_decides_no_result(library):
    stage = {"sr_fingerprints", *(f"sr_fingerprints.stage{name}" for name in ("", ".first", ".second", ".late"))}
    assert imported_modules(library, "job") == stage
    by_name = "sr_fingerprints.stage.by_name"
    assert imported_modules(library, "job", [by_name]) == stage | {by_name}


def test_a_digest_changes_with_text_and_with_names(library):
    before = code_digest(library, "job")
    assert code_digest(library, "job") == before != code_digest(library, "job", ["sr_fingerprints.stage.by_name"])
    for untouched in ("registry", "other"):
        (library / f"sr_fingerprints/stage/{untouched}.py").write_text("# edited")
        assert code_digest(library, "job") == before
    (library / "sr_fingerprints/stage/late.py").write_text("# edited")
    assert code_digest(library, "job") != before


def test_what_is_not_there_is_refused(library):
    with pytest.raises(FileNotFoundError, match=r"no_script\.py"):
        imported_modules(library, "no_script")
    with pytest.raises(FileNotFoundError, match=r"nothing\.py"):
        imported_modules(library, "job", ["sr_fingerprints.stage.nothing"])


@pytest.mark.parametrize("script", SCRIPTS_OF_RULES)
def test_every_module_that_a_script_uses_is_digested(script):
    """Against the reader of imports that the conda environments are checked with, which follows names."""
    reader = Reader(SCRIPTS)
    reader.read(SCRIPTS / f"{script}.py")
    used = {module for module in MODULES if module in reader.modules_read and not is_left_out(module)}
    assert used and used <= imported_modules(SCRIPTS, script)


def test_an_edit_of_each_module_changes_the_digests_of_exactly_the_scripts_that_import_it(tmp_path):
    """An edit of all that a script does not import changes nothing, an edit of any one that it imports does."""
    copy = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    files = {module: copy.joinpath(*module.split(".")) for module in MODULES}
    files = {name: file / "__init__.py" if file.is_dir() else file.with_suffix(".py") for name, file in files.items()}
    texts = {module: file.read_text() for module, file in files.items()}

    def edit(modules):
        for module in modules:
            files[module].write_text(f"{texts[module]}\n# edited\n")

    def restore(modules):
        for module in modules:
            files[module].write_text(texts[module])

    behind = {script: imported_modules(SCRIPTS, script) for script in SCRIPTS_OF_RULES}
    before = {script: code_digest(copy, script) for script in SCRIPTS_OF_RULES}
    edit(MODULES)
    for script in SCRIPTS_OF_RULES:
        restore(behind[script])
        assert code_digest(copy, script) == before[script], script
        edit(behind[script])
    restore(MODULES)
    for script in SCRIPTS_OF_RULES:
        for module in behind[script]:
            edit([module])
            assert code_digest(copy, script) != before[script], (script, module)
            restore([module])
    concerned = set().union(*behind.values())
    by_name = {module for module in MODULES if ".networks.architectures." in module or ".networks.loading." in module}
    before_jobs = {module for module in MODULES if module.startswith(f"{PACKAGE}.study")}
    before_jobs |= {f"{PACKAGE}.figures.selection", f"{PACKAGE}.photos.sources"}  # which files rules are given
    before_jobs |= {f"{PACKAGE}.networks.downloading.local_files"}
    commands = {module for module in MODULES if module.startswith(OF_COMMANDS)}
    decisive = {module for module in MODULES if not is_left_out(module)}
    assert decisive - concerned - by_name - before_jobs - commands == set()


def test_each_trained_network_depends_on_its_own_architecture_alone():
    own = {name: imported_modules(SCRIPTS, "train_network", [module_of("trained", name)]) for name in TRAINED}
    for name, modules in own.items():
        trained = {module for module in modules if module.startswith(f"{PACKAGE}.networks.architectures.trained.")}
        assert trained == {module_of("trained", name)}
