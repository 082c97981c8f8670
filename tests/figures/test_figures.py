from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
from PIL import Image

from sr_fingerprints.figures.layered_layout import BEND, BOX, crossings, layered_layout, spread
from sr_fingerprints.figures.overview import TARGET, label_of, parse_rulegraph, plot_overview, simplified, stage_of
from sr_fingerprints.figures.patches import most_textured_place, plot_patches
from sr_fingerprints.figures.selection import networks_shown
from sr_fingerprints.figures.tsne import custom_looks, embedding, plot_tsne_custom, plot_tsne_published
from sr_fingerprints.files.images import ImageFile, ImageWriter
from sr_fingerprints.files.predictions import Predictions, read_predictions, write_predictions
from sr_fingerprints.photos.low_resolution import downscale_photos, upscale
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import custom_networks, network_table

RULES = {
    "prepare_photos": ["check_photos", "downscale_photos", "measure_quality", "plot_patches"],
    "prepare_dataset": ["check_photos", "downscale_photos", "train_network"],
    "check_photos": ["downscale_photos"],
    "downscale_photos": ["train_network", "generate_sr", "measure_quality", "plot_patches"],
    "train_network": ["generate_sr"],
    "download_weights": ["generate_sr"],
    "generate_sr": ["measure_quality", "train_classifier", "apply_classifier", "extract_residuals", "plot_patches"],
    "measure_quality": ["tabulate_quality"],
    "train_classifier": ["train_classifier", "apply_classifier"],
    "apply_classifier": ["tabulate_accuracy_by_hyperparameter", "tabulate_seed_triplets", "plot_tsne_custom"],
    "extract_residuals": ["attribute_by_prnu"],
    "attribute_by_prnu": ["tabulate_accuracy_by_hyperparameter", "tabulate_seed_triplets"],
    "tabulate_networks": ["tabulate_quality", "tabulate_seed_triplets", "plot_patches", "plot_tsne_custom"],
    "plot_overview": [TARGET],
    "tabulate_accuracy_by_hyperparameter": [TARGET],
    "tabulate_seed_triplets": [TARGET],
    "tabulate_quality": [TARGET],
    "plot_patches": [TARGET],
    "plot_tsne_custom": [TARGET],
    TARGET: [],
}


def rulegraph(rules):
    """What `snakemake --rulegraph` prints for rules and the rules that use their results."""
    number = {rule: i for i, rule in enumerate(rules)}
    lines = ["digraph snakemake_dag {", "    graph[bgcolor=white, margin=0];", "    edge[penwidth=2, color=grey];"]
    lines += [f'\t{i}[label = "{rule}", color = "0.50 0.6 0.85", style="rounded"];' for rule, i in number.items()]
    lines += [f"\t{number[rule]} -> {number[head]}" for rule, heads in rules.items() for head in heads]
    return "\n".join([*lines, "}"])


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


def test_rulegraph_is_read_as_snakemake_prints_it():
    graph = parse_rulegraph(rulegraph(RULES))
    assert set(graph) == set(RULES)
    assert set(graph.edges) == {(rule, head) for rule, heads in RULES.items() for head in heads}


def test_text_that_is_no_rulegraph_is_refused():
    with pytest.raises(InputError, match="snakemake --rulegraph"):
        parse_rulegraph("Building DAG of jobs...")


def test_simplified_graph_has_the_same_order_without_target_loops_and_implied_edges():
    graph = parse_rulegraph(rulegraph(RULES))
    simple = simplified(graph)
    assert TARGET not in simple and not list(nx.selfloop_edges(simple))
    assert not simple.has_edge("prepare_photos", "plot_patches")
    for rule in simple:
        assert nx.descendants(simple, rule) == nx.descendants(graph, rule) - {TARGET}


def test_every_edge_leads_downward_and_passes_beside_the_boxes():
    graph = simplified(parse_rulegraph(rulegraph(RULES)))
    layout = layered_layout(graph)
    for edge in graph.edges:
        route = layout.routes[edge]
        assert route[0] == layout.nodes[edge[0]] and route[-1] == layout.nodes[edge[1]]
        assert all(lower[1] == upper[1] + 1 for upper, lower in pairwise(route))
    boxes = list(layout.nodes.values())
    for i, (x, layer) in enumerate(boxes):
        assert all(abs(x - other) > BOX for other, row in boxes[i + 1 :] if row == layer)
        bends = [bend for route in layout.routes.values() for bend in route[1:-1] if bend[1] == layer]
        assert all(abs(x - bend[0]) > (BOX + BEND) / 2 for bend in bends)


