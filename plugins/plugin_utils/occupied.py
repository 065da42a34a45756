# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run at a time in a folder of results: the second one is told so before anything is written.

The tasks of a run are processes of their own, so no lock can be held over them.
What says that a folder is taken is a file in it, which names ansible-playbook's
own process; whoever finds it looks whether that process still lives. Looking
and taking are one step, under a lock that the kernel gives up with its process.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import moments, this_run

WRITE_REMEDY = (
    "set audit_compliance_result_dir (of a rollout: rollout_result_dir) to a folder that the user of the controller "
    "can write to."
)
FILE = ".taken"
_LONGEST = timedelta(hours=24)
"""For how long a run on another controller, whose processes cannot be seen from here, is believed to go on."""


# The file is emptied and written: where somebody else can write to the folder, it must not lead to another file.
_SAFELY = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Taken(TrailError):
    """Another run is writing into the folder."""


def take(folder: str, temporary: str, process: int, now: datetime) -> None:
    """Take the folder for this run; whatever task of it comes first does it, and the others find it taken by theirs.

    Args:
        folder: Where the results go.
        temporary: The temporary folder of this run of ansible-playbook, which tells runs apart.
        process: The process of ansible-playbook, the parent of each task.
        now: The present, UTC.

    Raises:
        Taken: another run is using it. A run that was refused once is refused for all of its hosts.
        TrailError: the folder cannot be written to.
    """
    refused = this_run.known(temporary, "taken", folder)
    if refused is not None:
        raise _taken(folder, json.loads(refused))
    with _held(folder) as handle:
        found = _read(handle)
        if found is not None and found.get("temporary") != temporary and _lives(found, now):
            this_run.once(temporary, "taken", folder, json.dumps(found))
            raise _taken(folder, found)
        if found is None or found.get("temporary") != temporary:
            _write(handle, _owner(temporary, process, now))


def release(folder: str, temporary: str) -> None:
    """Give the folder back, where it is this run's; the report does it when it has written everything.

    A run that dies before that needs no release: its process is gone.

    Args:
        folder: Where the results went.
        temporary: The temporary folder of this run of ansible-playbook.

    Raises:
        TrailError: the folder cannot be written to.
    """
    if not os.path.lexists(os.path.join(folder, FILE)):
        return
    with _held(folder) as handle:
        found = _read(handle)
        if found is not None and found.get("temporary") == temporary:
            _write(handle, None)


def is_taken(folder: str, now: datetime) -> bool:
    """Whether some run that still goes on has the folder; nothing is made there.

    Args:
        folder: A folder of results, which need not be there.
        now: The present, UTC.
    """
    try:
        handle = os.open(os.path.join(folder, FILE), os.O_RDONLY | _SAFELY)
    except OSError:
        return False
    try:
        found = _read(handle) if _is_ours(handle) else None
    finally:
        os.close(handle)
    return found is not None and _lives(found, now)


@contextmanager
def _held(folder: str) -> Iterator[int]:
    """The file of the folder, open, while no other process looks at it."""
    path = os.path.join(folder, FILE)
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _SAFELY, 0o600)
    except OSError as exc:
        if exc.errno == errno.ELOOP:
            raise _no_file(path) from exc
        raise TrailError(
            f"the folder of results cannot be written to: {exc.strerror}",
            file=path,
            remedy=WRITE_REMEDY,
        ) from exc
    try:
        status = os.fstat(handle)
        if stat.S_ISREG(status.st_mode) and status.st_nlink > 1 and not status.st_size:
            handle = _anew(handle, path)
        if not _is_ours(handle):
            raise _no_file(path)
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def _anew(handle: int, path: str) -> int:
    """The file in place of an empty one that has a second name, as in a snapshot of the folder by hard links: between
    runs it is empty, so nothing is lost."""
    os.close(handle)
    os.unlink(path)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _SAFELY, 0o600)


def _is_ours(handle: int) -> bool:
    """Whether it is a file that has no second name elsewhere: no pipe, no device, no hard link to another file."""
    status = os.fstat(handle)
    return stat.S_ISREG(status.st_mode) and status.st_nlink <= 1


def _no_file(path: str) -> TrailError:
    return TrailError(
        "this is no plain file of its own, and would be written to as that of another run.",
        file=path,
        remedy="remove it, and see who else can write to this folder.",
    )


def _read(handle: int) -> dict[str, Any] | None:
    """Who has the folder; None where nobody has it, or what stands there was not written by us."""
    os.lseek(handle, 0, os.SEEK_SET)
    try:
        found = json.loads(os.read(handle, 65536) or b"null")
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _write(handle: int, owner: dict[str, Any] | None) -> None:
    os.ftruncate(handle, 0)
    os.lseek(handle, 0, os.SEEK_SET)
    if owner is not None:
        os.write(handle, json.dumps(owner, indent=1, sort_keys=True).encode() + b"\n")


def _owner(temporary: str, process: int, now: datetime) -> dict[str, Any]:
    return {
        "temporary": temporary,
        "process": process,
        "began": _began(process),
        "controller": socket.gethostname(),
        "since": moments.told(now),
    }


def _lives(found: dict[str, Any], now: datetime) -> bool:
    """Whether the run that took the folder is still going on, as far as it can be seen from here."""
    if found.get("controller") != socket.gethostname():
        try:
            return now - moments.instant(str(found.get("since"))) < _LONGEST
        except ValueError:
            return False
    process = found.get("process")
    if not isinstance(process, int) or process <= 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and is another user's
        pass
    # The number may have gone to another process since.
    return found.get("began") is None or _began(process) in (None, found["began"])


def _began(process: int) -> int | None:
    """When a process began, in ticks since the boot (proc(5), stat, field 22); None where there is no /proc."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            return int(file.read().rpartition(")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return None


def _taken(folder: str, found: dict[str, Any]) -> Taken:
    here = found.get("controller") == socket.gethostname()
    where = f"process {found.get('process')}" + ("" if here else f" on {found.get('controller')}")
    sure = "" if here else f", or remove {FILE} in it if that run is over"
    return Taken(
        f"another run is writing its results here ({where}, since {found.get('since')}); two would mix them.",
        file=folder,
        remedy=f"wait for it to end, or give this run another audit_compliance_result_dir{sure}.",
    )
