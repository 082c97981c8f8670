"""The table of collections of images: measures known by hand, and the paper's rows under the right labels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.tables.datasets import (
    PHOTOS,
    bits_per_pixel,
    dataset_table,
    entropy,
    measure_collection,
    swapped_rows,
    tabulate_datasets,
)

PAPER = Path(__file__).parents[2] / "resources/paper/datasets.csv"
LEVELS = np.arange(256, dtype=np.uint8).reshape(16, 16)


def grey(levels):
    return np.repeat(np.asarray(levels, np.uint8)[..., None], 3, axis=-1)


@pytest.mark.parametrize(
    ("levels", "bits"),
    [
        (np.full((16, 16), 77), 0),
        (np.where(LEVELS < 128, 10, 200), 1),
        (np.where(LEVELS < 64, 10, 200), 2 - 0.75 * np.log2(3)),
        (LEVELS, 8),
    ],
)
def test_entropy_is_that_of_the_grey_levels(levels, bits):
    assert entropy(grey(levels)) == pytest.approx(bits, abs=1e-12)


def test_entropy_is_of_the_luma_of_colours():
    """A red and a green of one luma, by the weights 0.299 and 0.587, are one grey level."""
    colours = np.zeros((10, 10, 3), np.uint8)
    colours[:5, :, 0], colours[5:, :, 1] = 108, 55
    assert entropy(colours) == 0
    colours[5:, :, 1] = 108
    assert entropy(colours) == 1


def test_noise_takes_24_bits_a_pixel_and_no_change_next_to_none():
    noise = np.random.default_rng(0).integers(0, 256, (300, 200, 3), np.uint8)
    assert 24 <= bits_per_pixel(noise) < 24.1
    assert 16 <= bits_per_pixel(noise & np.uint8([255, 255, 0])) < 19
    assert bits_per_pixel(np.zeros_like(noise)) < 0.1


@pytest.fixture(scope="module")
def collections(tmp_path_factory):
    """Photos of two sizes in three splits, out of order, and a data set of one image."""
    folder = tmp_path_factory.mktemp("collections")
    random = np.random.default_rng(0)
    with ImageWriter(folder / "photos.h5", {}) as photos:
        for number, split in enumerate(["test", "train", "validation", "train", "train"]):
            image = random.integers(0, 256, (20 + 10 * number, 30, 3), np.uint8)
            photos.append(image, photo=f"photo{number}", source=f"photo{number}", split=split)
    with ImageWriter(folder / "natural.h5", {}) as natural:
        natural.append(grey(LEVELS), photo="levels", source="levels", split="train")
    return folder


@pytest.mark.parametrize("threads", [1, 3])
def test_every_image_is_measured_in_its_split(collections, threads):
    images = measure_collection(collections / "photos.h5", "mine", threads)
    assert images.split.tolist() == ["train", "train", "train", "validation", "test"]
    assert images.pixels.tolist() == [900, 1500, 1800, 1200, 600]
    assert (images.bpp_png >= 24).all() and images.entropy.between(6.5, 8).all()
    assert set(images.collection) == {"mine"}


def test_counts_means_and_deviations(collections, tmp_path):
    files = tmp_path / "table.csv", tmp_path / "table.tex"
    datasets = {"natural": collections / "natural.h5"}
    tabulate_datasets(collections / "photos.h5", datasets, {"natural": "div2k"}, PAPER, *files)
    table = pd.read_csv(files[0])
    assert table.collection.tolist() == [PHOTOS] * 3 + ["natural"]
    assert table.split.tolist() == ["train", "validation", "test", "train"]
    assert table.images.tolist() == [3, 1, 1, 1] and table.pixels_per_image.tolist() == [1400, 1200, 600, 256]
    images = measure_collection(collections / "photos.h5", PHOTOS)[:3]
    for measure in ("bpp_png", "entropy"):
        assert table[f"{measure}_mean"][0] == pytest.approx(np.mean(images[measure]))
        assert table[f"{measure}_std"][0] == pytest.approx(np.std(images[measure], ddof=1))
        assert np.isnan(table[f"{measure}_std"][1])
    assert table.entropy_mean[3] == 8
    text = files[1].read_text()
    assert r"& 8.00 & DIV2K train & DIV2K train & 800 & 2779971 & 12.68 $\pm$ 2.79 & 7.48 $\pm$ 0.34 \\" in text


def test_rows_stand_beside_the_right_ones_of_the_paper():
    """798 photos are for training, whatever the paper's label says; its numbers stay as printed."""
    rows = [(PHOTOS, "train"), (PHOTOS, "test"), (PHOTOS, "validation"), ("natural", "train")]
    rows += [("flickr2k", "train"), ("quarter_div2k", "train")]
    images = pd.DataFrame(rows, columns=["collection", "split"]).assign(pixels=100, bpp_png=12.0, entropy=7.0)
    table = dataset_table(images, pd.read_csv(PAPER), {"natural": "div2k", "EDSR": "RDN"})
    expected = [
        ("Flickr1K train", "Flickr1K test", True, 798, 12.89, 2.44),
        ("Flickr1K test", "Flickr1K train", True, 100, 12.93, 2.75),
        ("Flickr1K validation", "Flickr1K validation", False, 100, 12.39, 2.39),
        ("DIV2K train", "DIV2K train", False, 800, 12.68, 2.79),
        ("Flickr2K train", "Flickr2K train", False, 800, 12.71, 2.53),
    ]
    columns = [
        "in_the_paper",
        "printed_as",
        "label_swapped",
        "images_paper",
        "bpp_png_paper_mean",
        "bpp_png_paper_std",
    ]
    assert list(table[columns][:5].itertuples(index=False, name=None)) == expected
    assert table.in_the_paper[5] == table.printed_as[5] == "" and table.images_paper.isna().tolist() == [
        False
    ] * 5 + [True]


def test_the_paper_s_labels_of_one_data_set_are_found_swapped():
    paper = pd.read_csv(PAPER)
    assert swapped_rows(paper) == {"Flickr1K train": "Flickr1K test", "Flickr1K test": "Flickr1K train"}
    corrected = paper.replace({"dataset": swapped_rows(paper)})
    assert corrected.set_index("dataset").images["Flickr1K train"] == 798
    assert swapped_rows(corrected) == {}
