"""What the tests of getting weights share."""

import pytest
from weights_server import Study

from sr_fingerprints.networks.downloading import transfer


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "BACK_OFF", 0.01)
    return Study(tmp_path)
