"""Which networks the patches of Figure 2 are shown of. Apart from the drawing, so that a workflow can ask cheaply."""

import pandas as pd


def networks_shown(networks: pd.DataFrame) -> list[str]:
    """Names of the custom networks of the first data set and the first seed, and of all published ones.

    One custom network, that is, for each combination of architecture, scale and loss. ``networks`` is the table
    of networks (see `network_table`); the order is the table's.
    """
    custom = networks[networks.origin == "custom"]
    first = custom[custom.dataset.isin(custom.dataset[:1]) & custom.seed.isin(custom.seed[:1])]
    return [*first.network, *networks.network[networks.origin == "published"]]