def test_layout_untangles_what_can_be_untangled():
    pairs = [(f"tail_{i}", f"head_{(7 * i) % 5}") for i in range(5)]
    layout = layered_layout(nx.DiGraph(pairs))
    for tail, head in pairs:
        assert layout.nodes[tail][0] == pytest.approx(layout.nodes[head][0], abs=1e-3)


def test_layout_does_not_depend_on_the_order_in_which_snakemake_prints():
    shuffled = dict(sorted(RULES.items(), key=lambda rule: rule[0][::-1]))
    layouts = [layered_layout(simplified(parse_rulegraph(rulegraph(rules)))) for rules in (RULES, shuffled)]
    assert layouts[0] == layouts[1]


def test_crossings_are_counted():
    places = nx.DiGraph([("a", "x"), ("b", "y"), ("b", "x")])
    assert crossings([["a", "b"], ["x", "y"]], places) == 0
    assert crossings([["b", "a"], ["x", "y"]], places) == 1


def test_spread_moves_as_little_as_it_can():
    assert spread([0.0, 5.0], [1.0], [1.0, 1.0]) == [0.0, 5.0]
    assert spread([0.0, 0.0], [1.0], [1.0, 1.0]) == pytest.approx([-0.5, 0.5])
    assert spread([0.0, 0.0], [1.0], [3.0, 1.0]) == pytest.approx([-0.25, 0.75])


def test_rules_are_told_apart_by_their_verb():
    assert stage_of("tabulate_quality") == stage_of("plot_patches") != stage_of("train_network")
    assert stage_of("cluster_images") == "other"
    assert label_of("tabulate_accuracy_by_hyperparameter") == "tabulate\naccuracy by\nhyperparameter"
    assert label_of("attribute_by_prnu") == "attribute by\nPRNU"


def test_overview_is_drawn(tmp_path):
    assert_figure(lambda pdf, png: plot_overview(rulegraph(RULES), pdf, png), tmp_path)


def test_one_custom_network_a_combination_is_shown_and_every_published_one(networks):
    shown = networks.set_index("network").loc[networks_shown(networks)]
    custom = shown[shown.origin == "custom"]
    assert set(custom.dataset) == {"natural"} and set(custom.seed) == {1}
    assert len(custom) == len(custom[["architecture", "scale", "loss"]].drop_duplicates()) == 2 * 2 * 3
    assert (shown.origin == "published").sum() == 2
    assert networks_shown(networks[networks.origin == "published"]) == shown.index[-2:].tolist()


@pytest.fixture(scope="module")
def collections(networks, tmp_path_factory):
    """Two flat test photos, one with a textured square; low resolutions; and a few networks that interpolate."""
    folder = tmp_path_factory.mktemp("collections")
    textured = np.full((64, 96, 3), 90, np.uint8)
    textured[32:, 64:] = np.random.default_rng(0).integers(0, 255, (32, 32, 1))
    images = {"textured": ("test", textured), "flat": ("test", np.full((64, 96, 3), 90, np.uint8))}
    images["training"] = ("train", np.random.default_rng(1).integers(0, 255, (64, 96, 3), np.uint8))
    with ImageWriter(folder / "photos.h5", {}) as writer:
        for name, (split, image) in images.items():
            writer.append(image, photo=f"{name}-0", source=name, split=split)
    for scale in (2, 4):
        downscale_photos(folder / "photos.h5", scale, folder / f"photos-x{scale}.h5")
    for row in networks.set_index("network").loc[networks_shown(networks)].itertuples():
        with (
            ImageFile(folder / f"photos-x{row.scale}.h5") as low,
            ImageWriter(folder / f"{row.Index}.h5", {"network": row.Index}) as writer,
        ):
            for i in range(len(low)):
                writer.append(upscale(low.image(i), row.scale), low.photo[i], low.source[i], low.split[i])
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
            [collections / f"{name}.h5" for name in networks_shown(networks)],
            networks,
            pdf,
            png,
            side=32,
        )

    assert_figure(draw, tmp_path)


def test_custom_networks_of_one_panel_look_different(networks):
    custom = networks[networks.origin == "custom"]
    looks = custom_looks(custom)
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
    write_predictions(alone, found.of(np.isin(found.network, custom)))
    for path in (both, alone):
        plot_tsne_custom(path, networks, path.with_suffix(".pdf"), path.with_suffix(".png"), random_state=1)
    assert both.with_suffix(".png").read_bytes() == alone.with_suffix(".png").read_bytes()
    ours = predictions(tmp_path / "ours.h5", theirs)
    write_predictions(alone, found.of(np.isin(found.network, theirs)))
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
