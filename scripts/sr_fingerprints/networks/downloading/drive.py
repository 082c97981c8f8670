"""Download files from Google Drive, with gdown to parse its web pages, whose format changes.

The transfer itself is ours, as for all other sources: gdown fails if a server does not resume, and its partial files
do not record the version of the file.
"""

from collections.abc import Callable

import gdown
import requests
from gdown.download import get_url_from_gdrive_confirmation
from gdown.exceptions import DownloadError, FileURLRetrievalError

from sr_fingerprints.networks.downloading.content import only_member, refuse_web_page
from sr_fingerprints.networks.downloading.sources import SourceError


def open_file(identifier: str, get: Callable[[str], requests.Response]) -> requests.Response:
    """Request the content of a file; ``get`` does one request and keeps cookies.

    For large files Drive first asks to confirm a download without virus scan. Raises `SourceError` with the title of
    the page if the file is not available, for instance because its download quota is exceeded.
    """
    response = get(f"https://drive.google.com/uc?export=download&id={identifier}")
    is_page = "html" in response.headers.get("Content-Type", "") and "Content-Disposition" not in response.headers
    if response.status_code != 200 or not is_page:
        return response
    try:
        return get(get_url_from_gdrive_confirmation(response.text))
    except FileURLRetrievalError as error:
        refuse_web_page(response.content)
        raise SourceError(_one_line(error)) from error


def file_in_folder(folder: str, pattern: str) -> str:
    """Id of the one file in a folder or its subfolders whose relative path matches ``pattern``."""
    try:
        files = gdown.download_folder(id=folder, skip_download=True, quiet=True, use_cookies=False, timeout=60)
    except DownloadError as error:
        raise SourceError(_one_line(error)) from error
    identifiers: dict[str, str] = {file.path: file.id for file in files if not isinstance(file, str)}
    return identifiers[only_member(list(identifiers), pattern)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
