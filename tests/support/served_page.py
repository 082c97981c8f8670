"""The page of `sr-fingerprints serve` with the tiny bundle, on a free port of the loopback address."""

import socket
import threading
from contextlib import contextmanager

import pytest
import tiny_bundle


@contextmanager
def served_page():
    """Host and port of the page, while it is served; skips without the extra `serve`."""
    uvicorn = pytest.importorskip("uvicorn", reason="needs the extra `serve`")
    pytest.importorskip("starlette", reason="needs the extra `serve`")
    from sr_fingerprints.command.local_page.application import application

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    server = uvicorn.Server(uvicorn.Config(application(tiny_bundle.tiny_bundle()), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join(20)
