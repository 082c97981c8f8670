"""Image quality: the field's definitions, measured between the right images, in the right place."""

import hashlib
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from urllib.error import URLError

import lpips
import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
from scipy.signal import convolve2d

from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.images.perceptual_distance import PerceptualDistance
from sr_fingerprints.images.quality import COLUMNS, measure_quality, measured_area, psnr, ssim
from sr_fingerprints.photos.low_resolution import upscale
from sr_fingerprints.photos.network_inputs import downscale_photos
from sr_fingerprints.report.findings.image_quality import against_bicubic
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.tables.quality import quality_table

SPLITS = ["train", "test", "validation", "test"]
WIDTHS = (64, 192, 384, 256, 256)  # channels of AlexNet's convolutions


@pytest.fixture
def pair():
    random = np.random.default_rng(0)
    image = random.integers(40, 200, (40, 30, 3), np.uint8)
    return image, image + random.integers(0, 30, image.shape, np.uint8)


def test_psnr_has_a_peak_of_255(pair):
    image, _ = pair
    assert psnr(image, image + 1) == pytest.approx(20 * np.log10(255))
    assert psnr(image, image + 10) == pytest.approx(20 * np.log10(25.5))
    assert psnr(image, image) == np.inf


def test_ssim_is_the_formula_of_the_paper(pair):
    """Equation 13 of Wang et al. 2004, with their window and constants, over windows inside the image."""
    distance = np.arange(-5, 6)
    window = np.exp(-(distance[:, None] ** 2 + distance**2) / (2 * 1.5**2))
    window /= window.sum()

    def mean(values):
        return convolve2d(values, window, mode="valid")

    expected = []
    for x, y in zip(*(np.moveaxis(image.astype(float), 2, 0) for image in pair), strict=True):
        mx, my = mean(x), mean(y)
        vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        luminance = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
        expected.append((luminance * (2 * cov + c2) / (vx + vy + c2)).mean())
    assert ssim(*pair) == pytest.approx(np.mean(expected), abs=1e-6)
    assert ssim(pair[0], pair[0]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("crop", "border", "area"),
    [
        (None, 4, (4, 4, 120, 192)),
        (128, 4, (4, 36, 120, 128)),  # as high as the image: a border above and below, none at the sides
        (126, 4, (4, 37, 120, 126)),  # one row less than the border on either side
        (64, 4, (32, 68, 64, 64)),
        (63, 2, (32, 68, 63, 63)),
    ],
)
def test_the_centre_counts_without_a_border_of_the_image(crop, border, area):
    assert measured_area(128, 200, crop, border) == area


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Photos, their low resolutions, and images of three networks: the photos with black borders, and noisy ones."""
    folder = tmp_path_factory.mktemp("study")
    random = np.random.default_rng(1)
    writers = {
        name: ImageWriter(folder / f"{name}.h5", {"network": name, "scale": scale})
        for name, scale in (("photos", 1), ("perfect", 2), ("noisy", 2), ("noisier", 4))
    }
    with ExitStack() as files:
        for writer in writers.values():
            files.enter_context(writer)
        for number, split in enumerate(SPLITS):
            image = upscale(random.integers(30, 220, (12, 16 + 4 * number, 3), np.uint8), 4)
            framed = image.copy()
            framed[:2], framed[-2:], framed[:, :2], framed[:, -2:] = 0, 0, 0, 0
            noise = random.normal(0, 20, image.shape)
            noisy, noisier = (np.clip(image + times * noise, 0, 255).astype(np.uint8) for times in (1, 3))
            for name, made in (("photos", image), ("perfect", framed), ("noisy", noisy), ("noisier", noisier)):
                writers[name].append(made, photo=f"photo{number}", source=f"source{number // 2}", split=split)
    for scale in (2, 4):
        downscale_photos(folder / "photos.h5", scale, folder / f"photos-x{scale}.h5")
    return folder


def measured(study, names, split="test", crop=None, scales=(2, 4), **options):
    output = study / "quality.csv"
    output.unlink(missing_ok=True)
    low_resolution = [study / f"photos-x{scale}.h5" for scale in scales]
    images = [study / f"{name}.h5" for name in names]
    measure_quality(study / "photos.h5", low_resolution, images, split, output, crop, "random", **options)
    return pd.read_csv(output)


def test_at_1x_there_is_no_interpolation_to_compare_with(study, tmp_path):
    """Nor a gain in the table, not even of images that are the photos; networks of other scales have theirs."""
    low_resolution = [study / "photos-x2.h5", tmp_path / "photos-x1.h5"]
    downscale_photos(study / "photos.h5", 1, low_resolution[1])
    images = [study / "noisy.h5"]
    for name, of in (("same", study / "photos.h5"), ("noisy_of_1x", study / "noisy.h5")):
        images.append(tmp_path / f"{name}.h5")
        with ImageFile(of) as made, ImageWriter(images[-1], {"network": name, "scale": 1}) as writer:
            for row in range(len(made)):
                writer.append(made.image(row), made.photo[row], made.source[row], made.split[row])
    measure_quality(study / "photos.h5", low_resolution, images, "test", tmp_path / "q.csv", None, "random")
    found = pd.read_csv(tmp_path / "q.csv").set_index("network")
    bicubic = ["psnr_bicubic", "ssim_bicubic", "lpips_bicubic"]
    assert found.loc[["same", "noisy_of_1x"], bicubic].isna().all(axis=None)
    assert found.loc["noisy", bicubic].notna().all(axis=None)
    assert np.isinf(found.psnr["same"]).all() and found.psnr["noisy_of_1x"].between(15, 30).all()

    rows = [NetworkRow(name, name, scale=scale, origin="published") for name, scale in SCALES_OF.items()]
    paper = pd.DataFrame(columns=["model", "psnr_mean", "lpips_mean"])
    table = quality_table(found.reset_index(), network_table(rows), paper)
    gains = table.set_index("network").psnr_gain
    assert gains[["same", "noisy_of_1x"]].isna().all() and np.isfinite(gains["noisy"])
    assert np.isfinite(table.psnr_gain[(table.network == "mean") & (table.scale == 2)]).all()
    of_all, of_1x = against_bicubic(table, {}, "own")
    assert of_all.startswith("* 1 of 1 own networks are worse") and "1X" not in of_all
    assert (
        "nan" not in of_1x
        and of_1x.startswith("* Networks of 1X")
        and "same as the photos" in of_1x.replace("\\", "")
    )


SCALES_OF = {"noisy": 2, "same": 1, "noisy_of_1x": 1}


def test_the_photos_of_one_split_are_measured_for_every_network(study):
    rows = measured(study, ["noisier", "perfect"])
    assert list(zip(rows.network, rows.photo, rows.source, strict=True)) == [
        (network, photo, source)
        for network in ("noisier", "perfect")
        for photo, source in (("photo1", "source0"), ("photo3", "source1"))
    ]
    assert tuple(rows) == COLUMNS and rows.notna().all(axis=None)
    assert set(rows.lpips_weights) == {"random"}
    assert measured(study, ["noisy"], "train").photo.tolist() == ["photo0"]


def test_a_border_as_wide_as_the_scale_does_not_count(study):
    rows = measured(study, ["perfect"])
    assert (rows.psnr == np.inf).all() and (rows.lpips == 0).all()
    assert rows.ssim.tolist() == pytest.approx([1, 1])


def test_inside_the_photo_the_whole_crop_counts(study):
    with ImageFile(study / "photos.h5") as photos, ImageFile(study / "noisy.h5") as noisy:
        pairs = [[file.center_crop(index, 40) for file in (noisy, photos)] for index in photos.indices("test")]
    rows = measured(study, ["noisy"], crop=40)
    assert rows.psnr.tolist() == [psnr(*pair) for pair in pairs]
    assert rows.ssim.tolist() == [ssim(*pair) for pair in pairs]
    distance = PerceptualDistance("random")
    assert rows.lpips.tolist() == pytest.approx([distance(*(image[None] for image in pair))[0] for pair in pairs])


def test_bicubic_measures_are_those_of_the_low_resolution_of_the_network_s_scale(study):
    rows = measured(study, ["noisy", "perfect", "noisier"]).set_index(["network", "photo"])
    for network, scale in (("noisy", 2), ("perfect", 2), ("noisier", 4)):
        with ImageFile(study / "photos.h5") as photos, ImageFile(study / f"photos-x{scale}.h5") as low:
            for index in photos.indices("test"):
                inside = slice(scale, -scale)
                enlarged = upscale(low.image(index), scale)[inside, inside]
                row = rows.loc[network, photos.photo[index]]
                assert row.psnr_bicubic == psnr(enlarged, photos.image(index)[inside, inside])
                assert row.ssim_bicubic == ssim(enlarged, photos.image(index)[inside, inside])
                assert row.lpips_bicubic > 0


def test_more_noise_is_worse_by_every_measure(study):
    noisy, noisier = (rows for _, rows in measured(study, ["noisy", "noisier"]).groupby("network", sort=False))
    assert (noisy.psnr.to_numpy() > noisier.psnr.to_numpy() + 5).all()
    assert (noisy.ssim.to_numpy() > noisier.ssim.to_numpy()).all()
    assert (noisy.lpips.to_numpy() < noisier.lpips.to_numpy()).all()


@pytest.mark.parametrize("crop", [None, 40])
def test_the_batch_size_changes_nothing(study, crop):
    """Whole photos have two sizes, and crops one."""
    one, all_ = (measured(study, ["noisy", "perfect"], crop=crop, batch_size=size) for size in (1, 100))
    pd.testing.assert_frame_equal(one, all_, rtol=1e-5)


def test_images_of_other_photos_are_refused(study):
    with ImageWriter(study / "other.h5", {"network": "other", "scale": 2}) as writer:
        writer.append(np.zeros((48, 64, 3), np.uint8), photo="photo9", source="source", split="test")
    with pytest.raises(InputError, match=r"other\.h5: not made from the photos in .*photos\.h5"):
        measured(study, ["other"])
    assert not (study / "quality.csv").exists()


def test_a_scale_without_low_resolution_photos_is_named(study):
    with pytest.raises(InputError, match=r"noisier\.h5: enlarged by 4; found low-resolution photos of \[2\]"):
        measured(study, ["noisier"], scales=[2])


@pytest.mark.parametrize("crop", [49, 30])
def test_crops_that_the_photos_do_not_allow_are_refused(study, crop):
    with pytest.raises(InputError, match=rf"photo1 has 80 x 48 pixels, too few for quality: crop: {crop}; allowed"):
        measured(study, ["noisy"], crop=crop)


def distance_by_the_paper(alexnet, channel_weights, image, reference):
    """Equation 1 of Zhang et al. for AlexNet, whose activations are those after each of its five rectifiers."""
    activations = []
    for pixels in (image, reference):
        # The authors' normalisation of values in [-1, 1] is that of ImageNet's mean and deviation in [0, 1].
        mean, deviation = (
            torch.tensor(values).view(3, 1, 1) for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        )
        x = ((torch.from_numpy(pixels).permute(2, 0, 1) / 255 - mean) / deviation)[None]
        after = []
        for layer in alexnet.features:
            x = layer(x)
            if isinstance(layer, torch.nn.ReLU):
                after.append(x.clone()[0] / x.norm(dim=1))
        activations.append(after)
    squares = [(a - b).square() for a, b in zip(*activations, strict=True)]
    return sum((w.view(-1, 1, 1) * square).sum(0).mean() for w, square in zip(channel_weights, squares, strict=True))


def with_weights(convolutions):
    """torchvision's AlexNet with the given weights and biases of its convolutions."""
    alexnet = torchvision.models.alexnet()
    layers = [layer for layer in alexnet.features if isinstance(layer, torch.nn.Conv2d)]
    with torch.no_grad():
        for layer, (weight, bias) in zip(layers, convolutions, strict=True):
            layer.weight.copy_(weight)
            layer.bias.copy_(bias)
    return alexnet.eval()


