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
    """A line of /proc/PID/mountinfo (proc(5)): ``root`` is the folder of the filesystem that is mounted here."""

    device: str
    root: str
    point: str
    fstype: str
    options: List[str]


def of(seen: Seen, folder: str) -> Optional[Plain]:
    """``mount, fstype, options, separate, bytes, free, free_percent``; None where the mounts cannot be told.

    ``free`` is what is left for those who are not root, as auditd counts it (f_bavail; src/auditd-event.c).
    ``separate``: a filesystem is mounted on this very folder, or on one of /var/log/audit above it, that nobody else
    fills: neither a folder of one that is mounted elsewhere (a bind mount), nor a subvolume that shares its space with
    others (btrfs); null for a dataset of a pool (zfs), whose reservation is not asked for.
    """
    real = resolved(seen, folder)
    mounts = _mounts(seen)
    mount = _mount_of(mounts, real)
    if mount is None:
        seen.miss("/proc/self/mountinfo", "no mount of {0} in it".format(folder))
        return None
    found: Plain = {
        "mount": mount.point,
        "fstype": mount.fstype,
        "options": mount.options,
        "separate": _own(mount, mounts) if mount.point in (real, "/var/log/audit") else False,
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
    """Where a folder or a file lies when links are followed, as a path of the host."""
    root = seen.context.root
    real = os.path.realpath(seen.context.path(folder))
    if root == "/":
        return real
    above = os.path.realpath(root)
    return real[len(above) :] or "/" if real == above or real.startswith(above + "/") else folder


def _mounts(seen: Seen) -> List[_Mount]:
    found = []
    for _number, line in seen.lines("/proc/self/mountinfo"):
        head, _dash, tail = line.partition(" - ")
        fields = head.split(" ")
        if len(fields) < 6 or not tail:
            continue
        found.append(
            _Mount(fields[2], _unescaped(fields[3]), _unescaped(fields[4]), tail.split(" ")[0], fields[5].split(","))
        )
    return found


def _unescaped(text: str) -> str:
    for code, sign in _ESCAPES:
        text = text.replace(code, sign)
    return text


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def _mount_of(mounts: List[_Mount], real: str) -> Optional[_Mount]:
    best = None
    for mount in mounts:
        # Of the mounts on one point the last one shows.
        if _is_in(real, mount.point) and (best is None or len(mount.point) >= len(best.point)):
            best = mount
    return best


def _own(mount: _Mount, mounts: List[_Mount]) -> Optional[bool]:
    """Whether the space is the mount's alone: no other mount shows more of the filesystem than is seen here.

    The number of a filesystem (st_dev of its superblock) is the same for each of its mounts, and for each subvolume
    of btrfs; datasets of zfs are filesystems of their own in the space of their pool.
    """
    if any(other.device == mount.device and not _is_in(other.root, mount.root) for other in mounts):
        return False
    if mount.fstype == "zfs":
        return None
    return True
