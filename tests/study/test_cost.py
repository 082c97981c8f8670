"""The estimate of what a study costs: against cases worked by hand, and never silent about what it lacks."""

import copy
import subprocess
import sys
from dataclasses import replace
from math import inf
from pathlib import Path

import pytest
import yaml
from perf_programs import program
from PIL import Image

from sr_fingerprints.study import network_table
from sr_fingerprints.study import networks as studied
from sr_fingerprints.study.cost import core_hours, gigabytes, gpu_hours, residual_hours, summary
from sr_fingerprints.study.cost.duration import (
    NCNN_SECONDS,
    OTHER_SECONDS_PER_IMAGE,
    OTHER_START_SECONDS,
    START_SECONDS,
    START_SECONDS_OF_CPU,
    STATISTICS_SECONDS,
)
from sr_fingerprints.study.cost.operations import COLUMNS, Operations
from sr_fingerprints.study.cost.speeds import COLUMNS as SPEED_COLUMNS
from sr_fingerprints.study.cost.speeds import Speeds
from sr_fingerprints.study.cost.study import Collection, Study, estimate_collection, mean_most_tiles
from sr_fingerprints.study.derived import derived_networks
from sr_fingerprints.study.experiments import experiment_table
from sr_fingerprints.study.network_row import NetworkRow, network_rows

ROOT = Path(__file__).parents[2]
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"
OPERATIONS = ROOT / "resources/operations.tsv"

ROWS = [
    ("trained", "EDSR", '{"num_feat": 8}', 2, 10_000, 10, 1000, ""),  # 10^7 operations a pixel
    ("trained", "EDSR", '{"num_feat": 8}', 4, 10_000, 10, 2000, ""),
    ("trained", "SwinIR", '{"depths": [2]}', 2, 10_000, 10, 5000, ""),
    ("torch", "EDSR", "{}", 2, 30_000, 10, 7000, ""),
    ("perceptual", "VGG19", '{"vgg_layer": "conv1_2"}', "", 500, 4, 1, ""),
    ("perceptual", "ResNet18", "{}", "", 250, 4, 1, ""),
    ("discriminator", "Discriminator", '{"num_feat": 4, "patch_size": 64}', "", 125, 4, 1, ""),
    ("backbone", "small", '{"crop": 32}', "", 1500, 1, 300, 6),
    ("backbone", "small", '{"crop": 64}', "", 1500, 1, 300, 6),
]

SPEEDS = [  # of one core: 10^9 operations a second in training, and forward
    ("trained", "EDSR", 2, "float32", 20, 40, "a core"),
    ("trained", "EDSR", 2, "bfloat16", 50, 40, "a core"),
    ("perceptual", "VGG19", "", "bfloat16", 100, "", "a core"),
    ("discriminator", "Discriminator", "", "bfloat16", 10, "", "a core"),
]

CONFIG = {
    "photos": {"split": {"train": 0.5, "validation": 0.3, "test": 0.2}, "tiles": None},
    "networks": {
        "architectures": ["EDSR"],
        "scales": [2],
        "losses": ["L1"],
        "datasets": ["natural"],
        "seeds": [1, 2],
        "settings": {"EDSR": {"num_feat": 8}, "SwinIR": {"depths": [2]}},
    },
    "training": {
        "iterations": 1000,
        "batch_size": 16,
        "patch_size": 64,
        "discriminator_features": 4,
        "vgg_layer": "conv1_2",
        "initialised_from": None,
        "overrides": [],
    },
    "classifiers": {
        "backbone": "small",
        "crop": 32,
        "evaluation_crop": 64,
        "batch_size": 4,
        "epochs": 2,
        "head_epochs": 1,
        "steps_per_epoch": None,
        "kept_crops": None,
    },
    "experiments": [{"name": "all", "task": "network", "seeds": [1, 2, 3]}],
    "prnu": {
        "denoiser": "bm3d",
        "sigma": 5,
        "crop": 112,
        "grid": "free",
        "shift": [0, 0],
        "arithmetic": "exact",
        "training_photos": None,
    },
}
PHOTOS = Collection(10, 100, 80)

PUBLISHED = NetworkRow(
    "EDSR-div2k-x2-L1-NA-pretrained", "EDSR", scale=2, loss="L1", origin="published", framework="torch"
)


@pytest.fixture
def operations(tmp_path):
    lines = ["\t".join(map(str, row)) for row in (COLUMNS, *ROWS)]
    (tmp_path / "operations.tsv").write_text("\n".join(lines) + "\n")
    return tmp_path / "operations.tsv"


