"""Measure the processor time that light imports save, in small but complete jobs, each in a fresh process.

Processor time, unlike wall time, hardly depends on other programs.

uv run python perf/startup.py [--repeats 5]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

SETUP = """
import sys
from contextlib import nullcontext
from sr_fingerprints.runtime import light_imports
if sys.argv[1] == "full":
    light_imports.SHELLS = ()
    light_imports.without_compiler = nullcontext
"""
"""Without its shells, `light_imports` imports packages as Python does."""

FILES = """
import numpy as np
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.networks.architectures import build_trainable
from sr_fingerprints.networks.loading import trained
random = np.random.default_rng(0)
for name, side, scale in (("high", 64, None), ("low", 32, 2), ("a", 64, 2), ("b", 64, 2)):
    with ImageWriter(f"{name}.h5", {"scale": scale, "network": name}) as writer:
        for number, split in enumerate(("train", "validation", "test")):
            image = random.integers(0, 256, (side, side, 3), np.uint8)
            writer.append(image, str(number), str(number), split)
trained.save("network.safetensors", build_trainable("EDSR", 2, num_feat=8, num_block=1), ROW, ARCHITECTURE)
"""

ROW = """
from sr_fingerprints.study.network_row import NetworkRow
ROW = NetworkRow("a", "EDSR", scale=2, loss="VGG_GAN", seed=1, framework="trained")
ARCHITECTURE = {"num_feat": 8, "num_block": 1}
"""

JOBS = {
    "train_network (VGG_GAN)": """
from sr_fingerprints.networks.training.train import train_network
from sr_fingerprints.networks.training.trainer import TrainingSettings
settings = TrainingSettings(
    iterations=2, batch_size=1, patch_size=32, discriminator_features=4, perceptual_weights="random"
)
train_network(ROW, ARCHITECTURE, settings, "high.h5", "low.h5", "n.safetensors", "n.csv", "n.pt")
""",
    "train_classifier": """
from sr_fingerprints.classifiers.settings import ClassifierSettings
from sr_fingerprints.classifiers.training import train_classifier
settings = ClassifierSettings(
    backbone="highpass8", weights="none", input="highpass", dropout=0, stochastic_depth=0, crop=24,
    evaluation_crop=48, batch_size=2, epochs=1, head_epochs=0, steps_per_epoch=2, optimizer="adamw",
    learning_rate=0.004, schedule="one_cycle", stop_below_learning_rate=4e-6,
)
train_classifier(["a.h5", "b.h5"], ["a", "b"], "c.safetensors", "c.csv", "c.pt", settings, seed=1)
""",
    "generate_sr (EDSR)": """
from sr_fingerprints.images.generation import super_resolve
from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.loading import load_network
network = load_network(ROW, ["network.safetensors"], ComputeBudget("cpu", 1))
super_resolve(network, ROW, "low.h5", "sr.h5", batch_size=4)
""",
    "measure_quality": """
from sr_fingerprints.images.quality import measure_quality
measure_quality("high.h5", ["low.h5"], ["a.h5"], "test", "q.csv", crop=None, lpips_weights="random")
""",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--repeats", type=int, default=5)
    repeats = arguments.parse_args().repeats
    print(f"{'seconds a job':24} {'light':>7} {'full':>7} {'saved':>7}")
    with tempfile.TemporaryDirectory() as folder:
        seconds(ROW + FILES, "light", folder)
        for name, code in JOBS.items():
            runs = {kind: [seconds(ROW + code, kind, folder) for _ in range(repeats)] for kind in ("light", "full")}
            light, full = median(runs["light"]), median(runs["full"])
            print(f"{name:24} {light:7.2f} {full:7.2f} {full - light:7.2f}")


def seconds(code: str, imports: str, folder: str) -> float:
    """Processor time of a fresh process that runs ``code``."""
    path = str(Path(__file__).parents[1] / "scripts")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = f"import sys; sys.path.append({path!r})\n{SETUP}{code}"
    subprocess.run([sys.executable, "-c", program, imports], cwd=folder, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