def convolutions(distance):
    state = distance._network.net.state_dict()
    return [(state[name], state[name.replace("weight", "bias")]) for name in state if name.endswith("weight")]


@pytest.fixture
def images(pair):
    return [np.kron(image, np.ones((3, 3, 1), np.uint8)) for image in pair]


@torch.no_grad()
def test_random_lpips_is_the_formula_of_the_paper_with_channels_that_count_alike(images):
    distance = PerceptualDistance("random")
    alexnet = with_weights(convolutions(distance))
    expected = distance_by_the_paper(alexnet, [torch.ones(width) for width in WIDTHS], *images)
    assert distance(*(image[None] for image in images))[0] == pytest.approx(expected.item(), rel=1e-4)
    for weight, bias in convolutions(distance):
        assert weight.std().item() == pytest.approx(np.sqrt(2 / weight[0].numel()), rel=0.05) and not bias.any()


@torch.no_grad()
def test_lpips_takes_torchvision_s_weights_and_the_authors_channel_weights(images, tmp_path, monkeypatch):
    """A file of ImageNet weights (here: others of that form) in torch's cache is used without the internet."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    torch.manual_seed(3)
    alexnet = torchvision.models.alexnet().eval()
    made = tmp_path / "weights"
    torch.save({name: value for name, value in alexnet.state_dict().items() if name.startswith("features")}, made)
    file = tmp_path / f"hub/checkpoints/alexnet-{hashlib.sha256(made.read_bytes()).hexdigest()[:8]}.pth"
    file.parent.mkdir(parents=True)
    made.rename(file)
    entry = torchvision.models.AlexNet_Weights.IMAGENET1K_V1.value
    monkeypatch.setattr(entry, "url", f"https://localhost/{file.name}")
    learned = torch.load(Path(lpips.__file__).with_name("weights") / "v0.1/alex.pth", map_location="cpu")
    expected = distance_by_the_paper(alexnet, learned.values(), *images)
    found = PerceptualDistance("imagenet")(*(image[None] for image in images))[0]
    assert found == pytest.approx(expected.item(), rel=1e-4)


def test_on_a_full_gpu_fewer_pairs_are_compared_at_once_and_alike(images, caplog):
    """A stand-in for a GPU, whose memory holds two pairs of images, and then none."""
    pairs = [np.stack([np.roll(image, turn, axis=0) for turn in range(5)]) for image in images]
    distance = PerceptualDistance("random")
    expected = np.concatenate(
        [distance(*(image[part] for image in pairs)) for part in np.split(np.arange(5), [2, 4])]
    )
    room, given = [2], []

    def refuse(_, compared):
        given.append(len(compared[0]))
        if given[-1] > room[0]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    distance._network.register_forward_pre_hook(refuse)
    np.testing.assert_array_equal(distance(*pairs), expected)
    assert given == [5, 2, 2, 1]
    assert "5 pairs of images do not fit into the GPU's memory at once; continuing with 2" in caplog.text
    room[0] = 0
    with pytest.raises(InputError, match=r"quality\.crop: images of 90 x 120 pixels do not fit"):
        distance(*pairs)


def test_random_lpips_is_always_the_same_and_disturbs_nothing(images, capfd):
    pair = [image[None] for image in images]
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = PerceptualDistance("random")(*pair)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert PerceptualDistance("random")(*pair) == first > 0
    assert PerceptualDistance("random")(*pair[::-1]) == pytest.approx(first)
    assert capfd.readouterr() == ("", "")


def test_a_job_that_has_not_imported_torchvision_gets_the_same_distance_without_all_of_it(images, tmp_path):
    """The whole of torchvision would bring the compiler with it."""
    np.savez(tmp_path / "images.npz", *(image[None] for image in images))
    script = """
