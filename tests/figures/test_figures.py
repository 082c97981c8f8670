import numpy as np
import pytest
from interpolating_networks import write_collections
from PIL import Image

from sr_fingerprints.figures.patches import most_textured_place, plot_patches
from sr_fingerprints.figures.selection import networks_in_patches
from sr_fingerprints.figures.tsne import custom_styles, embedding, plot_tsne_custom, plot_tsne_published
from sr_fingerprints.files.predictions import Predictions, read_predictions, write_predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import custom_networks


def published(name, scale, loss):
    network = f"{name}-NA-x{scale}-{loss}-NA-pretrained"
    return NetworkRow(network, name, scale=scale, loss=loss, origin="published")


@pytest.fixture(scope="module")
def networks():
    factorial = {
        "architectures": ["EDSR", "RCAN"],
        "scales": [2, 4],
        "losses": ["L1", "VGG_GAN", "ResNet_GAN"],
        "datasets": ["natural", "texture"],
        "seeds": [1, 2],
    }
    others = [published("Waifu2xPhoto", 2, "L1"), published("Real_CUGAN_SE_conservative", 4, "GAN")]
    return network_table(custom_networks(factorial) + others)


def predictions(path, names, images=3, features=8):
    """Images of each network near a place of their own, all attributed to the right one."""
    random = np.random.default_rng(0)
    centers = random.normal(0, 5, (len(names), features))
    found = np.repeat(centers, images, axis=0) + random.normal(0, 0.2, (len(names) * images, features))
    actual = np.repeat(names, images)
    write_predictions(
        path,
        Predictions(
            photo=np.tile([f"photo-{i}" for i in range(images)], len(names)),
            source=np.tile([f"photo-{i}" for i in range(images)], len(names)),
            network=actual,
            actual=actual,
            classes=np.array(names),
            scores=np.repeat(np.eye(len(names)), images, axis=0).astype(np.float32),
            features=found.astype(np.float32),
            attributes={"score": "probability"},
        ),
    )
    return path


def assert_figure(draw, folder, minimum_width=1000):
    """The figure is written, as a PDF and a PNG with something in it, and twice with the same bytes."""
    written = []
    for name in ("first", "second"):
        pdf, png = folder / name / "figure.pdf", folder / name / "figure.png"
        draw(pdf, png)
        written.append((pdf.read_bytes(), png.read_bytes()))
        assert [path.name for path in sorted(pdf.parent.iterdir())] == ["figure.pdf", "figure.png"]
    assert written[0] == written[1]
    assert written[0][0].startswith(b"%PDF")
    with Image.open(png) as image:
        assert image.width >= minimum_width
        assert round(image.info["dpi"][0]) == 200
        assert np.asarray(image.convert("L")).std() > 10


def test_one_custom_network_a_combination_is_shown_and_every_published_one(networks):
    shown = networks.set_index("network").loc[networks_in_patches(networks)]
    custom = shown[shown.origin == "custom"]
    assert set(custom.dataset) == {"natural"} and set(custom.seed) == {1}
    assert len(custom) == len(custom[["architecture", "scale", "loss"]].drop_duplicates()) == 2 * 2 * 3
    assert (shown.origin == "published").sum() == 2
    assert networks_in_patches(networks[networks.origin == "published"]) == shown.index[-2:].tolist()


@pytest.fixture(scope="module")
def collections(networks, tmp_path_factory):
    """Two flat test photos, one with a textured square; low resolutions; and a few networks that interpolate."""
    folder = tmp_path_factory.mktemp("collections")
    write_collections(folder, networks, networks_in_patches(networks))
    return folder


def test_patch_is_where_the_texture_is_in_a_test_photo(collections):
    for scale in (2, 4):
        place = most_textured_place(collections / f"photos-x{scale}.h5", 32)
        assert (place.photo, place.top, place.left, place.side) == ("textured-0", 32, 64, 32)
    assert most_textured_place(collections / "photos-x4.h5", 32, "flat").photo == "flat-0"


