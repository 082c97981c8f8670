"""What others wrote (configurations, weights, names, texts) is never executed, and never leaves its place.

More of it: files of weights in test_state_dicts.py, servers and archives in weights/, the report and tables in
test_report.py, and a whole hostile study in long/test_hostile_study.py.
"""

import ast
import copy
import functools
import hashlib
import io
import itertools
import os
import pickle
import re
import subprocess
import tokenize
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
import yaml
from smoke_study import ROOT, SMOKE, command

from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.files import training_checkpoints
from sr_fingerprints.files.imagenet import imagenet_state
from sr_fingerprints.networks.downloading.sources import read_sources
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study import configuration, network_table
from sr_fingerprints.study import networks as studied

SCHEMA = ROOT / "schemas/config.schema.yaml"


class Executed:
    """Unpickled by Python itself, it would create a file ``HACKED`` in the working directory."""

    def __reduce__(self):
        return exec, ("open('HACKED', 'w').close()",)


# ---- Our own code ----


@pytest.mark.parametrize("file", [ROOT / "Snakefile", *sorted(ROOT.glob("rules/*.smk"))], ids=lambda file: file.name)
def test_no_rule_has_a_shell_or_runs_code_of_its_own(file):
    """So no value of a configuration can become part of a command."""
    words = [token.string for token in tokenize.generate_tokens(io.StringIO(file.read_text()).readline)]
    opened = {word for word, next_word in itertools.pairwise(words) if next_word == ":"}
    assert not opened & {"shell", "run", "notebook", "wrapper", "cwl", "template_engine", "container", "envmodules"}
    assert file.name != "tables_of_accuracy.smk" or "script" in opened  # so such words are found


REFUSED_CALLS = {
    "eval", "exec", "compile", "os.system", "os.popen", "pickle.load", "pickle.loads", "tempfile.mktemp", "np.load",
    "yaml.unsafe_load", "yaml.full_load", "pd.read_pickle", "shutil.unpack_archive", "torch.hub.load",
}  # fmt: skip


def test_the_library_executes_nothing_that_it_reads():
    files = [*ROOT.glob("scripts/**/*.py"), *ROOT.glob("perf/**/*.py")]
    found = []
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name, options = ast.unparse(node.func), {keyword.arg: keyword.value for keyword in node.keywords}
            words = {key: ast.unparse(value) for key, value in options.items()}
            loader = words.get("Loader", ast.unparse(node.args[1]) if len(node.args) > 1 else "")
            if (
                name in REFUSED_CALLS
                or (name.endswith(("extractall", "extract")) and "extractor" not in name)
                or words.get("shell") == "True"
                or words.get("allow_pickle") == "True"
                or (name == "torch.load" and words.get("weights_only") != "True")
                or (name == "yaml.load" and not loader.endswith("SafeLoader"))
            ):
                found.append(f"{file.name}:{node.lineno}: {ast.unparse(node)}")
    assert len(files) > 60 and not found


def test_schemas_refer_to_nothing_outside():
    def references(part):
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
        for value in part.values() if isinstance(part, dict) else part if isinstance(part, list) else []:
            yield from references(value)

    files = list(ROOT.glob("schemas/*"))
    names = {file.name for file in files}  # one beside it is no other place
    for file in files:
        found = list(references(yaml.safe_load(file.read_text())))
        assert found and all(reference.startswith("#/") or reference in names for reference in found)


# ---- Names and folders of the configuration ----


def with_value(key, value):
    """The smallest study's configuration with one value changed."""
    config = copy.deepcopy(BASE)
    *path, last = key.split(".")
    place = functools.reduce(lambda part, step: part[int(step) if isinstance(part, list) else step], path, config)
    place[int(last) if isinstance(place, list) else last] = value
    return config


def _merged(base, changes):
    return base | {
        key: _merged(base[key], value) if isinstance(value, dict) and key in base else value
        for key, value in changes.items()
    }


