# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Disk images of Debian releases, by mmdebstrap and mke2fs; kept until the recipe changes.

Those of releases to come are made anew each month: the packages they are tried for are the newest ones.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import time
from typing import Any, NamedTuple

from . import disks, offers
from .recipes import UNRELEASED, Recipe

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = pathlib.Path(os.environ.get("AUDITOPS_LAB_DIR") or ROOT / ".cache" / "lab")
MIRROR = os.environ.get("AUDITOPS_LAB_MIRROR") or "http://deb.debian.org/debian"
TIMEOUT = 1200  # seconds for one program of one image; on an idle machine an image takes one minute
SIZE = 4 << 30  # bytes of the disk, of which a file holds only what is written
_LAYOUT = 1  # counted up where this code makes another image of the same recipe
_NEWEST_KEYS = "trixie"
_ALONE = ("unshare", "--fork", "--kill-child", "--pid", "--mount-proc")
"""What is run by it mounts where nobody sees it, and no process of it outlives it: mmdebstrap mounts what this machine
has in /dev below the tree, which is removed whatever becomes of the build."""
_KEYS = pathlib.Path("/usr/share/keyrings/debian-archive-keyring.gpg")
"""Of debian-archive-keyring. Named for each mirror, as only Debian's own apt trusts them unasked."""


class Image(NamedTuple):
    """What QEMU boots: read only, each guest writes into a copy of its own."""

    disk: pathlib.Path
    kernel: pathlib.Path
    initrd: pathlib.Path
    key: pathlib.Path
    boots_itself: bool = False


class Failed(Exception):
    """An image could not be made; with the end of what the program said."""


def key() -> pathlib.Path:
    """The private key that opens every guest, made once."""
    path = FOLDER / "key"
    if not path.is_file():
        FOLDER.mkdir(parents=True, exist_ok=True)
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", str(path)]
        subprocess.run(command, check=True, timeout=60)
    return path


def _stamp(recipe: Recipe) -> str:
    """What tells whether an image is still the one that would be built."""
    parts = (_LAYOUT, SIZE, recipe, sorted(recipe.files().items()), recipe.commands(), MIRROR, _public_key())
    if recipe.release in UNRELEASED:
        parts += (time.strftime("%Y-%m", time.gmtime()),)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _public_key() -> str:
    return key().with_suffix(".pub").read_text()


def _image(recipe: Recipe) -> Image:
    folder = FOLDER / recipe.name
    return Image(folder / "disk.img", folder / "vmlinuz", folder / "initrd.img", key(), recipe.boots_itself)


def found(recipe: Recipe) -> Image | None:
    """The image if it lies there and was built by this recipe."""
    stamp = FOLDER / recipe.name / "recipe"
    return _image(recipe) if stamp.is_file() and stamp.read_text() == _stamp(recipe) else None


def build(recipe: Recipe) -> Image:
    """The image, built where it is not there yet (root and a Debian mirror are needed). One process at a time builds.

    Raises:
        Failed: a program failed or took too long; all that it said is in FOLDER/NAME/build.log.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return found(recipe) or _build(recipe)


def _build(recipe: Recipe) -> Image:
    folder = FOLDER / recipe.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    log = folder / "build.log"
    try:
        _make(recipe, folder, log)
    except (OSError, subprocess.SubprocessError) as error:
        said = log.read_text(errors="replace")[-2000:] if log.is_file() else ""
        raise Failed(f"{recipe.name}: {error}\n{said}") from None
    finally:
        shutil.rmtree(folder / "tree", ignore_errors=True)
    (folder / "recipe").write_text(_stamp(recipe))
    return _image(recipe)


def _make(recipe: Recipe, folder: pathlib.Path, log: pathlib.Path) -> None:
    image, tree = _image(recipe), folder / "tree"
    with open(log, "wb") as output:

        def call(*command: str, **more: Any) -> None:
            subprocess.run(
                command, check=True, stdout=output, stderr=output, stdin=subprocess.DEVNULL, timeout=TIMEOUT, **more
            )

        bootstrap = (*_alone(), "mmdebstrap")
        options = ["--variant=minbase", "--include=" + ",".join(dict.fromkeys(recipe.packages))]
        source = _from(recipe.release, tree)
        if recipe.release in UNRELEASED:
            source = _from(recipe.release, tree, signed=False)  # by keys that the ones here need not hold
            call(*bootstrap, "--variant=extract", "--include=debian-archive-keyring", *_from(_NEWEST_KEYS, tree))
            keys = tree.rename(folder / "keys") / "usr" / "share" / "keyrings"
            options += [f"--keyring={keys}", '--aptopt=Acquire::Check-Valid-Until "false"']
        if recipe.offered:
            options.append(offers.hook(recipe.offered))
        call(*bootstrap, *options, *source)
        _furnish(tree, recipe)
        for command in recipe.commands():
            call("chroot", str(tree), *command.split())
        if recipe.offered:
            offers.index(tree)
        for kind, copy in (("vmlinuz", image.kernel), ("initrd.img", image.initrd)):
            shutil.copy(next((tree / "boot").glob(kind + "-*")), copy)
        if recipe.boots_itself:
            disks.with_boot_loader(tree, image.disk, SIZE, call)
        else:
            disks.plain(tree, image.disk, SIZE, call)
    shutil.rmtree(folder / "keys", ignore_errors=True)


def _alone() -> tuple[str, ...]:
    """Nothing where no namespace may be made: mmdebstrap cannot mount there either, and copes."""
    try:
        tried = subprocess.run(
            [*_ALONE, "true"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60
        )
    except FileNotFoundError:
        return ()
    return () if tried.returncode else _ALONE


def _from(release: str, tree: pathlib.Path, signed: bool = True) -> tuple[str, ...]:
    """mmdebstrap's last words: the suite, where to, and the line of the mirror as sources.list(5) has it."""
    keys = f"[signed-by={_KEYS}] " if signed and _KEYS.is_file() else ""
    return release, str(tree), f"deb {keys}{MIRROR} {release} main"


def _furnish(tree: pathlib.Path, recipe: Recipe) -> None:
    for path, text in recipe.files().items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_text(text)
    keys = tree / "root" / ".ssh" / "authorized_keys"
    keys.parent.mkdir(mode=0o700, exist_ok=True)
    shutil.copy(key().with_suffix(".pub"), keys)
    keys.chmod(0o600)
