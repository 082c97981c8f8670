import numpy as np
import pandas as pd
import pytest
from PIL import Image

from sr_fingerprints.figures.heat_maps import published_rows
from sr_fingerprints.figures.published_parsing import plot_published_parsing
from sr_fingerprints.figures.seed_triplets import plot_seed_triplets, plotted_series
from sr_fingerprints.figures.separation import plot_separation
from sr_fingerprints.files.predictions import Predictions, write_predictions
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.study.network_row import NetworkRow
from sr_fingerprints.study.network_table import network_table
from sr_fingerprints.study.networks import custom_networks

FACTORIAL = {
    "architectures": ["EDSR", "RCAN"],
    "scales": [2, 4],
    "losses": ["L1", "VGG_GAN"],
    "datasets": ["natural"],
    "seeds": [1, 2],
}
GAN, UNKNOWN, SMALL, LARGE = "NewGAN-x4", "mine", "EDSR-x2", "Other-x4"


@pytest.fixture(scope="module")
def networks():
    """A few custom networks, and four published ones, not in the order in which figures have them."""
    described = [
        (GAN, "NewGAN", 4, "NewGAN_loss"),
        (UNKNOWN, "mine", 4, "NA"),
        (LARGE, "Other", 4, "L1"),
        (SMALL, "EDSR", 2, "L1"),
    ]
    others = [
        NetworkRow(name, architecture, scale=scale, loss=loss, origin="published")
        for name, architecture, scale, loss in described
    ]
    return network_table(custom_networks(FACTORIAL) + others)


def answered(path, network, classes, predicted, actual=None, features=None):
    """A file of predictions for one image a row, with these answers."""
    n = len(network)
    photo = np.array([f"photo-{i}" for i in range(n)])
    scores = (np.array(predicted)[:, None] == np.array(classes)).astype(np.float32)
    write_predictions(
        path,
        Predictions(
            photo=photo,
            source=photo,
            network=np.array(network),
            actual=np.array(network if actual is None else actual),
            classes=np.array(classes),
            scores=scores,
            features=np.zeros((n, 0), np.float32) if features is None else np.array(features, np.float32),
            attributes={"score": "probability"},
        ),
    )
    return path


def at_places(path, places):
    """Predictions with two images of each network, whose features on a line are given."""
    network = [name for name in places for _ in range(2)]
    features = [[place, 0.0] for pair in places.values() for place in pair]
    return answered(path, network, list(places), network, features=features)


def parsed(path, task, classes, answers):
    """Predictions of a parser: ``answers`` has for each network the predicted value of each of its images."""
    network = [name for name, values in answers.items() for _ in values]
    return answered(path, network, classes, [value for values in answers.values() for value in values])


def drawn_twice(draw, folder):
    """What ``draw`` wrote by its suffix: a PDF, a PNG with something in it, perhaps a CSV; twice the same bytes."""
    written = []
    for name in ("first", "second"):
        paths = {suffix: folder / name / f"figure.{suffix}" for suffix in ("pdf", "png", "csv")}
        draw(**paths)
        written.append({suffix: path.read_bytes() for suffix, path in paths.items() if path.exists()})
    assert written[0] == written[1]
    assert written[0]["pdf"].startswith(b"%PDF")
    with Image.open(paths["png"]) as image:
        assert image.width >= 1400
        assert np.asarray(image.convert("L")).std() > 10
    return paths


def test_published_networks_are_ordered_by_scale_and_then_by_kind_of_loss(networks):
    found = Predictions(*[np.array([])] * 2, networks.network.to_numpy(), *[np.array([])] * 4)
    assert list(published_rows(networks, [found]).network) == [SMALL, LARGE, GAN, UNKNOWN]
    found.network = np.array([GAN, SMALL])
    assert list(published_rows(networks, [found]).network) == [SMALL, GAN]


