# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that give privileges to who runs them: set-user-ID, set-group-ID, and with capabilities."""

import errno
import os
import stat
import struct
import time
from typing import Any, Callable, Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import privileged_mounts
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
MOST_TOLD = 20
"""So many folders that could not be read are named; of more, the number."""

_CAPABILITY = "security.capability"
_EXECUTABLE = 0o111
_BATCH = 0x0FFF
"""The limits are looked at after so many entries of a folder, and one more: it can hold millions."""


class _Stop(Exception):
    """A limit is reached; the name of the limit."""


class _Walk:
    """One search over several mounts, within one pair of limits."""

    def __init__(self, context: Context, points: FrozenSet[str], clock: Callable[[], float]) -> None:
        self.context = context
        self.points = points
        self.clock = clock
        self.ends = clock() + context.scan_seconds
        self.entries = 0
        self.commands: List[Plain] = []
        self.skipped: List[Tuple[str, str]] = []
        self.unread: List[str] = []
        self.unread_number = 0

    def below(self, top: str) -> None:
        """Search one mount, as the host names its point."""
        ask = True
        todo = [top]
        while todo:
            folder = todo.pop()
            self.within_limits(0)
            if folder in privileged_mounts.CONTAINERS and self._closed(folder):
                self.skipped.append((folder, privileged_mounts.HOLDS_CONTAINERS))
                continue
            try:
                items = os.scandir(self.context.path(folder))
            except OSError as exc:
                self.miss(folder, exc)
                continue
            prefix = folder if folder.endswith("/") else folder + "/"
            seen = 0
            with items:
                try:
                    for item in items:
                        seen += 1
                        if not seen & _BATCH:
                            self.within_limits(seen)
                        if item.is_dir(follow_symlinks=False):
                            if prefix + item.name not in self.points:
                                todo.append(prefix + item.name)
                        elif item.is_file(follow_symlinks=False):
                            try:
                                found = item.stat(follow_symlinks=False)
                            except OSError as exc:
                                self.miss(prefix + item.name, exc)
                                continue
                            if found.st_mode & _EXECUTABLE:
                                ask = self.look(prefix + item.name, item.path, found, ask)
                except OSError as exc:
                    self.miss(folder, exc)
            self.entries += seen
            if self.entries > self.context.scan_entries:
                raise _Stop("entries")

    def within_limits(self, more: int) -> None:
        """Stop where a limit is reached; ``more`` were looked at in a folder that is not done."""
        limit = "entries" if self.entries + more > self.context.scan_entries else None
        limit = limit or ("seconds" if self.clock() > self.ends else None)
        if limit is not None:
            self.entries += more
            raise _Stop(limit)

    def look(self, path: str, place: str, found: os.stat_result, ask: bool) -> bool:
        """Keep an executable file that gives privileges; returns whether this filesystem has capabilities at all."""
        capabilities = None
        if ask:
            try:
                capabilities = decoded(os.getxattr(place, _CAPABILITY, follow_symlinks=False))
            except OSError as exc:
                if exc.errno == errno.ENOTSUP:
                    ask = False
                elif exc.errno != errno.ENODATA:
                    self.miss(path, exc)
        setuid = bool(found.st_mode & stat.S_ISUID)
        # Without execution by the group the bit means a mandatory lock: bprm_fill_uid in fs/exec.c.
        setgid = found.st_mode & (stat.S_ISGID | stat.S_IXGRP) == stat.S_ISGID | stat.S_IXGRP
        if setuid or setgid or capabilities is not None:
            self.commands.append(
                {
                    "path": path,
                    "mode": "{0:04o}".format(stat.S_IMODE(found.st_mode)),
                    "uid": found.st_uid,
                    "gid": found.st_gid,
                    "setuid": setuid,
                    "setgid": setgid,
                    "capabilities": capabilities,
                }
            )
        return ask

    def miss(self, path: str, why: OSError) -> None:
        """Note what could not be read; what has gone meanwhile is no loss."""
        if why.errno in (errno.ENOENT, errno.ENOTDIR):
            return
        self.unread_number += 1
        if len(self.unread) < MOST_TOLD:
            self.unread.append("{0}: {1}".format(path, why.strerror))

    def _closed(self, folder: str) -> bool:
        """Whether the folder is root's and nobody else can enter it."""
        try:
            found = os.stat(self.context.path(folder))
        except OSError:
            return False
        by_group = found.st_gid != 0 and found.st_mode & stat.S_IXGRP
        return found.st_uid == 0 and not by_group and not found.st_mode & stat.S_IXOTH