def study(operations, photos=PHOTOS, others=(), datasets=None, **changed):
    """The small study with some sections of its configuration changed."""
    config = copy.deepcopy(CONFIG)
    for section, values in changed.items():
        config[section] = values if isinstance(values, list) else config[section] | values
    networks = network_table.network_table([*studied.custom_networks(config["networks"]), *others])
    experiments = experiment_table(config["experiments"])
    networks = networks.set_index("network", drop=False)
    return Study(config, networks, experiments, photos, datasets or {}, Operations(operations))


def speeds(folder, precision="bfloat16"):
    lines = ["\t".join(map(str, row)) for row in (SPEED_COLUMNS, *SPEEDS)]
    (folder / "speeds.tsv").write_text("\n".join(lines) + "\n")
    return Speeds(folder / "speeds.tsv", precision)


def training_seconds(operations, **changed):
    """Of two networks, without what it takes to start their jobs."""
    return gpu_hours(study(operations, **changed))["train_network"] * 3600 - 2 * START_SECONDS


def test_training_is_three_passes_over_the_patches(operations):
    pixels = 16 * 32 * 32
    assert training_seconds(operations) == pytest.approx(2 * 1000 * 3 * 1e7 * pixels / 15e12)


@pytest.mark.parametrize("loss, flop", [("VGG_GAN", 5e5), ("ResNet_GAN", 2.5e5)])
def test_adversarial_losses_add_their_networks(operations, loss, flop):
    low, high = 16 * 32 * 32, 16 * 64 * 64
    wanted = 2 * 1000 * (3 * 1e7 * low + 3 * flop * high + 8 * 1.25e5 * high) / 15e12
    assert training_seconds(operations, networks={"losses": [loss]}) == pytest.approx(wanted)


@pytest.mark.parametrize("loss, flop", [("VGG", 5e5), ("ResNet", 2.5e5)])
def test_losses_without_a_discriminator_do_not_pay_for_one(operations, loss, flop):
    low, high = 16 * 32 * 32, 16 * 64 * 64
    wanted = 2 * 1000 * (3 * 1e7 * low + 3 * flop * high) / 15e12
    assert training_seconds(operations, networks={"losses": [loss]}) == pytest.approx(wanted)


def test_a_network_s_own_settings_count(operations):
    override = {"only": {"seed": 2}, "settings": {"iterations": 500, "patch_size": 32}}
    once, less = (training_seconds(operations, training={"overrides": rows}) for rows in ([], [override]))
    assert less == pytest.approx(once / 2 * (1 + 0.5 / 4))


def test_attention_in_windows_is_slower(operations):
    convolutions = training_seconds(operations)
    attention = training_seconds(operations, networks={"architectures": ["SwinIR"]})
    assert attention == pytest.approx(convolutions * 15 / 4)


def test_reading_and_starting_operators_bound_small_trainings(operations):
    small = {"batch_size": 1, "patch_size": 8}
    assert training_seconds(operations, training=small) == pytest.approx(2 * 1000 * 3 * 10 * 1e-5)
    text = operations.read_text()
    operations.write_text(text.replace("10000\t10\t1000", "10000\t1\t1000"))
    assert training_seconds(operations, training=small) == pytest.approx(2 * 1000 * 2.5e-4)


def test_super_resolving_counts_the_low_resolution_pixels_of_every_network(operations):
    hours = gpu_hours(study(operations, Collection(1000, 960, 640), others=[PUBLISHED]))
    pixels = 1000 * 480 * 320
    wanted = 3 * START_SECONDS + pixels * (2 * 1e7 + 3e7) / 15e12
    assert hours["generate_sr"] * 3600 == pytest.approx(wanted)


def test_classifiers_train_on_training_photos_and_look_at_the_others(operations):
    photos = Collection(100, 100, 80)
    hours = gpu_hours(study(operations, photos))
    steps = 2 * 50 // 4
    step = {passes: passes * max(1.5e6 * 4 * 32**2 / 15e12, 1e-5) for passes in (1, 3)}
    reading, validation = 4 * 3.5e-4, 2 * 30 * (3.5e-4 + 1.5e6 * 64**2 / 15e12)
    wanted = 3 * (steps * (step[1] + 2 * step[3] + 3 * reading) + 3 * validation)
    looking = 3 * 2 * 20 * (3.5e-4 + 1.5e6 * 64**2 / 15e12)
    assert hours["train_classifier"] * 3600 == pytest.approx(3 * START_SECONDS + wanted)
    assert hours["apply_classifier"] * 3600 == pytest.approx(3 * START_SECONDS + looking)