def test_separation_is_drawn_of_published_networks_and_averaged_over_seeds(networks, tmp_path):
    custom_network = networks.network[0]
    # Distances within: 1 of two draws, 0 and 2 each with probability 1/2; between: 10, and 2 with the second seed.
    near, far = {GAN: (0, 2), LARGE: (2, 4), SMALL: (0, 0)}, {GAN: (0, 2), LARGE: (10, 12), SMALL: (0, 0)}
    published = [at_places(tmp_path / f"p{i}.h5", places) for i, places in enumerate((near, far))]
    custom = [at_places(tmp_path / "c.h5", {custom_network: (50, 90), **near})]
    paths = drawn_twice(
        lambda pdf, png, csv: plot_separation(published, custom, networks, pdf, png, csv), tmp_path / "figures"
    )
    table = pd.read_csv(paths["csv"])
    assert list(table.columns) == ["classifier", "a", "b", "separation", "std"]
    assert list(table.a.unique()) == list(table.b.unique()) == [SMALL, LARGE, GAN]
    assert len(table) == 2 * 3 * 3
    values = table.set_index(["classifier", "a", "b"])
    first, second = 2 / (2 * 2), 2 / (2 * 10)  # GAN and LARGE: E|a - b| is (2 + 4 + 0 + 2) / 4, and 10
    for pair in ((GAN, LARGE), (LARGE, GAN)):
        assert values.separation["published", *pair] == pytest.approx((first + second) / 2)
        assert values["std"]["published", *pair] == pytest.approx((first - second) / 2)
        assert values.separation["custom", *pair] == pytest.approx(first)
    assert values.separation["custom", SMALL, GAN] == pytest.approx((0 + 1) / (2 * 1))
    assert values["std"]["custom"].isna().all()  # one seed
    assert (table.separation[table.a == table.b] == 1).all()


@pytest.mark.parametrize("number", [1, 30])
def test_separation_is_drawn_of_one_network_and_of_more_than_fit_a_page(number, tmp_path):
    names = [f"net{i}" for i in range(number)]
    rows = [
        NetworkRow(name, name, scale=2 + 2 * (i % 2), loss="L1", origin="published") for i, name in enumerate(names)
    ]
    path = at_places(tmp_path / "p.h5", {name: (i, i + 0.5) for i, name in enumerate(names)})
    plot_separation(
        [path], [path], network_table(rows), tmp_path / "a.pdf", tmp_path / "a.png", csv=tmp_path / "a.csv"
    )
    assert len(pd.read_csv(tmp_path / "a.csv")) == 2 * number**2
    with Image.open(tmp_path / "a.png") as image:
        assert (image.width > 1400) == (number == 30)


def test_classifiers_of_different_networks_are_refused(networks, tmp_path):
    both = at_places(tmp_path / "both.h5", {GAN: (0, 1), SMALL: (3, 4)})
    one = at_places(tmp_path / "one.h5", {GAN: (0, 1)})
    outputs = {"pdf": tmp_path / "a.pdf", "png": tmp_path / "a.png", "csv": tmp_path / "a.csv"}
    with pytest.raises(InputError, match=rf"one\.h5: found no images of {SMALL}"):
        plot_separation([both], [one], networks, **outputs)
    custom = at_places(tmp_path / "custom.h5", {networks.network[0]: (0, 1)})
    with pytest.raises(InputError, match=r"custom\.h5: found no images of any published network"):
        plot_separation([custom], [custom], networks, **outputs)
    prnu = parsed(tmp_path / "prnu.h5", "scale", ["2"], {GAN: ["2"]})
    with pytest.raises(InputError, match=r"prnu\.h5: found no features"):
        plot_separation([prnu], [prnu], networks, **outputs)
    assert not any(path.exists() for path in outputs.values())


def test_published_parsing_is_counted_over_seeds(networks, tmp_path):
    custom_network = networks.network[0]
    scale = [
        {SMALL: ["2"] * 4, GAN: ["2", "2", "2", "4"], custom_network: ["2"]},
        {SMALL: ["2"] * 4, GAN: ["2", "4", "4", "4"], custom_network: ["4"]},
    ]
    architecture = {SMALL: ["RCAN", "EDSR", "EDSR", "EDSR"], GAN: ["RCAN"] * 4}
    parsers = {
        "scale": [parsed(tmp_path / f"scale{i}.h5", "scale", ["2", "4"], answers) for i, answers in enumerate(scale)],
        "architecture": [parsed(tmp_path / "arch.h5", "architecture", ["EDSR", "RCAN", "RDN"], architecture)],
    }
    paths = drawn_twice(
        lambda pdf, png, csv: plot_published_parsing(parsers, networks, pdf, png, csv), tmp_path / "figures"
    )
    table = pd.read_csv(paths["csv"], dtype={"actual": str, "predicted": str})
    assert list(table.columns) == [
        "parser", "network", "actual", "predicted", "count_mean", "share_mean", "share_std"
    ]  # fmt: skip
    assert len(table) == 2 * 2 + 2 * 3  # every network and class, also those never predicted
    assert custom_network not in set(table.network)
    rows = table.set_index(["parser", "network", "predicted"])
    gan = rows.loc[("scale", GAN, "2")]
    assert (gan.actual, gan.count_mean, gan.share_mean, gan.share_std) == ("4", 2, 50, 25)
    small = rows.loc[("scale", SMALL, "2")]
    assert (small.actual, small.count_mean, small.share_mean, small.share_std) == ("2", 4, 100, 0)
    assert rows.share_mean["scale", SMALL, "4"] == 0
    assert rows.share_mean["architecture", SMALL, "EDSR"] == 75
    assert rows.share_mean["architecture", GAN, "RDN"] == 0
    assert rows.actual["architecture", GAN, "RCAN"] == "NewGAN"  # no class of the parser, and kept all the same
    assert rows.share_std["architecture"].isna().all()  # one seed
    assert (table.groupby(["parser", "network"]).share_mean.sum() == 100).all()


