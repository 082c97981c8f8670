"""Studies of a part: some origins of networks, some kinds of experiments; what tables and figures these have."""

from itertools import combinations

import yaml
from smoke_study import SMOKE as FILE

SMOKE = yaml.safe_load(FILE.read_text())
ANSWERS = SMOKE.pop("attribution")  # of an experiment that these studies do not have
OWN = [{"network": f"own{number}", "scale": 2, "weights": f"own{number}.pth"} for number in (1, 2)]
CUSTOM, PUBLISHED, TWINS = (SMOKE["networks"][key] for key in ("architectures", "published", "twins"))

ATTRIBUTION = {
    "custom": {"name": "a1", "task": "network", "evaluate_on": ["custom"]},
    "never_saw": {"name": "a2", "task": "network", "evaluate_on": ["custom", "published"]},
    "published": {"name": "a3", "task": "network", "train_on": ["published"]},
}
ROWS = ATTRIBUTION | {
    "backbone": {"name": "b", "task": "network", "train_on": ["custom", "published"]},
    "parser": {"name": "p", "task": "loss"},
    "open_set": {"name": "o", "task": "network", "withhold": {"seed": 2}, "evaluate_on": ["custom"]},
    "prnu": {"name": "n1", "task": "network", "method": "prnu_euclidean"},
    "published_prnu": {"name": "n2", "task": "network", "train_on": ["published"], "method": "prnu_correlation"},
    "twins": {"name": "c1", "task": "network", "train_on": ["twin"]},
    "photos": {"name": "c2", "task": "network", "train_on": ["real", "interpolated"]},
}
"""A row of each kind, under names that mean nothing."""

NEED_GIVEN = {"never_saw", "published", "backbone", "published_prnu"}  # networks that were not trained here
NEED_TRAINED = {"custom", "never_saw", "backbone", "parser", "open_set", "prnu", "twins"}  # networks that were
ORIGINS = [some for size in (1, 2, 3) for some in combinations(("custom", "published", "own"), size)]


def config_of(origins, kinds, rows=ROWS):
    """The smoke study with networks of these origins, and one experiment of each of these kinds."""
    chosen = {
        "architectures": CUSTOM if "custom" in origins else [],
        "published": PUBLISHED if "published" in origins else [],
        "own": OWN if "own" in origins else [],
        "twins": TWINS if "twins" in kinds else [],
        "derived": [],
    }
    return SMOKE | {"networks": SMOKE["networks"] | chosen, "experiments": [rows[kind] for kind in kinds]}


def possible(origins):
    """The kinds of experiments that a study with networks of these origins can have."""
    without = set() if "custom" in origins else NEED_TRAINED
    without = without | (set() if {"published", "own"} & set(origins) else NEED_GIVEN)
    return [kind for kind in ROWS if kind not in without]


def expected_items(kinds, origins):
    """Worked out once more: what a study has of tables and figures, by the kinds of its experiments."""
    kinds = set(kinds)
    custom, published = kinds & {"custom", "never_saw"}, kinds & {"published"}
    items = {"tables/datasets", "tables/quality", "figures/overview", "figures/patches", "figures/quality"}
    items |= {f"{kind}/{name}" for kind in ("tables", "figures") for name in ("pipelines", "photo_sources")}
    if custom:
        items |= {"figures/tsne_custom"}
    if custom or "prnu" in kinds:
        items |= {"tables/accuracy_by_hyperparameter", "tables/seed_triplets", "figures/seed_triplets"}
    if published or "published_prnu" in kinds:
        items |= {"tables/published_networks"}
    if published or "never_saw" in kinds:
        items |= {"figures/tsne_published", "figures/separation"}
    if custom or published:
        items |= {"tables/attacks", "figures/attacks"}
    if "prnu" in kinds or "published_prnu" in kinds:
        items |= {"tables/prnu"}
    if {"never_saw", "open_set"} & kinds:
        items |= {"tables/open_set", "tables/unknown_networks", "figures/open_set"}
    if {"twins", "photos"} & kinds:
        items |= {"tables/controls"}
    if custom or published:
        items |= {
            f"tables/{name}" for name in ("calibration", "likelihood_ratios", "conformal_sets", "evidence_growth")
        }
        items |= {f"figures/{name}" for name in ("calibration", "likelihood_ratios", "evidence_growth")}
    items |= {"tables/grid_energy", "figures/network_spectra", "figures/network_residuals"}
    if custom or published:
        items |= {"tables/fingerprint_parts"}
        # Two published networks, or two of one's own, share nothing that tells them from others.
        items |= {"tables/nearest_networks"} if custom or {"published", "own"} <= set(origins) else set()
        items |= {"figures/confusion", "figures/network_dendrogram"}
    if {"custom", "never_saw", "published", "prnu", "published_prnu"} & kinds:
        items |= {"tables/robustness", "figures/robustness", "figures/robustness_by_network"}
    items |= {f"tables/{kind}s" for kind in ("backbone", "parser") if kind in kinds}
    if items & {f"tables/{name}" for name in ("accuracy_by_hyperparameter", "published_networks")} or (
        {"backbone", "parser"} & kinds
    ):
        items |= {"tables/values"}
    return items
