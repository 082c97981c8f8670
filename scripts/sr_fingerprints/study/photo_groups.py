"""Groups of photos by where they come from: a camera, an agency, a set of wallpapers."""

from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

MIXED = "mixed"
"""Name of the photos of all groups together; a subfolder of this name is the group ``mixed_``."""

AT_THE_TOP = "others"
"""Name of the group of photos that lie in none of the folder's subfolders."""


def photo_groups(
    names: Iterable[str], folder: str | None, groups: Sequence[Mapping[str, Any]], most: int
) -> dict[str, list[str]]:
    """The largest groups of source photos, at most so many, by name: photos of a folder by its subfolder.

    ``names`` are those of `photo_sources`; bundled photos, which have no ``folder``, are in one of the ``groups``
    (name, photos), or in none. A name that ends in ``/`` is of a photo in that folder, which is yet to be fetched;
    such a group has the folder alone (see `is_in_group`). Groups are in descending order of size, equal ones by name.
    """
    found: dict[str, list[str]] = {}
    of_bundled = {photo: group for group, photos in map(itemgetter("name", "photos"), groups) for photo in photos}
    for name in names:
        subfolder, slash, _ = name.partition("/")
        group = of_bundled.get(name) if folder is None else subfolder if slash else AT_THE_TOP
        if group == MIXED:
            group += "_"
        if group is not None:
            found.setdefault(group, []).append(name)
    largest = sorted(found, key=lambda group: (-len(found[group]), group))[:most]
    return {group: list(dict.fromkeys(found[group])) for group in largest}


def is_in_group(photo: str, members: Iterable[str]) -> bool:
    """Whether a source photo is one of a group's ``members``, or lies in a folder that is one."""
    return photo in members or f"{photo.partition('/')[0]}/" in members