def test_an_experiment_s_own_settings_count(operations):
    rows = [{"name": "all", "task": "network", "classifier": {"epochs": 5, "head_epochs": 0, "steps_per_epoch": 7}}]
    hours = gpu_hours(study(operations, experiments=rows))
    step, look = 3 * 1.5e6 * 4 * 32**2 / 15e12 + 4 * 3.5e-4, 1.5e6 * 64**2 / 15e12 + 3.5e-4
    epoch = 7 * step + 2 * 3 * look
    assert hours["train_classifier"] * 3600 == pytest.approx(START_SECONDS + 5 * epoch)


def test_disk_is_that_of_uncompressed_images(operations):
    rows = [
        {"name": "all", "task": "network", "seeds": [1, 2, 3]},
        {"name": "noise", "task": "network", "method": "prnu_euclidean"},
        {"name": "wrapped", "task": "network", "method": "prnu_euclidean", "prnu": {"arithmetic": "int8"}},
        {"name": "moved", "task": "network", "method": "prnu_euclidean", "prnu": {"shift": [1, 2]}},
        {"name": "smaller", "task": "network", "method": "prnu_euclidean", "prnu": {"crop": 56}},
    ]
    real = studied.REAL
    bicubic = studied.interpolated([2])
    found = gigabytes(
        study(
            operations,
            others=[PUBLISHED, real, *bicubic],
            datasets={"natural": Collection(3, 40, 20)},
            experiments=rows,
        )
    )
    wanted = {
        "fetch_photographs": 0,
        "prepare_photos": 10 * 100 * 80 * 3,
        "prepare_dataset": 3 * 40 * 20 * 3,
        "downscale_photos": (10 * 100 * 80 + 3 * 40 * 20) * 3 / 4,
        "train_network": 4 * (1000 + 1000),
        "download_weights": 4 * 7000,
        "generate_sr": 3 * 10 * 100 * 80 * 3,
        "generate_twin": 0,
        "derive_networks": 0,
        "generate_derived": 0,
        "process_photos": 0,
        "interpolate_photos": 10 * 100 * 80 * 3,
        "train_classifier": 4 * 3 * 300,
        "apply_classifier": 4 * 2 * 2 * 3 * (2 + 6),
        "apply_to_unknown": 0,
        "extract_residuals": 2 * 112 * 112 * 3 * (2 * 2 * 2 + 8) + 2 * 56 * 56 * 3 * (2 * 2 + 8),
        "attribute_by_prnu": 4 * (4 * 2 * 2 * 2),
    }
    assert found == pytest.approx({name: size / 1e9 for name, size in wanted.items()})


def test_residuals_take_their_time_for_each_training_and_test_photo(operations):
    def seconds(*denoisers, **changed):
        return residual_hours(study(operations, experiments=rows, **changed), *denoisers) * 3600

    rows, starts = [{"name": "noise", "task": "network", "method": "prnu_euclidean"}], 2 * OTHER_START_SECONDS
    assert seconds() == seconds("bm3d") == pytest.approx(starts + 2 * 7 * 3.6 / 4)
    assert seconds("bm3d", prnu={"denoiser": "wavelet"}) == 0
    assert seconds(prnu={"denoiser": "wavelet"}) == pytest.approx(starts + 2 * 7 * 0.0084 / 4)
    rows += [rows[0] | {"name": "moved", "prnu": {"shift": [1, 2]}}]
    rows += [rows[0] | {"name": "by wavelets", "prnu": {"denoiser": "wavelet"}}]
    assert seconds("bm3d") == pytest.approx(starts + 2 * 9 * 3.6 / 4)
    assert seconds() == pytest.approx(seconds("bm3d") + starts + 2 * 7 * 0.0084 / 4)


def test_classifiers_by_statistics_take_time_for_the_statistics_of_every_crop(operations):
    settings = {"backbone": "statistics", "kept_crops": 1000, "crop": 84, "evaluation_crop": 42}
    row = {"name": "all", "task": "network", "classifier": settings}
    hours = gpu_hours(study(operations, Collection(1000, 960, 640), experiments=[row]))
    assert hours["train_classifier"] * 3600 == pytest.approx(START_SECONDS + (2 * 1000 + 600) * STATISTICS_SECONDS)
    assert hours["apply_classifier"] * 3600 == pytest.approx(START_SECONDS + 2 * 200 * STATISTICS_SECONDS / 4)


