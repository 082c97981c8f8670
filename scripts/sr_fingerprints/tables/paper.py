"""Which rows of our tables the paper's are to be compared with."""

import pandas as pd

LEFT_OUT = ("NLSN",)
"""Architectures whose seed triplets the paper leaves out of its Table 4, as the caption of Figure 4 and Table 4 says:
one of the 30 triplets, (4X, L1, NLSN), had come out at 87.3 %. That is a choice by the outcome, so we show both."""


def in_paper_order(seed_triplets: pd.DataFrame) -> pd.DataFrame:
    """The rows of the table of seed triplets that the paper's Table 4 has: those without what it leaves out, or all
    where the study has nothing of that. In a table that was read from CSV, nothing left out is a missing value."""
    without = seed_triplets.left_out.notna() & (seed_triplets.left_out != "")
    return seed_triplets[without] if without.any() else seed_triplets
