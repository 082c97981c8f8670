"""Single rows of pandas tables, under types that pandas itself does not give them."""

import pandas as pd
import pytest

from sr_fingerprints.files.table_rows import named_rows, records, row_at

TABLE = pd.DataFrame({"scale": ["2", "4"], "loss": ["L1", "VGG"], "networks": [3, 1], "accuracy": [50.5, 12.25]})


def test_rows_have_the_columns_as_fields():
    assert [(row.scale, row.networks, row.accuracy) for row in named_rows(TABLE)] == [("2", 3, 50.5), ("4", 1, 12.25)]


def test_records_have_python_s_own_numbers():
    assert records(TABLE)[1] == {"scale": "4", "loss": "VGG", "networks": 1, "accuracy": 12.25}
    assert [type(value) for value in records(TABLE)[1].values()] == [str, str, int, float]


def test_a_row_is_found_by_its_key_in_an_index_of_one_or_more_levels():
    assert row_at(TABLE.set_index("scale"), "4").loss == "VGG"
    pd.testing.assert_series_equal(
        row_at(TABLE.set_index(["scale", "loss"]), ("2", "L1")), TABLE.set_index(["scale", "loss"]).loc[("2", "L1")]
    )


def test_a_key_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        row_at(TABLE.set_index("scale"), "3")
    with pytest.raises(KeyError):
        row_at(TABLE.set_index(["scale", "loss"]), ("2", "VGG"))
