"""Folders of photos as people have them: any names, links, what cannot be read; and paths with spaces."""

import os
import subprocess
import sys
import time
import unicodedata

import numpy as np
import pytest
from PIL import Image
from smoke_study import ROOT, command

from sr_fingerprints.files.images import ImageFile
from sr_fingerprints.photos.sources import photo_sources
from sr_fingerprints.runtime.errors import InputError

WITHOUT_PRIVILEGES = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
"""Root is asked for no permission, unless it gives these up."""

NAMES = [
    "two words.png",
    unicodedata.normalize("NFC", "für.png"),
    unicodedata.normalize("NFD", "für.png"),
    "日本.png",
    'it\'s "quoted".png',
    "new\nline.png",
    "-rf.png",
    "$(touch made).png",
    "`touch made`.png",
    "a;b&c|d>e.png",
    "100%.png",
    "%s %(name)s.png",
    "back\\slash.png",
    "*?[x].png",
    "~.png",
    "#.png",
    "no suffix",
    "long" * 60 + ".png",
]


def save_photo(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (70, 75, 3), np.uint8)
    with path.open("wb") as stream:
        Image.fromarray(pixels).save(stream, format="png")


def test_the_workflow_takes_photos_of_any_name_in_paths_of_any_name(tmp_path):
    folder = tmp_path / "work of ü's"
    for seed, name in enumerate(NAMES):
        save_photo(folder / "my photos" / "sub folder" / name, seed)
    project = folder / "the project"
    project.symlink_to(ROOT)
    (folder / "mine.yaml").write_text(
        "pathvars: {results: results/é è, logs: logs/é è, benchmarks: benchmarks/é è}\n"
        "photos: {folder: my photos, bundled: [], tile: 64}\n"
        "classifiers: {crop: 32, evaluation_crop: 48}\n"
        "prnu: {crop: 64}\n"
    )
    arguments = command("results/é è/photos-x2.h5")
    arguments[arguments.index("--snakefile") + 1] = project / "Snakefile"
    arguments.insert(arguments.index("--configfile") + 2, "mine.yaml")
    finished = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr[-3000:]
    with ImageFile(folder / "results/é è/photos-x2.h5") as photos:
        assert sorted(photos.source) == sorted(f"sub folder/{name}" for name in NAMES)
    assert (folder / "logs/é è/prepare_photos.log").is_file()
    assert not list(tmp_path.rglob("made"))


@pytest.mark.parametrize("name", ["{braces}.png", "a {1}.png", "}.png", "<results>.png"])
def test_what_snakemake_would_fill_in_is_refused_in_a_name(tmp_path, name):
    save_photo(tmp_path / name)
    with pytest.raises(InputError, match=r"png: braces, or a word in <>, in its name"):
        photo_sources(str(tmp_path), [])


def test_a_name_that_is_not_utf_8_is_refused(tmp_path):
    save_photo(tmp_path / "good.png")
    (tmp_path / "good.png").rename(tmp_path / os.fsdecode(b"b\xffd.png"))
    with pytest.raises(InputError, match=r"b\ufffdd\.png: its name is not UTF-8; rename it"):
        photo_sources(str(tmp_path), [])


def test_links_to_photos_are_followed_and_others_refused(tmp_path):
    save_photo(tmp_path / "elsewhere" / "photo.png")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "linked.png").symlink_to("../elsewhere/photo.png")
    assert list(photo_sources(str(tmp_path / "photos"), [])) == ["linked.png"]
    (tmp_path / "linked").symlink_to("photos")
    assert list(photo_sources(str(tmp_path / "linked"), [])) == ["linked.png"]
    for target in ("nowhere.png", "../elsewhere"):
        (tmp_path / "photos" / "bad").symlink_to(target)
        with pytest.raises(InputError, match=rf"bad: a link to {target}, which is not a file"):
            photo_sources(str(tmp_path / "photos"), [])
        (tmp_path / "photos" / "bad").unlink()


def test_hidden_files_and_folders_are_passed_over(tmp_path):
    for name in ("b.png", "a/c.png", ".hidden.png", ".hidden/d.png", "a/.e.png"):
        save_photo(tmp_path / name)
    assert list(photo_sources(str(tmp_path), [])) == ["a/c.png", "b.png"]