BASE = _merged(yaml.safe_load((ROOT / "config.yaml").read_text()), yaml.safe_load(SMOKE.read_text()))
OWN = {"network": "mine", "scale": 2, "weights": "mine.pth"}
BASE["networks"]["own"] = [OWN]
NO_NAMES = ["", ".", "..", "-n", ".hidden", "../../x", "/x", "a/b", "a b", "a\n", "a\nb", "a\0", "; rm -rf x", "`x`"]
NO_NAMES += ["$(touch HACKED)", "a{b}", "{x}", "<results>", "a'b", 'a"b', "a\\b", "=1+1", "a" * 101, "ä", "a|b", "*"]
SHELLS = ["$(touch HACKED)", "`touch HACKED`", "a; touch HACKED", "it's", 'a "b"', "%s", "a\\n", "*?[a]", "c&d|e"]
NO_FOLDERS = ["", ".", "..", "/", "a/", "a/.", "-n", "~/x", " a", "a ", "a\n", "a\nb", "a\0", "{x}", "a{{7*7}}"]
NO_FOLDERS += ["<logs>", "</script>", "b" * 201, "a/" * 600 + "a"]
NO_TEXTS = ["=1+1", "+1", "-1", "@SUM(A1)", "a\n", "a\nb", "\tx", "\x1b[2J"]


@pytest.mark.parametrize("name", [*NO_NAMES, "mean", "all", "real", "bicubic-x2"])
def test_names_of_networks_are_names_of_files(name):
    told = r"configuration: networks\.own\.0\.network: found .*; allowed: a name of up to 100 of A-Z, a-z, 0-9"
    with pytest.raises(InputError, match=told):
        configuration.check_configuration(with_value("networks.own.0.network", name), SCHEMA)


@pytest.mark.parametrize("name", [*NO_NAMES, "a.b", "a-b"])
def test_names_of_experiments_are_names_of_files(name):
    told = r"configuration: experiments\.0\.name: found .*; allowed: a name of up to 100 of A-Z, a-z, 0-9 and _"
    with pytest.raises(InputError, match=told):
        configuration.check_configuration(with_value("experiments.0.name", name), SCHEMA)


@pytest.mark.parametrize("name", [*NO_NAMES, "Natural", "a" * 51])
def test_names_of_datasets_are_names_of_files(name):
    datasets = BASE["datasets"] | {name: BASE["datasets"]["natural"]}
    told = r"configuration: datasets: found .*; allowed: a name of up to 50 of a-z, 0-9 and _"
    with pytest.raises(InputError, match=told):
        configuration.check_configuration(with_value("datasets", datasets), SCHEMA)


@pytest.mark.parametrize("folder", NO_FOLDERS)
def test_folders_are_refused_where_snakemake_would_not_take_them_literally(folder):
    others = ("pathvars.logs", "pathvars.benchmarks", "downloads")
    for key in ("pathvars.results", others[NO_FOLDERS.index(folder) % 3]):
        with pytest.raises(
            InputError,
            match=rf"configuration: {key}: found .*; allowed: (a folder; without|1000 or fewer characters)",
        ):
            configuration.check_configuration(with_value(key, folder), SCHEMA)


@pytest.mark.parametrize("folder", [*SHELLS, "a b", "results/x", "/data/x", "../x", "ö", "v1.2"])
def test_other_folders_are_taken(folder):
    configuration.check_configuration(with_value("pathvars.results", folder), SCHEMA)


@pytest.mark.parametrize(
    "key", ["architecture", "dataset", "loss", "family", "variant", "licence", "source", "training_data", "notes"]
)
def test_texts_about_networks_are_one_line_and_no_formula_of_a_spreadsheet(key):
    for text in NO_TEXTS:
        with pytest.raises(InputError, match=rf"configuration: networks\.own\.0\.{key}: found .*; allowed: "):
            configuration.check_configuration(with_value(f"networks.own.0.{key}", text), SCHEMA)


@pytest.mark.parametrize("backbone", ["hf-hub:someone/network", "local-dir:/tmp/x", "../x", "resnet18\n", ""])
def test_backbones_are_names_and_no_places(backbone):
    """timm would fetch or open what has such a prefix."""
    with pytest.raises(InputError, match=r"configuration: classifiers\.backbone: found .*; allowed: `highpass16`"):
        configuration.check_configuration(with_value("classifiers.backbone", backbone), SCHEMA)