import sys
import numpy as np
from sr_fingerprints.images.perceptual_distance import PerceptualDistance
images = np.load(sys.argv[1])
distance = PerceptualDistance("random")(images["arr_0"], images["arr_1"])
print(distance[0], "torchvision" in sys.modules, "torch._dynamo" in sys.modules)
"""
    run = [sys.executable, "-c", script, tmp_path / "images.npz"]
    answer = subprocess.run(run, capture_output=True, text=True, check=True)
    distance = PerceptualDistance("random")(*(image[None] for image in images))[0]
    assert float(answer.stdout.split()[0]) == pytest.approx(distance, rel=1e-5)
    assert answer.stdout.split()[1:] == ["False", "False"] and answer.stderr == ""


def test_random_lpips_asks_nothing_of_the_network(images, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("asked for a file from the internet")

    monkeypatch.setattr("urllib.request.urlopen", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    assert PerceptualDistance("random")(images[0][None], images[0][None]) == 0


def test_imagenet_weights_that_cannot_be_had_are_named_with_the_remedy(tmp_path, monkeypatch):
    def unreachable(*_, **__):
        raise URLError("no route to host")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr("torch.hub.urlopen", unreachable)
    with pytest.raises(InputError, match=r"'imagenet' needs https.*alexnet.*no route.*checkpoints, or use 'random'"):
        PerceptualDistance("imagenet")
    with pytest.raises(InputError, match="'vgg' is not known; use 'random' or 'imagenet'"):
        PerceptualDistance("vgg")
