# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filesystem that a folder lies on."""

import os
from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

Plain = Dict[str, Any]
_ESCAPES = (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\"))


class _Mount(NamedTuple):
    """A line of /proc/PID/mountinfo (proc(5))."""

    point: str
    fstype: str
    options: List[str]


def of(seen: Seen, folder: str) -> Optional[Plain]:
    """``mount, fstype, options, separate, bytes, free, free_percent``; None where the mounts cannot be told.

    ``free`` is what is left for those who are not root, as auditd counts it (f_bavail; src/auditd-event.c).
    ``separate``: the filesystem is mounted on this very folder, or on one of /var/log/audit above it.
    """
    real = resolved(seen, folder)
    mount = _mount_of(seen, real)
    if mount is None:
        seen.miss("/proc/self/mountinfo", "no mount of {0} in it".format(folder))
        return None
    found: Plain = {
        "mount": mount.point,
        "fstype": mount.fstype,
        "options": mount.options,
        "separate": mount.point == real or mount.point == "/var/log/audit",
        "bytes": None,
        "free": None,
        "free_percent": None,
    }
    try:
        state = os.statvfs(seen.context.path(folder))
    except OSError as exc:
        seen.miss(folder, exc)
        return found
    found["bytes"] = state.f_blocks * state.f_frsize
    found["free"] = state.f_bavail * state.f_frsize
    if state.f_blocks:
        found["free_percent"] = round(100.0 * state.f_bavail / state.f_blocks, 1)
    return found


def resolved(seen: Seen, folder: str) -> str:
    """Where a folder lies when links are followed, as a path of the host."""
    root = seen.context.root
    real = os.path.realpath(seen.context.path(folder))
    if root == "/":
        return real
    above = os.path.realpath(root)
    return real[len(above) :] or "/" if real == above or real.startswith(above + "/") else folder


def _mount_of(seen: Seen, real: str) -> Optional[_Mount]:
    best = None
    for _number, line in seen.lines("/proc/self/mountinfo"):
        head, _dash, tail = line.partition(" - ")
        fields = head.split(" ")
        if len(fields) < 6 or not tail:
            continue
        point = fields[4]
        for code, sign in _ESCAPES:
            point = point.replace(code, sign)
        below = real == point or real.startswith(point.rstrip("/") + "/")
        # Of the mounts on one point the last one shows.
        if below and (best is None or len(point) >= len(best.point)):
            best = _Mount(point, tail.split(" ")[0], fields[5].split(","))
    return best