@pytest.mark.parametrize("seed", [-1, 1 << 32, 10**400])
def test_seeds_are_what_every_library_takes(seed):
    with pytest.raises(InputError, match=r"configuration: seed: found -?\d+; allowed: "):
        configuration.check_configuration(with_value("seed", seed), SCHEMA)


def test_names_that_differ_in_case_alone_are_refused():
    """Where a disk does not tell upper from lower case, their files would be the same."""
    experiments = [*BASE["experiments"], {"name": "CUSTOM_attribution", "task": "network"}]
    with pytest.raises(
        InputError, match=r"experiments\.\d+\.name: found 'CUSTOM_attribution' and 'custom_attribution'"
    ):
        configuration.check_configuration(BASE | {"experiments": experiments}, SCHEMA)
    own = [{"network": name, "scale": 2, "weights": "a.pth"} for name in ("mine", "Mine")]
    rows = studied.published_networks(
        [], own, ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
    )
    with pytest.raises(
        InputError, match="networks: found mine and Mine; allowed: names that differ in more than case"
    ):
        network_table.network_table(rows)


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "ftp://x/y", "data:,x", "javascript:x", "http:/x", "http:///x"]
)
@pytest.mark.parametrize("keys", [("weights",), ("param", "bin")])
def test_urls_of_other_kinds_stop_before_any_job(scheme, keys):
    own = [{"network": "mine", "scale": 2} | dict.fromkeys(keys, f"{scheme}.pth")]
    with pytest.raises(InputError, match=rf"configuration: networks\.own\.0\.{keys[0]}: not a URL of http or https"):
        studied.published_networks([], own, ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json")


@pytest.mark.parametrize("change", [
    {"name": "../x"}, {"name": "/etc/x"}, {"name": ".x"}, {"name": "x\n"}, {"drive": "x&id=y"},
    {"drive_folder": "../x"},
    {"package": "os.path"}, {"member": "../../x"}, {"member": "/etc/passwd"}, {"url": "file:///etc/passwd"},
    {"url": "https://me:secret@host/x"}, {"url": "https://host/x\nHost: y"}, {"sha256": "0" * 64 + "\n"},
])  # fmt: skip
def test_entries_of_the_table_cannot_name_places_elsewhere(tmp_path, change):
    entries = yaml.load((ROOT / "resources/networks.yaml").read_text(), yaml.CSafeLoader)
    name, entry = next(iter(entries.items()))
    next(iter(entry["files"].values()))["sources"] = [{"url": "https://host/x.pth"} | change]
    (tmp_path / "networks.yaml").write_text(yaml.safe_dump({name: entry}))
    with pytest.raises(InputError, match=rf"networks\.yaml: {re.escape(name)}\.files\.\w+\.sources\.0\.\w+: "):
        studied.published_networks([name], [], tmp_path / "networks.yaml", ROOT / "schemas/networks.schema.json")


def test_every_source_of_the_table_is_kept_in_the_folder_of_downloads():
    entries = yaml.load((ROOT / "resources/networks.yaml").read_text(), yaml.CSafeLoader)
    names = {
        source.name
        for network, entry in entries.items()
        for suffix, file in entry["files"].items()
        for source in read_sources(file, f"{network}.{suffix}")
    }
    assert len(names) > 20 and all(Path("downloads", name).parent == Path("downloads") for name in names)


# ---- The real Snakefile ----


def start(folder, changes, *arguments, **environment):
    (folder / "mine.yaml").write_text(changes if isinstance(changes, str) else yaml.safe_dump(changes))
    line = command("--configfile", SMOKE, "mine.yaml", "--keep-going", "--", *arguments)
    return subprocess.run(line, cwd=folder, capture_output=True, text=True, check=False, env=os.environ | environment)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"networks": {"own": [OWN | {"network": "x\n"}]}}, "networks.own.0.network: found 'x\\n'; allowed: a name"),
        ("pathvars: !!python/object/apply:os.system ['touch HACKED']", "Config file is not valid JSON or YAML"),
    ],
)
def test_hostile_configurations_stop_before_any_job(tmp_path, changes, told):
    refused = start(tmp_path, changes, "all")
    assert refused.returncode != 0 and told in refused.stderr
    assert {path.name for path in tmp_path.iterdir()} <= {"mine.yaml", ".snakemake"}


