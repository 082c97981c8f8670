"""`sr-fingerprints serve`: a page on this machine where one drops images and sees what `attribute` answers."""

import argparse
import importlib.util
import logging
import socket
import webbrowser
from contextlib import suppress

from sr_fingerprints.attribution.one_image import bundle_path, load_bundle
from sr_fingerprints.runtime.errors import InputError
from sr_fingerprints.runtime.light_imports import import_torch

logger = logging.getLogger(__name__)

HOST = "127.0.0.1"
"""Loopback alone: images are sent without encryption, and whoever reaches the page may use the processor."""


def run(given: argparse.Namespace) -> bool:
    """Serve until Ctrl-C. Raises `InputError` without the extra, for a port in use, and for a wrong bundle."""
    if not all(importlib.util.find_spec(name) for name in ("starlette", "uvicorn")):
        raise InputError("serve needs the packages of an extra; install them: uv sync --extra serve")
    listening = _listening(given.port)
    with listening:
        bundle_path(given.bundle)
        import_torch().set_num_threads(1)
        bundle = load_bundle(given.bundle)

        import uvicorn

        from sr_fingerprints.command.local_page.application import application

        address = f"http://{HOST}:{listening.getsockname()[1]}/"
        logger.info("%s: drop images there; Ctrl-C ends it. Bundle %s", address, bundle.name)
        if not given.no_browser and not webbrowser.open(address):
            logger.warning("no browser was found; open the address in one")
        server = uvicorn.Server(uvicorn.Config(application(bundle), log_level="warning", server_header=False))
        with suppress(KeyboardInterrupt):  # this is how it ends
            server.run(sockets=[listening])
    return True


def _listening(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()  # so that a browser that comes before the server waits for it
    except OSError as error:
        found.close()
        why = f"found {port}, which cannot be used ({error.strerror})"
        raise InputError(f"--port: {why}; allowed: another, or 0 for any that is free") from error
    return found