@pytest.mark.parametrize(
    "name",
    [
        "@eaDir/b.png/SYNOFILE_THUMB_XL.jpg",
        "a/@eaDir/c.jpg",
        "a/b.jpg@SynoEAStream",
        "#recycle/b.png",
        "@Recycle/b.png",
        ".@__thumb/s100b.png",
        "$RECYCLE.BIN/S-1-5-18/b.png",
        "System Volume Information/b.dat",
        "Thumbs.db",
        "a/ehthumbs.db",
        "a/THUMBS.DB",
        "Desktop.ini",
        "__MACOSX/._b.png",
        "__MACOSX/b.png",
        "._b.png",
        ".DS_Store",
        "a/Icon\r",
        "lost+found/b.png",
        ".Trash-1000/files/b.png",
        ".thumbnails/normal/b.png",
        ".stfolder/b",
        "a/b.png:Zone.Identifier",
        "FOUND.000/FILE0000.CHK",
        "Picasa.ini",
        "Catalog Previews.lrdata/A/b.jpg",
        "Photos Library.photoslibrary/resources/derivatives/b.jpg",
        "Photos Library.photoslibrary/database/b.jpg",
        "Photos Library.photoslibrary/b.jpg",
        ".dropbox",
    ],
)
def test_what_systems_put_among_photos_is_passed_over(tmp_path, name):
    """Not with names that Snakemake cannot handle, nor times in the future, either."""
    save_photo(tmp_path / "my photos" / "a" / "recycle.png")
    save_photo(tmp_path / "my photos" / name)
    os.utime(tmp_path / "my photos" / name, (2**33, 2**33))
    assert list(photo_sources(str(tmp_path / "my photos"), [])) == ["a/recycle.png"]


def test_of_a_library_of_apple_photos_the_originals_are_taken(tmp_path):
    for name in ("resources/derivatives/A.jpg", "originals/1/A.png", "originals/resources/B.png"):
        save_photo(tmp_path / "Photos.photoslibrary" / name)
    found = [f"Photos.photoslibrary/originals/{name}" for name in ("1/A.png", "resources/B.png")]
    assert list(photo_sources(str(tmp_path), [])) == found
    library = tmp_path / "Photos.photoslibrary"
    assert list(photo_sources(f"{library}/", [])) == ["originals/1/A.png", "originals/resources/B.png"]


def listed_without_privileges(folder):
    code = "import sys; from sr_fingerprints.photos import sources; "
    code += "print(sources.photo_sources(sys.argv[1], []))"
    start = WITHOUT_PRIVILEGES if os.geteuid() == 0 else []
    environment = os.environ | {"PYTHONPATH": str(ROOT / "scripts")}
    return subprocess.run(
        [*start, sys.executable, "-c", code, folder], env=environment, capture_output=True, text=True, check=False
    )


def test_a_folder_that_may_not_be_read_is_named(tmp_path):
    save_photo(tmp_path / "photos" / "photo.png")
    save_photo(tmp_path / "photos" / "closed" / "photo.png")
    assert "photo.png" in listed_without_privileges(tmp_path / "photos").stdout
    for closed in (tmp_path / "photos" / "closed", tmp_path / "photos"):
        closed.chmod(0)
        told = listed_without_privileges(tmp_path / "photos").stderr.splitlines()[-1]
        closed.chmod(0o700)
        assert told.endswith(f"{closed}: cannot be read (Permission denied); make it readable, or move it elsewhere")


def test_a_photo_from_the_future_is_named(tmp_path):
    save_photo(tmp_path / "tomorrow.png")
    tomorrow = time.time() + 86_400
    os.utime(tmp_path / "tomorrow.png", (tomorrow, tomorrow))
    with pytest.raises(InputError, match=rf"tomorrow\.png: last changed on {time.ctime(tomorrow)}, .*`touch` it"):
        photo_sources(str(tmp_path), [])
    (tmp_path / "tomorrow.png").touch()
    assert list(photo_sources(str(tmp_path), [])) == ["tomorrow.png"]