HOSTILE = "res/$(touch HACKED)`touch HACKED`;touch HACKED; a 'b\" c&|#%s~*?[x]\\n !"


def test_hostile_folders_are_taken_literally(tmp_path):
    """Real jobs, in folders that a shell would execute."""
    torch.save({"w": torch.ones(1)}, tmp_path / "mine.pth")
    pathvars = {"results": HOSTILE, "logs": f"{HOSTILE} logs", "benchmarks": f"{HOSTILE} benchmarks"}
    changes = {"pathvars": pathvars, "downloads": "$(touch HACKED)", "networks": {"own": [OWN]}}
    targets = ["networks.csv", "weights/mine.pth", "photos.h5"]
    finished = start(tmp_path, changes, *[f"{HOSTILE}/{name}" for name in targets], SR_TOKEN="t0k3n-of-the-shell")
    assert finished.returncode == 0, finished.stderr[-2000:]
    assert not list(tmp_path.rglob("HACKED"))
    assert {path.name for path in tmp_path.iterdir()} == {"mine.yaml", "mine.pth", "res", ".snakemake"}
    assert all((tmp_path / HOSTILE / name).is_file() for name in targets)
    made = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in made if b"t0k3n-of-the-shell" in path.read_bytes()]
    assert not [path for path in made if path.stat().st_mode & 0o002]


# ---- Caches and files of our own ----


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")  # with which torch.load would execute by default
    yield tmp_path
    assert not (tmp_path / "HACKED").exists()


@pytest.mark.filterwarnings("ignore:Environment variable TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD")
def test_what_the_other_tests_refuse_would_have_been_executed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(Executed(), "file.pth")
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    torch.load("file.pth")
    assert Path("HACKED").exists()


def test_a_training_checkpoint_executes_nothing(in_folder, caplog):
    torch.save({"identity": "x", "state": Executed()}, "file.pt")
    assert training_checkpoints.read_checkpoint(Path("file.pt"), "x") is None
    assert "file.pt: damaged, training starts from scratch" in caplog.text


def test_a_classifier_executes_nothing(in_folder):
    for write in (torch.save, lambda content, path: Path(path).write_bytes(pickle.dumps(content))):
        write(Executed(), "file.safetensors")
        with pytest.raises(InputError, match=r"file.safetensors: damaged, or not a trained classifier"):
            load_classifier("file.safetensors")


def cached(folder, monkeypatch, content, digits=None):
    """A file in torch's cache, and the entry of torchvision that wants it."""
    monkeypatch.setenv("TORCH_HOME", str(folder / "torch"))
    torch.save(content, "made.pth")
    digits = digits or hashlib.sha256(Path("made.pth").read_bytes()).hexdigest()[:8]
    file = folder / f"torch/hub/checkpoints/alexnet-{digits}.pth"
    file.parent.mkdir(parents=True)
    Path("made.pth").rename(file)
    return file, SimpleNamespace(url=f"https://localhost/{file.name}")


def test_imagenet_weights_in_a_cache_execute_nothing(in_folder, monkeypatch):
    _, entry = cached(in_folder, monkeypatch, Executed())
    with pytest.raises(pickle.UnpicklingError):
        imagenet_state(entry, "quality.lpips_weights")


def test_imagenet_weights_in_a_cache_are_those_of_their_name(in_folder, monkeypatch):
    """torchvision itself compares digests of downloads alone."""
    file, entry = cached(in_folder, monkeypatch, {"a": torch.ones(1)}, digits="01234567")
    told = rf"quality\.lpips_weights: {file} is damaged or another file \(sha256 \w+, not 01234567...\); remove it"
    with pytest.raises(InputError, match=told):
        imagenet_state(entry, "quality.lpips_weights")
    _, entry = cached(in_folder / "right", monkeypatch, {"a": torch.ones(1)})
    assert imagenet_state(entry, "quality.lpips_weights").keys() == {"a"}
