"""Disks of a few megabytes, in memory: to fill up, or to make read-only."""

import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager

import pytest


def _may_mount():
    """Whether this process may mount: root may, but in most containers even root may not."""
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False)
        if mounted.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return mounted.returncode == 0


needs_mount = pytest.mark.skipif(
    not (sys.platform == "linux" and shutil.which("mount") and _may_mount()),
    reason="a small disk has to be mounted, which only Linux's root may, and not in every container",
)


class SmallDisk:
    """A file system of its own in a folder."""

    def __init__(self, folder):
        self.folder = folder
        self._ballast = folder / "ballast"

    def fill(self, left=0):
        """Take all space but ``left`` bytes."""
        with self._ballast.open("wb", buffering=0) as stream:
            free = os.statvfs(self.folder)
            os.posix_fallocate(stream.fileno(), 0, free.f_bavail * free.f_frsize - left)

    def free(self):
        """Give the space back."""
        self._ballast.unlink()

    def make(self, access):
        """Make it ``ro`` or ``rw``."""
        subprocess.run(["mount", "-o", f"remount,{access}", str(self.folder)], check=True)


@contextmanager
def small_disk(folder, megabytes):
    """Mount a disk of this size at ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    size = f"size={megabytes}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)], check=True)
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
