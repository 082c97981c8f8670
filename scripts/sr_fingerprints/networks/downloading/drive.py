"""Files on Google Drive. What its web pages look like is left to gdown, which follows their changes.

The transfer is ours, as for all other sources: gdown's gives up where a server does not resume, and a part that it
leaves behind does not say which version of the file it is of.
"""

from collections.abc import Callable

import gdown
import requests
from gdown.download import get_url_from_gdrive_confirmation
from gdown.exceptions import DownloadError, FileURLRetrievalError

from sr_fingerprints.networks.downloading.content import only_member, refuse_web_page
from sr_fingerprints.networks.downloading.sources import SourceError


def open_file(identifier: str, get: Callable[[str], requests.Response]) -> requests.Response:
    """The response with the content of a file; ``get`` does one request and keeps cookies.

    For large files Drive first asks whether one will do without its virus scan. Raises `SourceError` with the title
    of the page for a file that is not to be had, for instance since too many have downloaded it that day.
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
    """The id of the one file of a folder, or of the folders in it, whose path there fits ``pattern``."""
    try:
        files = gdown.download_folder(id=folder, skip_download=True, quiet=True, use_cookies=False, timeout=60)
    except DownloadError as error:
        raise SourceError(_one_line(error)) from error
    identifiers: dict[str, str] = {file.path: file.id for file in files if not isinstance(file, str)}
    return identifiers[only_member(list(identifiers), pattern)]


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
