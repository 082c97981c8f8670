"""What changes between two runs: times of files, the configuration, photos. What depends on it is made anew, once."""

import os
import signal
import subprocess
import time

import numpy as np
import pytest
import yaml
from finished_study import RESULTS, copy_of, differences, files_of, planned
from PIL import Image
from smoke_study import SMOKE, command, snakemake, started_jobs

from sr_fingerprints.files.images import ImageFile

DAY = 86_400


@pytest.fixture
def study(undisturbed, tmp_path):
    return copy_of(undisturbed, tmp_path)


def set_times(paths, when):
    for path in paths:
        os.utime(path, (when, when))


def test_clocks_that_went_back_are_told_and_touching_mends_it(study, undisturbed):
    photos, target = study / RESULTS / "photos.h5", str(RESULTS / "photos-x2.h5")
    set_times([photos], time.time() + DAY)
    failed = snakemake(study, target)
    assert failed.returncode != 0
    assert "older modification time" in failed.stderr and "clock skew" in failed.stderr
    assert files_of(undisturbed).keys() - files_of(study).keys() == {"photos-x2.h5"}
    photos.touch()
    assert snakemake(study, target).returncode == 0
    assert "train_classifier" in planned(study), "all that is older than the photos"
    assert snakemake(study, "--touch").returncode == 0
    assert planned(study) == {}
    assert differences(study, undisturbed) == []


def test_an_older_result_of_the_same_content_is_made_anew_once_and_small_files_are_compared(study, undisturbed):
    small, large = study / RESULTS / "networks.csv", study / RESULTS / "photos.h5"
    small.touch()
    assert planned(study) == {}, "Snakemake compares the content of inputs below a megabyte"
    set_times([study / RESULTS / "tables/datasets.csv"], large.stat().st_mtime - DAY)
    target = str(RESULTS / "tables/datasets.csv")
    assert planned(study, target) == {"tabulate_datasets": 1}
    assert snakemake(study, target).returncode == 0
    assert planned(study, target) == {}
    assert differences(study, undisturbed) == []


def test_a_changed_setting_reruns_what_depends_on_it(study):
    def planned_with(**settings):
        (study / "mine.yaml").write_text(yaml.safe_dump(settings))
        return planned(study, "--configfile", SMOKE, "mine.yaml")

    always = {"write_report": 1, "all": 1}
    assert planned_with() == always, "the report names the files of the configuration"
    of_quality = {"tabulate_quality": 1, "plot_quality": 1, "write_findings": 1}
    assert planned_with(quality={"crop": 48}) == {**always, "measure_quality": 2, **of_quality}
    trained = planned_with(training={"iterations": 6})
    assert trained == {
        **always,
        "train_network": 3,
        "generate_sr": 4,
        "generate_twin": 2,
        "train_network_with_checkpoints": 1,
        "apply_pipelines": 1,
        "compare_twins": 1,
        "cut_patches": 1,
        "derive_networks": 1,
        "extract_residuals": 8,
        "train_classifier": 11,
        "apply_classifier": 10,
        "generate_derived": 1,
        "measure_fingerprints": 1,
        "measure_quality": 1,
        "plot_overview": 1,
        "plot_patches": 1,
        "train_on_photo_sources": 1,
        "apply_classifier_to_validation": 3,
        "apply_to_unknown": 1,
        "attribute_by_prnu": 5,
        "classify_fingerprint_parts": 1,
        "compare_derived": 1,
        "match_degraded": 1,
        "measure_evidence": 1,
        "plot_network_residuals": 1,
        "plot_network_spectra": 1,
        "remove_grid": 1,
        "tabulate_grid_energy": 1,
        "tabulate_photo_sources": 1,
        "tabulate_quality": 1,
        "train_on_pipelines": 1,
        "classify_degraded": 1,
        "measure_attacks": 1,
        "plot_confusion": 1,
        "plot_network_dendrogram": 1,
        "plot_photo_sources": 1,
        "plot_published_parsing": 1,
        "plot_quality": 1,
        "plot_tsne_custom": 1,
        "score_unknown": 1,
        "tabulate_accuracy_by_hyperparameter": 1,
        "tabulate_backbones": 1,
        "tabulate_derived_networks": 1,
        "tabulate_evidence_growth": 1,
        "tabulate_fingerprint_parts": 1,
        "tabulate_nearest_networks": 1,
        "tabulate_parsers": 1,
        "tabulate_pipelines": 1,
        "tabulate_prnu": 1,
        "tabulate_seed_triplets": 1,
        "tabulate_unknown_networks": 1,
        "fit_evidence": 1,
        "plot_derived_networks": 1,
        "plot_evidence_growth": 1,
        "plot_pipelines": 1,
        "plot_seed_triplets": 1,
        "plot_separation": 1,
        "plot_tsne_published": 1,
        "tabulate_attacks": 1,
        "tabulate_conformal_sets": 1,
        "tabulate_controls": 1,
        "tabulate_open_set": 1,
        "tabulate_published_networks": 1,
        "tabulate_robustness": 1,
        "plot_attacks": 1,
        "plot_calibration": 1,
        "plot_likelihood_ratios": 1,
        "plot_open_set": 1,
        "plot_robustness": 1,
        "plot_robustness_by_network": 1,
        "tabulate_calibration": 1,
        "tabulate_likelihood_ratios": 1,
        "tabulate_values": 1,
        "write_findings": 1,
    }


