# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drop folder: results that hosts have judged of themselves and pushed, taken one by one and never on trust.

Each host has a folder of its own there, which it can write to. What it drops may
be half of a transfer, or what somebody who holds that host wants to be believed.
So the control node takes a copy of one file, only where it is the result of the
host whose folder it is, and merges the copies.
"""

from __future__ import annotations

import os
import shutil
import stat
from datetime import datetime
from typing import NamedTuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import merging, moments, results
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.problems import Problem

_MOST = 16 * 1024 * 1024
"""A host's result has some 500 kB."""
_SAFELY = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Taken(NamedTuple):
    """``folders`` to merge, one a host, and what was not taken."""

    folders: list[str]
    problems: list[Problem]


def take(drop: str, into: str, now: datetime) -> Taken:
    """Take the results of all hosts.

    Args:
        drop: With a folder for each host, named as the host is in the report.
        into: Where the copies go; what is left there of a run before is removed.
        now: The present, UTC.

    Raises:
        TrailError: the drop folder cannot be listed, or the copies not be made.
    """
    try:
        shutil.rmtree(into, ignore_errors=True)
        os.makedirs(into, mode=0o700)
        names = sorted(name for name in os.listdir(drop) if not name.startswith("."))
    except OSError as exc:
        raise TrailError(
            f"what hosts have dropped cannot be taken: {exc.strerror}",
            file=exc.filename or drop,
            remedy="let the user of the schedule read the drop folder, and set audit_compliance_schedule_drop to it.",
        ) from exc
    taken = Taken([], [])
    for name in names:
        place = os.path.join(drop, name)
        if os.path.islink(place) or not os.path.isdir(place):
            continue
        try:
            folder = _take_one(place, name, os.path.join(into, name), now)
        except OSError as exc:
            raise TrailError(
                f"what hosts have dropped cannot be copied: {exc.strerror}",
                file=exc.filename or into,
                remedy="see that the file system of the schedule's data has room.",
            ) from exc
        except TrailError as exc:
            taken.problems.append(Problem("intake", name, "", "high", "What the host has sent was not taken", str(exc)))
        else:
            if folder:
                taken.folders.append(folder)
    return taken


def _take_one(place: str, host: str, into: str, now: datetime) -> str:
    """A copy of the result of one host; an empty text where it has sent none yet.

    Raises:
        TrailError: it is no result of this host.
    """
    source = results.host_file(place, host)
    try:
        text = _read(source)
    except FileNotFoundError:
        return ""
    except OSError as exc:
        raise TrailError(f"it cannot be read: {exc.strerror}", file=source) from exc
    copy = results.host_file(into, host)
    os.makedirs(os.path.dirname(copy), mode=0o700)
    with open(copy, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        out.write(text)
    (found,) = merging.read([into], now)
    if found["host"] != host:
        raise TrailError(
            f"it says that it is of {str(found['host'])!r}.",
            file=source,
            remedy="see who can write there; a folder takes the result of the host whose name it has.",
        )
    at = str((found.get("evidence") or {}).get("collected") or found["finished"])
    if at > moments.told(now + moments.SLACK):
        raise TrailError(f"it is of {at}, which is still to come.", file=source, remedy="set the clock of that host.")
    return into


def _read(path: str) -> bytes:
    """The file, where it is a plain one of a size that a result can have; what it leads to is not followed.

    Raises:
        OSError: it cannot be opened.
        TrailError: it is something else.
    """
    folder = os.path.dirname(path)
    if os.path.islink(folder):
        raise TrailError("this is a link, not a folder.", file=folder)
    handle = os.open(path, _SAFELY)
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            raise TrailError("this is no file.", file=path)
        if status.st_size > _MOST:
            raise TrailError(f"this has {status.st_size} bytes, which no result has.", file=path)
        with os.fdopen(os.dup(handle), "rb") as source:
            return source.read(_MOST + 1)
    finally:
        os.close(handle)
