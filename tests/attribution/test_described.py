"""Sources in words, from the table of networks."""

from sr_fingerprints.attribution.described import described_sources
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.networks import processed_photos


def test_networks_photos_and_interpolations_in_words():
    rows = [
        NetworkRow("a", "Waifu2xCUNet", scale=2, loss="L1", origin="published", family="waifu2x cunet",
                   variant="denoising level 1", licence="MIT"),
        NetworkRow("b", "SPAN_ch48", scale=4, origin="published"),
        NetworkRow("EDSR-natural-x2-L1-s1", "EDSR", "natural", 2, "L1", 1, "custom"),
        NetworkRow("real", "NA", origin="real"),
        *processed_photos([{"name": "web", "chain": [{"resize": 0.8}, {"jpeg": [75, 95]}]}]),
        NetworkRow("opencv_lanczos-x2", "NA", scale=2, origin="interpolated", kernel="opencv_lanczos"),
        NetworkRow("bicubic-x2", "NA", scale=2, origin="interpolated", kernel="bicubic"),
    ]  # fmt: skip
    found = described_sources(rows)
    assert [source.words for source in found] == [
        "waifu2x cunet 2X, denoising level 1",
        "SPAN ch48 4X",
        "EDSR 2X, L1, natural, seed 1",
        "a photo that nobody enlarged",
        "a photo that nobody enlarged, reduced to 0.8 of its size, then saved as JPEG 75 to 95",
        "OpenCV's lanczos interpolation 2X",
        "MATLAB's bicubic interpolation 2X",
    ]
    assert [source.kind for source in found] == [*["network"] * 3, "photo", "photo", "interpolation", "interpolation"]
    assert [source.licence for source in found][:4] == ["MIT", "none found", "none found", ""]
    assert found[1].loss is None and found[0].scale == 2 and found[3].scale is None


def test_two_sources_with_the_same_words_have_their_names():
    rows = [NetworkRow(name, "SPAN", scale=4, origin="published") for name in ("a", "b")]
    assert [source.words for source in described_sources(rows)] == ["SPAN 4X (a)", "SPAN 4X (b)"]
