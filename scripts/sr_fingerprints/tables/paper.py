"""Choice of the rows of our tables that correspond to the paper's."""

import pandas as pd

LEFT_OUT = ("NLSN",)
"""Architectures whose seed triplets the paper leaves out of its Table 4, as the caption of Figure 4 and Table 4 says:
one of the 30 triplets, (4X, L1, NLSN), had come out at 87.3 %. Since that choice depends on the outcome, we show
both."""


def select_paper_rows(seed_triplets: pd.DataFrame) -> pd.DataFrame:
    """Rows of the table of seed triplets that correspond to the paper's Table 4.

    These are the rows without the architectures in `LEFT_OUT`, or all rows if the study has none of them.
    ``left_out`` is empty, or missing in a table read from CSV, where no architecture is left out.
    """
    without = seed_triplets.left_out.notna() & (seed_triplets.left_out != "")
    return seed_triplets[without] if without.any() else seed_triplets