def test_unusable_settings_of_the_patch_are_named(collections):
    with pytest.raises(InputError, match=r"figures\.photo.*'training'.*flat, textured"):
        most_textured_place(collections / "photos-x4.h5", 32, "training")
    with pytest.raises(InputError, match=r"figures\.patch: found 80"):
        most_textured_place(collections / "photos-x4.h5", 80)


def test_patches_are_drawn(collections, networks, tmp_path):
    def draw(pdf, png):
        plot_patches(
            collections / "photos.h5",
            [collections / f"photos-x{scale}.h5" for scale in (2, 4)],
            [collections / f"{name}.h5" for name in networks_in_patches(networks)],
            networks,
            pdf,
            png,
            side=32,
        )

    assert_figure(draw, tmp_path)


def test_custom_networks_of_one_panel_look_different(networks):
    custom = networks[networks.origin == "custom"]
    looks = custom_styles(custom)
    for _, panel in custom.groupby(["scale", custom.loss == "L1"]):
        assert len(looks.loc[panel.network].drop_duplicates()) == len(panel)


def test_embedding_keeps_clusters_together_and_is_deterministic():
    random = np.random.default_rng(0)
    owner = np.repeat(np.arange(4), 10)
    features = random.normal(0, 10, (4, 8))[owner] + random.normal(0, 0.1, (40, 8))
    points = embedding(features, random_state=1)
    assert points.shape == (40, 2)
    distances = np.linalg.norm(points[:, None] - points[None], axis=-1) + np.diag(np.full(40, np.inf))
    assert (owner[distances.argmin(axis=1)] == owner).all()
    np.testing.assert_array_equal(points, embedding(features, random_state=1))


@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_embedding_takes_few_images_and_equal_ones(count):
    random = np.random.default_rng(0)
    for features in (random.normal(size=(count, 4)), np.ones((count, 4))):
        points = embedding(features, random_state=1)
        assert points.shape == (count, 2) and np.isfinite(points).all()


def test_tsne_of_custom_networks_is_drawn(networks, tmp_path):
    custom = networks.network[networks.origin == "custom"].tolist()
    path = predictions(tmp_path / "predictions.h5", custom)
    assert_figure(lambda pdf, png: plot_tsne_custom(path, networks, pdf, png, random_state=1), tmp_path / "figures")


def test_tsne_leaves_out_images_of_networks_of_other_origins(networks, tmp_path):
    """A classifier of the custom networks is evaluated on the published ones too, in the same file."""
    custom, theirs = (list(networks.network[networks.origin == origin]) for origin in ("custom", "published"))
    both = predictions(tmp_path / "both.h5", custom + theirs)
    alone = tmp_path / "alone.h5"
    found = read_predictions(both)
    write_predictions(alone, found.select(np.isin(found.network, custom)))
    for path in (both, alone):
        plot_tsne_custom(path, networks, path.with_suffix(".pdf"), path.with_suffix(".png"), random_state=1)
    assert both.with_suffix(".png").read_bytes() == alone.with_suffix(".png").read_bytes()
    ours = predictions(tmp_path / "ours.h5", theirs)
    write_predictions(alone, found.select(np.isin(found.network, theirs)))
    for path in (both, alone):
        pdf, png = path.with_suffix(".pdf"), path.with_suffix(".png")
        plot_tsne_published(path, ours, networks, pdf, png, random_state=1)
    assert both.with_suffix(".png").read_bytes() == alone.with_suffix(".png").read_bytes()


def test_tsne_of_published_networks_is_drawn(networks, tmp_path):
    names = networks.network[networks.origin == "published"].tolist()
    custom, ours = (predictions(tmp_path / f"{name}.h5", names, images=6) for name in ("custom", "published"))
    assert_figure(
        lambda pdf, png: plot_tsne_published(custom, ours, networks, pdf, png, random_state=1), tmp_path / "figures"
    )


def test_predictions_without_features_are_refused(networks, tmp_path):
    custom = networks.network[networks.origin == "custom"].tolist()
    path = predictions(tmp_path / "prnu.h5", custom, features=0)
    with pytest.raises(InputError, match=r"prnu\.h5: found 0 features"):
        plot_tsne_custom(path, networks, tmp_path / "a.pdf", tmp_path / "a.png", random_state=1)