def test_parser_evaluated_on_fewer_networks_is_refused(networks, tmp_path):
    all_of_them = parsed(tmp_path / "scale.h5", "scale", ["2", "4"], {SMALL: ["2"], GAN: ["4"]})
    fewer = parsed(tmp_path / "loss.h5", "loss", ["L1", "VGG_GAN"], {SMALL: ["L1"]})
    with pytest.raises(InputError, match=rf"loss\.h5: found no images of {GAN}"):
        plot_published_parsing(
            {"scale": [all_of_them], "loss": [fewer]},
            networks,
            tmp_path / "a.pdf",
            tmp_path / "a.png",
            csv=tmp_path / "a.csv",
        )


def triplet_table():
    """A table of seed triplets with two scales, as `tables.seed_triplets` writes it."""
    rows = [(scale, loss) for scale in ("2", "4") for loss in ("L1", "VGG_GAN")] + [("all", "all")]
    table = pd.DataFrame(rows, columns=["scale", "loss"]).assign(left_out="", triplets=2, images=60)
    accuracy = np.linspace(80, 100, len(table))
    table = table.assign(accuracy_mean=accuracy, accuracy_std=1.0, accuracy_low=accuracy - 10, accuracy_high=100.0)
    prnu = {"prnu_wavelet_euclidean": 50.0, "prnu_wavelet_euclidean_low": 40.0, "prnu_wavelet_euclidean_high": 60.0}
    return table.assign(**prnu, chance=100 / 3)


def test_seed_triplets_are_drawn(tmp_path):
    triplet_table().to_csv(tmp_path / "table.csv", index=False)
    paths = drawn_twice(
        lambda pdf, png, csv: plot_seed_triplets(tmp_path / "table.csv", pdf, png), tmp_path / "figures"
    )
    assert not paths["csv"].exists()


def test_seed_triplets_are_drawn_with_every_series_and_its_intervals(tmp_path):
    table = triplet_table()
    prnu = {"prnu_wavelet_euclidean": "PRNU, wavelet, euclidean"}
    assert plotted_series([*table, "accuracy"]) == {"accuracy": "classifier"} | prnu
    assert plotted_series(table) == prnu, "a study without classifiers of custom networks"
    pictures = []
    others = table.drop(columns="accuracy_low"), table.assign(accuracy_mean=50.0), table.drop(columns="accuracy_mean")
    for i, kept in enumerate((table, *others)):
        kept.to_csv(tmp_path / "table.csv", index=False)
        plot_seed_triplets(tmp_path / "table.csv", tmp_path / f"{i}.pdf", tmp_path / f"{i}.png")
        pictures.append((tmp_path / f"{i}.png").read_bytes())
    assert len(set(pictures)) == 4  # intervals and values are to be seen


def test_what_the_paper_leaves_out_is_not_drawn(tmp_path):
    """A table with and without NLSN, and one of a study that has no NLSN, give the same picture."""
    table = triplet_table()
    both = pd.concat([table.assign(left_out="NLSN"), table.assign(accuracy_mean=50.0)])
    pictures = []
    for i, kept in enumerate((table, both)):
        kept.to_csv(tmp_path / "table.csv", index=False)
        plot_seed_triplets(tmp_path / "table.csv", tmp_path / f"{i}.pdf", tmp_path / f"{i}.png")
        pictures.append((tmp_path / f"{i}.png").read_bytes())
    assert pictures[0] == pictures[1]


def test_other_tables_than_that_of_seed_triplets_are_refused(tmp_path):
    triplet_table().drop(columns="chance").to_csv(tmp_path / "table.csv", index=False)
    with pytest.raises(InputError, match=r"table\.csv: found no column chance"):
        plot_seed_triplets(tmp_path / "table.csv", tmp_path / "a.pdf", tmp_path / "a.png")
