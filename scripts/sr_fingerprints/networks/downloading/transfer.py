"""Download one file over HTTP, resuming partial downloads and retrying transient errors."""

import logging
import math
import os
import time
from collections.abc import Iterable
from itertools import chain, count
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from sr_fingerprints.networks.downloading.content import refuse_web_page
from sr_fingerprints.networks.downloading.downloads import Download
from sr_fingerprints.networks.downloading.sources import Source, SourceError, url_problem
from sr_fingerprints.runtime.progress import progress

logger = logging.getLogger(__name__)

ATTEMPTS = 4
BACK_OFF = 2.0
"""Seconds between the first two attempts; they double from one attempt to the next."""
LONGEST_WAIT = 300.0
"""Seconds; if a server asks to wait longer, the source fails."""
TIMEOUT = (10, 60)
"""Seconds for connecting, and between two chunks."""
CHUNK_BYTES = 1 << 20
LARGEST_FILE = 16 << 30
"""Bytes; a hundred times the largest network's file. A server that never stops sending would fill the disk."""


class TransientError(SourceError):
    """A failed attempt that is worth repeating; ``wait`` is the delay in seconds that the server asks for."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


def transfer(source: Source, download: Download) -> None:
    """Download the file of a source to ``download.part``, complete but not verified.

    Raises `SourceError`; the part is kept so that the download can be resumed.
    """
    for attempt in count(1):
        try:
            return _attempt(source, download)
        except TransientError as error:
            wait = max(error.wait, BACK_OFF * 2 ** (attempt - 1))
            if wait > LONGEST_WAIT:
                raise SourceError(f"{error}, and the server asks to wait {wait:.0f} s") from error
            if attempt == ATTEMPTS:
                raise SourceError(f"{error}, {ATTEMPTS} times") from error
            logger.warning("%s: %s; trying again in %.0f s", source, error, wait)
            time.sleep(wait)


def _attempt(source: Source, download: Download) -> None:
    # A compressed stream cannot be resumed.
    headers = {"Accept-Encoding": "identity"}
    if validator := download.validator(str(source)):
        headers |= {"Range": f"bytes={download.size}-", "If-Range": validator}
    try:
        with _Session() as session, _response(session, source, headers) as response:
            _receive(response, source, download)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise TransientError(_root_cause(error)) from error
    except (requests.RequestException, HTTPError) as error:
        raise SourceError(_root_cause(error)) from error


class _Session(requests.Session):
    """A session that follows redirects only to allowed URLs, and never from https to http."""

    def get_redirect_target(self, response: requests.Response) -> str | None:
        target = super().get_redirect_target(response)
        if target is None:
            return None
        url = urljoin(response.url, target)
        if wrong := url_problem(url):
            raise SourceError(f"redirects to {_shown_url(url)}, {wrong}")
        if urlsplit(response.url).scheme == "https" and urlsplit(url).scheme == "http":
            raise SourceError(
                f"redirects from https to {_shown_url(url)}, where anybody on the network could change it"
            )
        return target


def _shown_url(url: str) -> str:
    """The part of a URL that is safe to show: text before an @ may contain a password."""
    return url.rpartition("@")[2][:200]


def _response(session: requests.Session, source: Source, headers: dict[str, str]) -> requests.Response:
    def get(url: str) -> requests.Response:
        if wrong := url_problem(url):
            raise SourceError(wrong)
        return session.get(url, headers=headers, stream=True, timeout=TIMEOUT)

    if source.kind == "url":
        return get(source.place)

    from sr_fingerprints.networks.downloading import drive

    folder = source.kind == "drive_folder"
    return drive.open_file(drive.file_in_folder(source.place, source.file) if folder else source.place, get)


def _receive(response: requests.Response, source: Source, download: Download) -> None:
    match response.status_code:
        case 200:
            chunks = response.iter_content(CHUNK_BYTES)
            first = next(chunks, b"")
            refuse_web_page(first)  # before it replaces a part that is worth keeping
            download.begin(str(source), _validator(response))
            _append(chain([first], chunks), response, download)
        case 206 if _is_continuation(response, source, download):
            _append(response.iter_content(CHUNK_BYTES), response, download)
        case 416 if response.headers.get("Content-Range") == f"bytes */{download.size}":
            pass  # the part is complete: the last attempt was stopped just before it was renamed
        case 206 | 416:
            download.discard()
            raise TransientError("the file has changed since part of it was downloaded")
        case 408 | 429 | 500 | 502 | 503 | 504 as status:
            raise TransientError(f"HTTP {status} {response.reason}", Retry().get_retry_after(response.raw) or 0.0)
        case status:
            raise SourceError(f"HTTP {status} {response.reason}")


def _append(chunks: Iterable[bytes], response: requests.Response, download: Download) -> None:
    length = response.headers.get("Content-Length", "")
    if length.isdecimal() and int(length):
        _check_size(download, download.size + int(length))
        chunks = progress(chunks, f"{download.path.name}, MiB", math.ceil(int(length) / CHUNK_BYTES))
    with download.part.open("ab") as stream:
        for chunk in chunks:
            _check_size(download, stream.tell() + len(chunk))
            stream.write(chunk)
        stream.flush()
        os.fsync(stream.fileno())


def _check_size(download: Download, size: int) -> None:
    if size > LARGEST_FILE:
        download.discard()
        raise SourceError(f"a file of more than {LARGEST_FILE:,} bytes, more than any network has")


def _validator(response: requests.Response) -> str:
    """Identifier of the file's version (strong ETag or date); empty if there is none, which rules out resuming."""
    if "Content-Encoding" in response.headers:  # although not requested: its offsets differ from those in the file
        return ""
    etag = response.headers.get("ETag", "")
    return etag if etag.startswith('"') else response.headers.get("Last-Modified", "")


def _is_continuation(response: requests.Response, source: Source, download: Download) -> bool:
    """Whether the response is the rest of the part, of the same version of the file."""
    same = _validator(response) == download.validator(str(source))
    return same and response.headers.get("Content-Range", "").startswith(f"bytes {download.size}-")


def _root_cause(error: BaseException) -> str:
    """Message of the innermost exception, from the operating system or the protocol."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(error) or type(error).__name__