def test_networks_by_ncnn_take_the_time_of_a_core_and_none_of_a_gpu(operations, tmp_path):
    ncnn = replace(PUBLISHED, network="theirs", framework="ncnn")
    whole, more = (study(operations, Collection(100, 1000, 500), others=rows) for rows in ([], [ncnn]))
    assert gpu_hours(more)["generate_sr"] == gpu_hours(whole)["generate_sr"]
    added = [gpu_hours(each.on_cpu(speeds(tmp_path)))["generate_sr"] for each in (whole, more)]
    assert (added[1] - added[0]) * 3600 == pytest.approx(START_SECONDS_OF_CPU + 50 * NCNN_SECONDS)


def test_every_job_takes_a_core_s_time(operations, tmp_path):
    whole = study(operations, Collection(1000, 960, 640)).on_cpu(speeds(tmp_path))
    jobs = {"train_network": 2, "plot_photos": 3, "prepare_photos": 1}
    hours = core_hours(whole, jobs)
    each = OTHER_START_SECONDS + OTHER_SECONDS_PER_IMAGE * 2 * 200
    assert hours["plot_photos"] * 3600 == pytest.approx(3 * each) and hours["prepare_photos"] * 3600 == each
    assert hours["train_network"] == gpu_hours(whole)["train_network"]


def test_cost_is_linear_in_iterations_and_photos(operations):
    photos = Collection(1000, 960, 640)
    once = gpu_hours(study(operations, photos))
    longer = gpu_hours(study(operations, photos, training={"iterations": 3000}))
    more = gpu_hours(study(operations, Collection(3000, 960, 640)))
    jobs = {"train_network": 2, "generate_sr": 2, "train_classifier": 3, "apply_classifier": 3}
    started = {rule: count * START_SECONDS / 3600 for rule, count in jobs.items()}
    of_photos = ["generate_sr", "train_classifier", "apply_classifier"]
    for changed, rules in ((longer, ["train_network"]), (more, of_photos)):
        for rule, start in started.items():
            times = 3 if rule in rules else 1
            assert changed[rule] - start == pytest.approx(times * (once[rule] - start))


def test_derived_networks_cost_their_training_and_the_photos_that_are_evaluated(operations):
    entries = [
        {"of": ["EDSR-natural-x2-L1-s1"], "by": "finetune", "dataset": "natural", "iterations": [100, 500]},
        {"of": ["EDSR-natural-x2-L1-s1"], "by": "checkpoint", "share": [0.5]},
    ]
    lists = {"derived": entries, "datasets": ["natural"]}
    training = {"learning_rate": 0.1}
    whole = study(operations, Collection(1000, 960, 640), networks=lists, training=training)
    rows = derived_networks(entries, network_rows(whole.networks))
    derived = study(operations, Collection(1000, 960, 640), networks=lists, training=training, others=rows)
    before, after = gpu_hours(whole), gpu_hours(derived)
    assert before["derive_networks"] == before["generate_derived"] == 0
    of_training = (before["train_network"] * 3600 / 2 - START_SECONDS) / 2  # 500 of 1,000 iterations
    assert after["derive_networks"] * 3600 == pytest.approx(of_training + START_SECONDS + 2)
    assert after["generate_derived"] == pytest.approx(before["generate_sr"] / 2 * 3)
    disk = gigabytes(derived)
    assert disk["generate_derived"] == pytest.approx(disk["generate_sr"] / 2 * 3 * 0.5)
    assert disk["derive_networks"] == pytest.approx(disk["train_network"] / 2 * 3)
    assert "2 custom, 0 published, 3 derived, 0 other" in summary(derived, {})


def test_on_a_cpu_measured_speeds_count_and_operators_are_started_besides(operations, tmp_path):
    whole = study(operations, Collection(1000, 960, 640), networks={"losses": ["VGG_GAN"]})
    low, high, starts = 16 * 32 * 32, 16 * 64 * 64, 8e-6
    of_network = 3 * (1e7 * low / 50e9 + 10 * starts)
    of_loss = 3 * (5e5 * high / 100e9 + 4 * starts) + 8 * (1.25e5 * high / 10e9 + 4 * starts)
    hours = gpu_hours(whole.on_cpu(speeds(tmp_path)))
    assert hours["train_network"] * 3600 == pytest.approx(2 * (START_SECONDS_OF_CPU + 1000 * (of_network + of_loss)))
    forward = 1000 * (480 * 320 * 1e7 / 40e9 + 10 * starts)
    assert hours["generate_sr"] * 3600 == pytest.approx(2 * (START_SECONDS_OF_CPU + forward))
    assert gpu_hours(whole)["train_network"] < hours["train_network"] / 10, "the study itself is still for a GPU"