def test_settings_changed_half_way_end_as_if_they_had_been_so_from_the_start(tmp_path):
    half_way, fresh = tmp_path / "half way", tmp_path / "fresh"
    half_way.mkdir()
    fresh.mkdir()
    (tmp_path / "mine.yaml").write_text("training: {iterations: 6}\nquality: {crop: 48}\n")
    changed = ["--configfile", SMOKE, tmp_path / "mine.yaml"]
    targets = [str(RESULTS / f"tables/{name}.csv") for name in ("quality", "seed_triplets")]
    started = subprocess.Popen(
        command(*targets), cwd=half_way, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    for line in started.stdout:
        if any(rule == "train_classifier" for rule, _ in started_jobs(line)):
            started.send_signal(signal.SIGTERM)
            break
    started.communicate()
    assert started.returncode != 0
    assert list((half_way / RESULTS / "networks").iterdir())
    for folder in (half_way, fresh):
        finished = snakemake(folder, *targets, *changed)
        assert finished.returncode == 0, finished.stderr[-4000:]
    assert differences(half_way, fresh) == []


def test_photos_that_are_added_changed_or_removed_are_noticed(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    (tmp_path / "mine.yaml").write_text("photos: {folder: photos, bundled: [], tile: 64}\nclassifiers: {crop: 32}\n")
    target = str(RESULTS / "photos.h5")
    arguments = [target, "--configfile", SMOKE, "mine.yaml"]

    def save(name, seed):
        pixels = np.random.default_rng(seed).integers(0, 256, (70, 70, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png")

    def run():
        assert planned(tmp_path, *arguments) == {"prepare_photos": 1}
        assert snakemake(tmp_path, *arguments).returncode == 0
        assert planned(tmp_path, *arguments) == {}
        with ImageFile(tmp_path / target) as photos:
            return dict(zip(photos.source.tolist(), map(photos.image, range(len(photos))), strict=True))

    for seed, name in enumerate("abcd"):
        save(name, seed)
    assert list(run()) == ["a.png", "b.png", "c.png", "d.png"]
    save("e", 4)
    before = run()
    assert list(before) == ["a.png", "b.png", "c.png", "d.png", "e.png"]
    save("c", 99)
    changed = run()
    assert [name for name in before if (before[name] != changed[name]).any()] == ["c.png"]
    (folder / "b.png").unlink()
    assert list(run()) == ["a.png", "c.png", "d.png", "e.png"]
    save("d", 5)
    os.utime(folder / "d.png", (0, 0))  # as an older file that is copied or moved over it
    assert (run()["d.png"] != changed["d.png"]).any()
