"""What light imports save every job: seconds of importing in fresh processes, with and without them.

python perf/startup.py
"""

import subprocess
import sys
from statistics import median

REPEATS = 3

LIGHT = "from sr_fingerprints.runtime.light_imports import import_without_packages as get, without_compiler\n"
STEP = """
weight = torch.nn.Parameter(torch.ones(1))
optimizer = torch.optim.Adam([weight])
weight.sum().backward()
optimizer.step()
"""
CASES = {
    "EDSR and RCAN of basicsr": (
        "get('basicsr.archs.edsr_arch'); get('basicsr.archs.rcan_arch')",
        "from basicsr.archs import edsr_arch, rcan_arch",
    ),
    "imresize of basicsr": (
        "get('basicsr.utils.matlab_functions')",
        "from basicsr.utils import matlab_functions",
    ),
    "VGG and ResNet of torchvision": (
        "get('torchvision.models.vgg'); get('torchvision.models.resnet')",
        "from torchvision.models import resnet, vgg",
    ),
    "deterministic algorithms of torch": (
        "torch.set_deterministic_debug_mode('warn')",
        "torch.use_deterministic_algorithms(True, warn_only=True)",
    ),
    "first step of torch's Adam": ("with without_compiler():" + STEP.replace("\n", "\n    "), STEP),
}


def main() -> None:
    print(f"{'beyond importing torch':32} {'light':>8} {'full':>8} {'ratio':>7}")
    for name, (light, full) in CASES.items():
        light_seconds, full_seconds = seconds(LIGHT + light), seconds(full)
        print(f"{name:32} {light_seconds:6.2f} s {full_seconds:6.2f} s {full_seconds / light_seconds:6.0f}x")


def seconds(code: str) -> float:
    """Median time that ``code`` takes in fresh processes that have imported torch."""
    timed = "import time, torch\nstart = time.perf_counter()\n" + code
    timed += "\nprint(time.perf_counter() - start)"
    runs = [subprocess.check_output([sys.executable, "-c", timed], text=True) for _ in range(REPEATS)]
    return median(float(run.split()[-1]) for run in runs)


if __name__ == "__main__":
    main()