@pytest.mark.parametrize("precision, taken", [("auto", 50e9), ("bfloat16", 50e9), ("float32", 20e9), ("tf32", 20e9)])
def test_on_a_cpu_the_precision_of_training_counts(operations, tmp_path, precision, taken):
    hours = gpu_hours(study(operations).on_cpu(speeds(tmp_path, precision)))["train_network"]
    iteration = 3 * (1e7 * 16 * 32 * 32 / taken + 10 * 8e-6)
    assert hours * 3600 == pytest.approx(2 * (START_SECONDS_OF_CPU + 1000 * iteration))


def test_the_summary_has_hours_of_a_core_and_names_what_was_not_measured_there(operations, tmp_path):
    whole = replace(study(operations, networks={"scales": [2, 4]}), speeds=speeds(tmp_path))
    text = summary(whole, {"train_network": 4})
    (header,) = [line for line in text.splitlines() if line.startswith("Rule")]
    (row,) = [line for line in text.splitlines() if line.startswith("train_network")]
    assert header.split() == ["Rule", "Jobs", "GPU-hours", "or", "core-hours", "Gigabytes"]
    on_cpu = gpu_hours(whole.on_cpu(whole.speeds))["train_network"]
    assert float(row.split()[3]) == pytest.approx(on_cpu, abs=0.01) and len(row) == len(header)
    flat = " ".join(text.split())
    assert "on one core of a core (bfloat16); not measured, and left out: EDSR at 4X; small" in flat
    assert "Without a GPU" not in flat
    minutes = 60 * sum(core_hours(whole.on_cpu(whole.speeds), {}).values())
    for cores, time in ((1, f"{minutes / 60:.1f} hours on 1 core,"), (8, f"{minutes / 8:.0f} minutes on 8 cores,")):
        assert f"Without a GPU at least {time}" in " ".join(summary(whole, {}, cores=cores).split())
    assert "Not estimated" not in flat and max(map(len, text.splitlines())) <= 110


def test_speeds_of_the_project_are_those_of_the_factorial_s_networks():
    """Measured by perf/training_speed.py, which names them as the estimate looks them up."""
    config = program("operations").configuration(ROOT / "config/factorial.yaml")
    for precision in ("float32", "bfloat16"):
        table = Speeds(ROOT / "resources/speeds.tsv", precision)
        for row in studied.custom_networks(config["networks"]):
            speed = table.look_up("trained", row.architecture, row.scale)
            assert speed.training > 1e9 and speed.forward > 1e9
        for kind, name in (("perceptual", "VGG19"), ("perceptual", "ResNet18"), ("discriminator", "Discriminator")):
            assert table.look_up(kind, name).training > 1e8


def test_what_is_not_counted_is_named_and_taken_for_nothing(operations):
    own = replace(PUBLISHED, network="mine", framework="spandrel")
    ncnn = replace(PUBLISHED, network="theirs", framework="ncnn")
    whole = study(operations)
    assert "Not estimated" not in summary(whole, {})
    lacking = study(operations, others=[own, ncnn], networks={"scales": [2, 3]})
    text = " ".join(summary(lacking, {}).split())
    assert 'Not estimated EDSR {"num_feat": 8} at 3X; mine (by spandrel); run perf/operations.py' in text
    added = gpu_hours(lacking)["train_network"] - gpu_hours(whole)["train_network"]
    assert added * 3600 == pytest.approx(2 * (START_SECONDS + 1000 * 16 * 2.5e-4))  # patches are read all the same
    assert "theirs" not in text


