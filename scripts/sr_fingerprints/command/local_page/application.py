"""What the local page asks for: its own files, the answer about an image, and a map of it.

Nothing is kept: an image is in memory, and in a temporary file while it is decoded. Requests that name another host
are refused, so that no site can reach the page under a name of its own (DNS rebinding); images are taken as
``application/octet-stream`` alone, for which browsers ask first before a page of another site may send them.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sr_fingerprints.attribution.images import read_image_bytes
from sr_fingerprints.attribution.one_image import attribute
from sr_fingerprints.command.explanation import explanation
from sr_fingerprints.command.words import HEADLINES
from sr_fingerprints.runtime.errors import InputError

if TYPE_CHECKING:
    from sr_fingerprints.attribution.bundle import Bundle

FOLDER = Path(__file__).parent
FILES = {"/": "page.html", "/page.css": "page.css", "/page.js": "page.js"}
IMAGE = "application/octet-stream"

MAX_BYTES = 64 << 20
"""Of an image file."""

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def application(bundle: "Bundle") -> Starlette:
    """The server's application. One image is looked at at a time; the others wait."""
    one_at_a_time = CapacityLimiter(1)

    def asked(answer: Callable[["Bundle", bytes], Response]) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            if request.headers.get("content-type") != IMAGE:
                return _refused(415, f"found {request.headers.get('content-type')}; allowed: {IMAGE}")
            content = bytearray()
            async for chunk in request.stream():
                content += chunk
                if len(content) > MAX_BYTES:
                    return _refused(413, f"found more than {MAX_BYTES >> 20} MiB; allowed: smaller files")
            try:
                return await run_sync(answer, bundle, bytes(content), limiter=one_at_a_time)
            except InputError as error:
                return _refused(422, str(error))

        return endpoint

    return Starlette(
        routes=[
            *(Route(path, _file(name)) for path, name in FILES.items()),
            Route("/attribute", asked(_answer), methods=["POST"]),
            Route("/map", asked(_map), methods=["POST"]),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


def _file(name: str) -> Callable[[Request], Response]:
    return lambda request: FileResponse(FOLDER / name, headers=HEADERS)


def _refused(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status, HEADERS)


def _answer(bundle: "Bundle", content: bytes) -> Response:
    found = attribute(content, bundle)
    words = {"headline": HEADLINES[found.decision], "explanation": explanation(found, bundle)}
    return JSONResponse({"answer": found.as_json()} | words, headers=HEADERS)


def _map(bundle: "Bundle", content: bytes) -> Response:
    from sr_fingerprints.attribution.heat_map import heat_map
    from sr_fingerprints.attribution.map_figure import draw_map

    image = read_image_bytes(content).pixels
    with tempfile.TemporaryDirectory() as folder:
        png = Path(folder, "map.png")
        draw_map(heat_map(bundle, image), image, png, "")
        return Response(png.read_bytes(), media_type="image/png", headers=HEADERS)
