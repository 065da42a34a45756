# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time: a lock that the kernel gives up with the last process of a run."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

FILE = ".lock"


class Held(TrailError):
    """Another run goes on."""


@contextmanager
def hold(folder: str) -> Iterator[int]:
    """Hold the lock of a schedule.

    The descriptor is given to the playbook as well: where only the runner is killed, the next run finds that its
    playbook still goes on.

    Args:
        folder: The data of the schedule.

    Yields:
        The descriptor that holds it.

    Raises:
        Held: another process holds it; with its number.
        TrailError: the folder cannot be written to.
    """
    path = os.path.join(folder, FILE)
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as exc:
        raise TrailError(
            f"the lock of the schedule cannot be opened: {exc.strerror}",
            file=path,
            remedy="run as the user of the schedule.",
        ) from exc
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            holder = os.read(handle, 64).decode("ascii", "replace").strip() or "not known"
            raise Held(
                f"another run goes on (process {holder}); this one is left out.",
                file=path,
                remedy="wait for it to end, or see why it takes longer than the pause between two runs.",
            ) from exc
        # Its number is for people; a full disk takes none.
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield handle
    finally:
        os.close(handle)
