"""The command starts quickly: what it does not need is not imported, and the answers are those of a full import."""

import subprocess
import sys

import pytest
import tiny_bundle
from PIL import Image

HEAVY = ("sklearn", "pandas", "seaborn", "matplotlib", "crepes", "timm", "torchvision", "snakemake")

PROGRAM = """
import sys
from sr_fingerprints.command.main import main
if sys.argv[1] == "full":
    import torch
    assert hasattr(torch, "_meta_registrations")
status = main(sys.argv[2:])
print(*sorted({name.partition(".")[0] for name in sys.modules} | {"torch._meta_registrations"} & set(sys.modules)))
sys.exit(status)
"""


def run(imports, *arguments):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, imports, *map(str, arguments)], check=True, capture_output=True, text=True
    )
    *answer, modules = done.stdout.splitlines()
    return answer, modules.split()


def test_an_answer_needs_no_more_than_torch_and_is_the_same_without_all_of_it(tmp_path):
    bundle = tiny_bundle.write_tiny_bundle(tmp_path)
    Image.fromarray(tiny_bundle.made("smooth", "ihc", 128)).save(tmp_path / "a.png")
    arguments = ("attribute", tmp_path / "a.png", "--bundle", bundle, "--format", "jsonl")
    light, modules = run("light", *arguments)
    full, others = run("full", *arguments)
    assert "torch" in modules and not {*HEAVY, "torch._meta_registrations"} & set(modules)
    assert "torch._meta_registrations" in others
    assert light == full and len(light) == 1


@pytest.mark.parametrize("arguments", [["attribute", "none.png", "--bundle", "none"], ["bundle", "info", "none"]])
def test_a_mistake_is_told_before_torch_is_imported(arguments):
    program = f"import sys; from sr_fingerprints.command.main import main; print(main({arguments})); "
    program += "print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["2", "False"]
