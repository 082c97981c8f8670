"""Files that were cut short, emptied or had a bit flipped: named on the screen, and rebuilt once removed."""

import os
import random
import shutil

import pytest
from finished_study import RESULTS, copy_of, differences
from smoke_study import snakemake

READERS = [
    {
        "photos.h5": "tables/datasets.csv",
        "datasets/natural.h5": "networks/EDSR-natural-x2-ResNet_GAN-s1.safetensors",
        "photos-x2.h5": "sr/EDSR-natural-x2-ResNet_GAN-s2.h5",
        "networks/EDSR-natural-x2-L1-s2.safetensors": "sr/EDSR-natural-x2-L1-s2.h5",
        "weights/Waifu2xPhoto-NA-x2-L1-NA-pretrained.bin": "sr/Waifu2xPhoto-NA-x2-L1-NA-pretrained.h5",
    },
    {
        "sr/EDSR-natural-x2-L1-s1.h5": "prnu/wavelet-5-64-free/EDSR-natural-x2-L1-s1.h5",
        "classifiers/control_twins-s1.safetensors": "predictions/control_twins-s1.h5",
        "predictions/loss_parser-s1.h5": "figures/published_parsing.png",
        "prnu/wavelet-5-64-free/Waifu2xPhoto-NA-x2-L1-NA-pretrained.h5": "predictions/published_prnu_euclidean.h5",
    },
    {
        "networks.csv": "tables/controls.csv",
        "tables/seed_triplets.csv": "figures/seed_triplets.png",
    },
]
"""Files, each with one that is made from it; within a group none of the latter is made from another."""

FLIPS_UNSEEN = {"networks.csv", "tables/seed_triplets.csv", "datasets/natural.h5"}
"""Text has no checksum, and of the training photos some patches are read."""


def damage(path, kind, chance):
    """Change the content, but not the time: a disk that fails does not tell."""
    before = path.stat()
    whole = path.read_bytes()
    if kind == "flipped":
        place = chance.randrange(len(whole) // 4, len(whole) // 2)
        whole = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    path.write_bytes({"truncated": whole[: len(whole) // 2], "empty": b"", "flipped": whole}[kind])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("group", range(len(READERS)))
def test_every_damaged_file_is_named_and_rebuilt_to_the_same_bytes(undisturbed, tmp_path, group):
    readers = READERS[group]
    copy_of(undisturbed, tmp_path)
    results = tmp_path / RESULTS
    targets = [str(RESULTS / target) for target in readers.values()]
    chance = random.Random(group)
    for kind, damaged in {
        "flipped": [name for name in readers if name not in FLIPS_UNSEEN],
        "truncated": list(readers),
        "empty": list(readers),
    }.items():
        if not damaged:
            continue
        for name in damaged:
            shutil.copy2(undisturbed / RESULTS / name, results / name)
            damage(results / name, kind, chance)
        for target in readers.values():
            (results / target).unlink(missing_ok=True)
        failed = snakemake(tmp_path, *targets)
        assert failed.returncode != 0
        told = [line for line in failed.stderr.splitlines() if " failed: " in line]
        for name in damaged:
            lines = [line for line in told if f"{RESULTS / name}: " in line]
            assert len(lines) == 1 and "remove it and run again" in lines[0], (kind, name, told)
            assert not (results / readers[name]).exists()
    for name in damaged:
        (results / name).unlink()
    finished = snakemake(tmp_path, *targets)
    assert finished.returncode == 0, finished.stderr[-4000:]
    assert differences(tmp_path, undisturbed, chosen=[*readers, *readers.values()]) == []
