"""What the tests of getting weights share."""

import pytest
from local_server import Server
from weights_server import Study

from sr_fingerprints.networks.downloading import transfer


@pytest.fixture
def server():
    server = Server()
    yield server
    server.close()


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.setattr(transfer, "BACK_OFF", 0.01)
    return Study(tmp_path)