def test_the_summary_has_a_line_for_each_rule_and_their_sum(operations):
    whole = study(operations)
    lines = summary(whole, {"train_network": 1200, "generate_sr": 7, "tabulate_quality": 1}).splitlines()
    numbers = [line.split() for line in lines if line[-1:].isdigit()]
    table = {words[0]: words[-3:] for words in numbers if len(words) > 3}
    assert table["train_network"][0] == "1,200" and table["together"][0] == "1,208"
    assert float(table["together"][1]) == pytest.approx(sum(gpu_hours(whole).values()), abs=0.01)
    assert float(table["together"][2]) == pytest.approx(sum(gigabytes(whole).values()), abs=0.001)
    assert "other rules" in "\n".join(lines) and "2 custom, 0 published, 0 other" in "\n".join(lines)
    assert len({len(line) for line in lines if line.startswith(("Rule", "train_network", "together"))}) == 1
    assert len(lines) <= 30 and max(map(len, lines)) <= 110
    assert "neither is measured" in " ".join("\n".join(lines).split())


def test_a_collection_is_judged_by_the_sizes_of_its_files(tmp_path):
    files = [tmp_path / f"{number}.png" for number in range(3)]
    for path in files:
        Image.new("RGB", (200, 100)).save(path)
    assert estimate_collection(files) == Collection(3, 200, 100)
    assert estimate_collection(files, longest_side=100) == Collection(3, 100, 50)
    assert estimate_collection(files, longest_side=100, tile=40) == Collection(6, 40, 40)
    assert estimate_collection(files, tile=40, tiles=3) == Collection(9, 40, 40)
    assert mean_most_tiles({"tiles": None}) == inf and mean_most_tiles({"tiles": 3}) == 3
    (tmp_path / "notes.txt").write_text("no image")
    assert estimate_collection([tmp_path / "notes.txt"]) == estimate_collection([]) == Collection(0, 0, 0)
    (tmp_path / "drawing.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n%%EndComments\n")
    damaged = b"\x89PNG\r\n\x1a\n" + (4).to_bytes(4, "big") + b"IHDR" + bytes(8)  # ValueError of Pillow
    (tmp_path / "damaged.png").write_bytes(damaged)
    for name in ("drawing.jpg", "damaged.png"):
        assert estimate_collection([tmp_path / name]) == Collection(0, 0, 0)


def test_splits_with_different_numbers_of_tiles_share_the_images_by_them(operations):
    tiles = {"train": 1, "validation": 2, "test": 7}
    assert mean_most_tiles(CONFIG["photos"] | {"tiles": tiles}) == pytest.approx(2.5)
    uneven = study(operations, photos=Collection(250, 252, 252))
    uneven.config["photos"]["tiles"] = tiles
    assert [uneven.photos_of(split) for split in tiles] == pytest.approx([50, 60, 140])


def whole_study(path):
    """The study of a configuration of this project, with the paper's published networks besides its own."""
    config = program("operations").configuration(path)
    in_paper = [name for name, entry in yaml.safe_load(TABLE.read_text()).items() if entry.get("in_paper")]
    published = dict.fromkeys([*config["networks"]["published"], *in_paper])
    rows = studied.custom_networks(config["networks"])
    rows += studied.published_networks(list(published), [], TABLE, SCHEMA)
    networks = network_table.network_table([*rows, studied.REAL]).set_index("network", drop=False)
    photos, operations = Collection(1000, 960, 640), Operations(OPERATIONS)
    return Study(config, networks, experiment_table(config["experiments"]), photos, {}, operations)


@pytest.mark.parametrize(
    "path", [ROOT / "config.yaml", *sorted(ROOT.glob("config/*.yaml"))], ids=lambda path: path.stem
)
def test_everything_in_the_project_s_configurations_is_counted(path):
    assert "Not estimated" not in summary(whole_study(path), {}), "run perf/operations.py"


def test_operations_are_counted_as_by_hand():
    sizes = '{"num_block": 2, "num_feat": 16}'
    first, blocks, last_of_body, upsampling, last = 3 * 16, 4 * 16**2, 16**2, 16 * 64, 4 * 16 * 3
    multiplications = 9 * (first + blocks + last_of_body + upsampling + last)
    weights = 9 * (first + blocks + last_of_body + upsampling + 16 * 3)
    biases = 16 + 4 * 16 + 16 + 64 + 3
    row = dict(zip(COLUMNS, program("operations").count_item("trained", "EDSR", sizes, "2"), strict=True))
    assert float(row["gigaflop_per_megapixel"]) * 1e3 == pytest.approx(2 * multiplications)
    assert row["parameters"] == weights + biases
    assert 8 < row["operators"] < 40


def test_the_estimate_needs_no_torch():
    code = "import sys, sr_fingerprints.study.cost; assert not {'torch', 'h5py'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=600, cwd=ROOT / "scripts")
