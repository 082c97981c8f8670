"""Table 6: number, size, compressibility and entropy of the images of each collection."""

import io
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from sr_fingerprints.files.images import SPLITS, ImageFile
from sr_fingerprints.runtime.progress import progress
from sr_fingerprints.tables.writing import write_table

PHOTOS = "study photos"
"""Name of the study's photos, in the place of the paper's Flickr1K; no data set's name has a space."""

LABELS = {"div2k": "DIV2K train", "flickr2k": "Flickr2K train"}
"""Labels in the paper's table of the data sets that it trains networks on."""

PAPER = {
    "dataset": "printed_as",
    "images": "images_paper",
    "pixels_per_image": "pixels_per_image_paper",
    "bpp_png_mean": "bpp_png_paper_mean",
    "bpp_png_std": "bpp_png_paper_std",
    "entropy_mean": "entropy_paper_mean",
    "entropy_std": "entropy_paper_std",
}
COLUMNS = {
    "collection": ("Collection", ""),
    "split": ("Split", ""),
    "images": ("Images", ".0f"),
    "pixels_per_image": ("Pixels", ".0f"),
    "bpp_png": ("Bits per pixel", ".2f"),
    "entropy": ("Entropy", ".2f"),
    "in_the_paper": ("In the paper", ""),
    "printed_as": ("Printed as", ""),
    "images_paper": ("Images", ".0f"),
    "pixels_per_image_paper": ("Pixels", ".0f"),
    "bpp_png_paper": ("Bits per pixel", ".2f"),
    "entropy_paper": ("Entropy", ".2f"),
}


def bits_per_pixel(image: npt.NDArray[np.uint8]) -> float:
    """Bits per pixel of uint8 RGB (height, width, 3) as a PNG file, with Pillow's default compression."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    pixels: int = image.shape[0] * image.shape[1]
    return 8 * file.tell() / pixels


def entropy(image: npt.NDArray[np.uint8]) -> float:
    """Shannon entropy in bits, 0 to 8, of the histogram of the 256 grey levels of uint8 RGB (height, width, 3).

    Grey is the luma of ITU-R BT.601. The paper has entropies of "greyscale histograms" and does not say how colours
    were converted; its 7.2 to 7.5 bits are typical of photographs in 8-bit grey.
    """
    grey = np.asarray(Image.fromarray(image).convert("L"))
    share = np.bincount(grey.ravel(), minlength=256) / grey.size
    share = share[share > 0]
    return float((share * np.log2(1 / share)).sum())


def measure_collection(path: str | Path, name: str, threads: int = 1) -> pd.DataFrame:
    """One row per image of a collection: collection (``name``), split, pixels, bpp_png and entropy.

    Rows are in the order of `SPLITS`. Up to ``threads`` images are in memory at a time.
    """
    with ImageFile(path) as file, ThreadPoolExecutor(threads) as pool:

        def measure(index: int) -> tuple[int, float, float]:
            image = file.image(index)
            return image.shape[0] * image.shape[1], bits_per_pixel(image), entropy(image)

        measured = list(progress(pool.map(measure, range(len(file))), f"measuring {name}", len(file)))
        frame = pd.DataFrame(measured, columns=["pixels", "bpp_png", "entropy"])
        frame = frame.assign(collection=name, split=file.split)
    return frame.sort_values("split", key=lambda split: split.map(SPLITS.index), kind="stable")


def swapped_rows(paper: pd.DataFrame) -> dict[str, str]:
    """Swapped labels in the paper's table: the label as printed, by the correct label.

    ``paper`` has columns dataset (such as ``DIV2K train``) and images. If a data set has fewer images for training
    than for testing, the two labels are assumed to be swapped.
    """
    images = dict(zip(paper.dataset, paper.images, strict=True))
    swapped: dict[str, str] = {}
    for train in paper.dataset[paper.dataset.str.endswith(" train")]:
        test = f"{train.removesuffix(' train')} test"
        if images[train] < images.get(test, 0):
            swapped |= {train: test, test: train}
    return swapped


def dataset_table(images: pd.DataFrame, paper: pd.DataFrame, stands_for: Mapping[str, str]) -> pd.DataFrame:
    """Statistics of every split of every collection, beside those of its counterpart in the paper.

    ``images`` has one row per image (see `measure_collection`), ``paper`` is the paper's Table 6 as printed.
    ``stands_for`` maps data sets that networks are trained on to the paper's data set that they replace, and may
    have more entries; a data set without an entry is compared with the paper's of the same name.

    Columns: collection, split, images, pixels_per_image (a mean), bpp_png and entropy as ``..._mean`` and ``..._std``
    (divisor n - 1); in_the_paper, the paper's counterpart, empty for none; printed_as, the label of its row there;
    label_swapped, whether the two labels differ (see `swapped_rows`); and the numbers of that row, with ``_paper``.
    """
    groups = images.groupby(["collection", "split"], sort=False)
    table = groups.agg(
        images=("pixels", "size"),
        pixels_per_image=("pixels", "mean"),
        bpp_png_mean=("bpp_png", "mean"),
        bpp_png_std=("bpp_png", "std"),
        entropy_mean=("entropy", "mean"),
        entropy_std=("entropy", "std"),
    ).reset_index()
    table["in_the_paper"] = [
        f"Flickr1K {split}" if name == PHOTOS else LABELS.get(stands_for.get(name, name), "")
        for name, split in zip(table.collection, table.split, strict=True)
    ]
    swapped = swapped_rows(paper)
    table["printed_as"] = [swapped.get(label, label) for label in table.in_the_paper]
    table["label_swapped"] = table.printed_as != table.in_the_paper
    return table.merge(paper[list(PAPER)].rename(columns=PAPER), on="printed_as", how="left", validate="many_to_one")


def tabulate_datasets(
    photos: Path,
    datasets: Mapping[str, Path],
    stands_for: Mapping[str, str],
    paper: Path,
    csv: Path,
    tex: Path,
    threads: int = 1,
) -> None:
    """Measure the study's photos and the training data sets of networks (by name); write the table."""
    collections = {PHOTOS: photos, **datasets}
    images = pd.concat([measure_collection(path, name, threads) for name, path in collections.items()])
    frame = dataset_table(images, pd.read_csv(paper), stands_for)
    write_table(
        frame,
        csv,
        tex,
        caption="Collections of images (mean $\\pm$ std), and those that have their place in the paper.",
        label="tab:datasets",
        columns=COLUMNS,
        groups=(frame.collection == PHOTOS).tolist(),
    )
