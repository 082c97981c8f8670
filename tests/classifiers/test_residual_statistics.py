"""Statistics of residuals: what they are of, what they do not see, and that training on kept ones learns."""

import dataclasses

import numpy as np
import pytest
import torch
from support.small_classifiers import SETTINGS

from sr_fingerprints.classifiers.backbones import StatisticsBackbone, build_classifier
from sr_fingerprints.classifiers.crops import to_tensor
from sr_fingerprints.classifiers.residual_statistics import SMALLEST_CROP, ResidualStatistics
from sr_fingerprints.classifiers.saving import load_classifier
from sr_fingerprints.classifiers.training import train_classifier
from sr_fingerprints.files.images import ImageWriter
from sr_fingerprints.runtime.errors import InputError

STATISTICS = ResidualStatistics()


def photo(seed: int, side: int = 96) -> torch.Tensor:
    """Smooth shapes with noise, float32 (1, 3, side, side) in [0, 1]."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 8, 8, generator=random)
    smooth = torch.nn.functional.interpolate(coarse, size=(side, side), mode="bicubic")
    return (smooth + 0.02 * torch.randn(1, 3, side, side, generator=random)).clamp(0, 1)


def of(image: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return STATISTICS(image)


@pytest.mark.parametrize("side", [SMALLEST_CROP, 33, 64, 127, 200])
def test_crops_of_every_size_have_the_same_number_of_finite_statistics(side: int) -> None:
    found = of(photo(0, side))
    assert found.shape == (1, STATISTICS.number)
    assert torch.isfinite(found).all()


def test_it_is_built_without_memory() -> None:
    """As the checks of bundles do, before they trust the file."""
    with torch.device("meta"):
        classifier = build_classifier("statistics4", 3)
    shapes = {name: tensor.shape for name, tensor in classifier.state_dict().items()}
    assert shapes == {name: tensor.shape for name, tensor in build_classifier("statistics4", 3).state_dict().items()}


def test_a_flat_crop_has_finite_statistics() -> None:
    assert torch.isfinite(of(torch.full((1, 3, 64, 64), 0.5))).all()


def test_the_batch_does_not_matter() -> None:
    images = torch.cat([photo(seed) for seed in range(11)])  # more than are computed together
    together = of(images)
    alone = torch.cat([of(image[None]) for image in images])
    torch.testing.assert_close(together, alone, rtol=1e-4, atol=1e-4)


def test_a_mirrored_crop_is_the_same_but_for_the_blocks() -> None:
    image = photo(3)
    difference = (of(image) - of(image.flip(-1))).abs()[0]
    blocks = slice(1089 + 512 + 1089, 1089 + 512 + 1089 + 6 * 63)
    others = torch.cat([difference[: blocks.start], difference[blocks.stop :]])
    assert others.median() < 0.02  # windows and filters lie a pixel beside
    assert difference.max() > 0


def test_enlarging_shows_as_a_peak_of_the_magnitude() -> None:
    """Popescu and Farid: the variance of a threefold enlargement has a period of three pixels."""
    enlarged = torch.nn.functional.interpolate(photo(5, 60), scale_factor=3, mode="bilinear")[..., :150, :150]
    start = 1089 + 512
    spectra = [of(image)[0, start : start + 1089].view(33, 33) for image in (enlarged, photo(6, 150))]
    peaks = [float(spectrum[21, 0] - spectrum[5:17, 0].mean()) for spectrum in spectra]  # at 64 / 3
    assert peaks[0] > 2 > peaks[1] + 1


def test_jpeg_shows_in_the_coefficients() -> None:
    from sr_fingerprints.degradations.chains import degrade

    image = (photo(7, 160)[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    compressed = degrade(image, [{"jpeg": 60}], np.random.default_rng(0))
    before, after = (of(to_tensor(each[None].copy(), "cpu"))[0] for each in (image, compressed))
    start = 1089 + 512 + 1089
    assert (after - before)[start + 32 : start + 63].mean() < -0.5  # of high frequencies, little is left


@pytest.fixture(scope="module")
def two_networks(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Noise as it is, and smoothed a little: told apart by their finest detail alone."""
    folder = tmp_path_factory.mktemp("networks")
    paths = []
    for name, blur in (("sharp", 0.0), ("soft", 0.35)):
        path = folder / f"{name}.h5"
        random = np.random.default_rng(1)
        with ImageWriter(path, {}) as writer:
            for row in range(16):
                noise = random.normal(128, 12, (80, 80, 3))
                image = noise + blur * (np.roll(noise, 1, 0) - noise)
                split = "train" if row < 8 else "validation"
                writer.append(np.clip(image, 0, 255).astype(np.uint8), f"{row}", f"{row}", split)
        paths.append(str(path))
    return paths


KEPT = dataclasses.replace(
    SETTINGS, backbone="statistics8", crop=48, evaluation_crop=64, batch_size=16, epochs=2, steps_per_epoch=20,
    kept_crops=48, learning_rate=0.01, schedule="one_cycle", optimizer="adamw",
    augmentation={"share": 0.3, "chains": [[{"jpeg": [90, 98]}]]},
)  # fmt: skip


def test_training_on_kept_statistics_learns_and_is_reproducible(two_networks: list[str], tmp_path) -> None:
    files = []
    for name in ("a", "b"):
        train_classifier(
            two_networks, ["sharp", "soft"], tmp_path / f"{name}.safetensors", tmp_path / f"{name}.csv",
            tmp_path / f"{name}.checkpoint", KEPT, seed=1,
        )  # fmt: skip
        files.append((tmp_path / f"{name}.safetensors").read_bytes())
    assert files[0] == files[1]
    last = (tmp_path / "a.csv").read_text().splitlines()[-1].split(",")
    assert float(last[2]) == 1  # validation accuracy
    trained = load_classifier(tmp_path / "a.safetensors")
    backbone = trained.classifier.backbone
    assert isinstance(backbone, StatisticsBackbone) and backbone.is_standardised
    image = photo(1, 70)
    with torch.inference_mode():
        torch.testing.assert_close(trained.classifier(of(image)), trained.classifier(image))


def test_kept_crops_need_statistics(two_networks: list[str], tmp_path) -> None:
    settings = dataclasses.replace(KEPT, backbone="highpass8")
    with pytest.raises(InputError, match=r"kept_crops: found 48; allowed with backbone highpass8: null"):
        train_classifier(
            two_networks, ["sharp", "soft"], tmp_path / "c", tmp_path / "d", tmp_path / "e", settings, seed=1
        )


def test_statistics_need_kept_crops(two_networks: list[str], tmp_path) -> None:
    settings = dataclasses.replace(KEPT, kept_crops=None)
    with pytest.raises(InputError, match=r"kept_crops: found null; allowed with backbone statistics8: a number"):
        train_classifier(
            two_networks, ["sharp", "soft"], tmp_path / "c", tmp_path / "d", tmp_path / "e", settings, seed=1
        )


def test_the_width_is_the_number_of_features() -> None:
    assert build_classifier("statistics16", 3).backbone.num_features == 16
    assert build_classifier("statistics", 3).backbone.num_features == 256
