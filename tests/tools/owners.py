# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose the files in a checkout are: what to do where one cannot be written, and what root hands to the owner."""

from __future__ import annotations

import errno
import os
import pathlib
import pwd
import stat

from layout import CACHE, ROOT
from reports import FOLDER

_REFUSALS = (errno.EACCES, errno.EPERM, errno.EROFS)


def advice(error: OSError) -> str | None:
    """One line for a file of the checkout that could not be written; None for any other error."""
    if error.errno not in _REFUSALS or not isinstance(error.filename, (str, os.PathLike)):
        return None
    path = pathlib.Path(os.fspath(error.filename))
    if not path.is_absolute() or ROOT not in (path, *path.parents):
        return None
    said = f"{path}: cannot be written: {error.strerror}."
    if error.errno == errno.EROFS or CACHE not in (path, *path.parents) or not CACHE.exists():
        return f"{said} Copy the checkout into a folder that you can write to, and run make there."
    owner = _name(next(place for place in (path, *path.parents) if place.exists()).stat().st_uid)
    return f"{said} Remove {CACHE} as {owner}, to whom it belongs; it is made again: su {owner} -c 'rm -rf {CACHE}'"


def hand_over(checkout: pathlib.Path = ROOT, me: int | None = None) -> None:
    """Give what root has made in somebody else's checkout to its owner, who has to read and to replace it."""
    me = os.geteuid() if me is None else me
    owner = checkout.stat()
    if me != 0 or owner.st_uid == 0:
        return
    for top in (checkout / CACHE.name, checkout / FOLDER):
        if top.is_symlink() or not top.is_dir():
            continue
        _give(top.name, owner, dir_fd=None, parent=checkout)
        # By descriptors: a folder of the path may be exchanged for a link meanwhile.
        for _folder, folders, files, descriptor in os.fwalk(top, follow_symlinks=False):
            for name in (*folders, *files):
                _give(name, owner, dir_fd=descriptor)


def _give(name: str, owner: os.stat_result, dir_fd: int | None, parent: pathlib.Path | None = None) -> None:
    path = name if parent is None else str(parent / name)
    try:
        found = os.stat(path, dir_fd=dir_fd, follow_symlinks=False)
        # A file of several names may have one outside.
        if found.st_uid == 0 and (stat.S_ISDIR(found.st_mode) or found.st_nlink == 1):
            os.chown(path, owner.st_uid, owner.st_gid, dir_fd=dir_fd, follow_symlinks=False)
    except OSError:
        pass  # gone meanwhile, or a file system without owners


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
