# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file of the controller that is there whole or not at all: written beside its place, then renamed."""

from __future__ import annotations

import os
import tempfile


def put(path: str, data: bytes, mode: int = 0o600, *, sync: bool = False, first: bool = False) -> None:
    """Write a file.

    Args:
        path: The file; its folder is there.
        data: What it is to hold.
        mode: Its mode.
        sync: Whether it has to be there after a power cut, too.
        first: Whether one that is there stays as it is.

    Raises:
        FileExistsError: ``first``, and there is one.
        OSError: it cannot be written; what was there before is still there.
    """
    folder = os.path.dirname(path)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fchmod(out.fileno(), mode)
            if sync:
                os.fsync(out.fileno())
        if first:
            os.link(temporary, path)
        else:
            os.replace(temporary, path)
    finally:
        if os.path.lexists(temporary):
            os.unlink(temporary)
    if sync:
        _sync(folder)


def _sync(folder: str) -> None:
    """Bring a rename to the disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