def collect(context: Context, _posture: Plain) -> Plain:
    """``commands, mounts, skipped, entries, seconds, complete, stopped_by, incomplete, limits, not_seen``.

    Of each command: ``path, mode, uid, gid, setuid, setgid`` and ``capabilities`` (:func:`decoded`, or null).

    Raises:
        EvidenceError: there is no mount table.
    """
    mounts = privileged_mounts.read(context.path("/proc/self/mountinfo"))
    return search(context, privileged_mounts.plan(mounts))


def search(context: Context, plan: privileged_mounts.Search, clock: Callable[[], float] = time.monotonic) -> Plain:
    """Search the mounts of a plan until a limit of the context is reached."""
    began = clock()
    walk = _Walk(context, plan.points, clock)
    skipped: List[Tuple[str, str]] = []
    stopped = None
    done: List[str] = []
    try:
        for top in plan.tops:
            if any(top == folder or top.startswith(folder + "/") for folder, _reason in walk.skipped):
                skipped.append((top, privileged_mounts.HOLDS_CONTAINERS))
                continue
            walk.below(top)
            done.append(top)
    except _Stop as limit:
        stopped = str(limit)
    if stopped is None and walk.unread_number:
        stopped = "unread"
    left = [
        (point, fstype)
        for point, fstype in plan.unsearched
        if not any(point.startswith(folder + "/") for folder, _reason in walk.skipped)
    ]
    if stopped is None and left:
        stopped = "mounts"
    everything = plan.skipped + skipped + walk.skipped
    return {
        "commands": sorted(walk.commands, key=lambda command: str(command["path"])),
        "mounts": done,
        "skipped": [{"mount": mount, "reason": reason} for mount, reason in sorted(everything)],
        "entries": walk.entries,
        "seconds": round(clock() - began, 2),
        "complete": stopped is None,
        "stopped_by": stopped,
        "incomplete": _not_searched(left)
        if stopped == "mounts"
        else _incomplete(context, stopped, walk.unread, walk.unread_number),
        "limits": {"entries": context.scan_entries, "seconds": context.scan_seconds},
        "not_seen": _told(walk.unread, walk.unread_number),
    }


def _incomplete(context: Context, stopped: Optional[str], unread: Sequence[str], number: int) -> Optional[str]:
    if stopped is None:
        return None
    if stopped == "unread":
        more = " and {0} more".format(number - 1) if number > 1 else ""
        return "the search for privileged commands could not read {0}{1}: run as root.".format(unread[0], more)
    limit = context.scan_entries if stopped == "entries" else context.scan_seconds
    return (
        "the search for privileged commands ended after {0} {1}: raise scan_{2} (of the roles: "
        "audit_compliance_scan_{2}, audit_rules_scan_{2})."
    ).format(limit, "files and folders" if stopped == "entries" else "seconds", stopped)


def _not_searched(left: Sequence[Tuple[str, str]]) -> str:
    named = ", ".join("{0} ({1})".format(point, fstype) for point, fstype in left[:MOST_TOLD])
    more = " and {0} more".format(len(left) - MOST_TOLD) if len(left) > MOST_TOLD else ""
    return (
        "programs get privileges on {0}{1}, and what another host or a process serves is not searched: mount it "
        "with nosuid."
    ).format(named, more)


def _told(unread: Sequence[str], number: int) -> List[str]:
    more = number - len(unread)
    return list(unread) + (["and {0} more".format(more)] if more > 0 else [])


class _Sets(NamedTuple):
    permitted: int
    inheritable: int


def decoded(value: bytes) -> Optional[str]:
    """File capabilities in words, or None for empty sets.

    Returns:
        ``permitted=0000000000003000 effective``: the sets in hexadecimal as /proc/PID/status has them, each only
        where it is not empty, the effective bit, and ``rootid=N`` of the user namespace that they hold in.

    The value is a struct vfs_cap_data (include/uapi/linux/capability.h), of revision 1, 2 or 3. One of another
    form is told as ``unknown``: it may give a privilege.
    """
    try:
        magic = struct.unpack_from("<I", value)[0]
        revision = magic >> 24
        pairs = 1 if revision == 1 else 2
        if revision not in (1, 2, 3):
            return "unknown"
        words = struct.unpack_from("<{0}I".format(2 * pairs), value, 4)
        root = struct.unpack_from("<I", value, 4 + 8 * pairs)[0] if revision == 3 else 0
    except struct.error:
        return "unknown"
    sets = _Sets(
        sum(word << (32 * at) for at, word in enumerate(words[0::2])),
        sum(word << (32 * at) for at, word in enumerate(words[1::2])),
    )
    told = ["{0}={1:016x}".format(name, held) for name, held in zip(_Sets._fields, sets) if held]
    if not told:
        return None
    return " ".join(told + (["effective"] if magic & 1 else []) + (["rootid={0}".format(root)] if root else []))
