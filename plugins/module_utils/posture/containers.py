# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes are the host's own: /proc shows those of its containers too, and their daemons serve no host."""

import os
import re
from typing import List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

_PROGRAMS = "/usr/bin"  # every system has it, and no folder that a daemon locks itself into


def is_hosts(context: Context, pid: int) -> Optional[bool]:
    """Whether a process is one of this host: neither of a container nor of another system's tree; None if unknown.

    It is where it has the PID namespace of this /proc and the files that are read here. A daemon that locks itself
    into a folder is the host's. One with a PID namespace of its own and the host's files is either: systemd makes
    such for a service (PrivatePIDs=, systemd.exec(5)), and so does unshare(1).
    """
    nested = is_nested(context, pid)
    same = _has_our_files(context, pid)
    if nested is False:
        return same
    if same is False or (nested and same is None):
        return False
    return None


def is_nested(context: Context, pid: int) -> Optional[bool]:
    """Whether a process has a PID namespace below that of this /proc, as those of containers have.

    Everybody may see it: NSpid of /proc/PID/status has a number for each namespace from that of /proc on (4.1;
    fs/proc/array.c). Before that only the links tell, and root alone may read them.
    """
    status = host_files.text(context, "/proc/{0}/status".format(pid), []) or ""
    numbers = re.search(r"^NSpid:[ \t]*([0-9][0-9 \t]*)$", status, re.MULTILINE)
    if numbers:
        return len(numbers.group(1).split()) > 1
    try:
        own = os.readlink(context.path("/proc/{0}/ns/pid".format(pid)))
    except (FileNotFoundError, NotADirectoryError):  # it has ended, or this kernel has no such namespaces
        return False
    except OSError:
        return None
    first = host_files.link(context, "/proc/1/ns/pid") or host_files.link(context, "/proc/self/ns/pid")
    return None if first is None else own != first


def _has_our_files(context: Context, pid: int) -> Optional[bool]:
    """Whether the root of a process is the one below which the collectors read, or a folder that holds no system."""
    root = "/proc/{0}/root".format(pid)
    try:
        if os.path.samestat(os.stat(context.path(root)), os.stat(context.path("/"))):
            return True
        return _is_jail_or_same(context, root)
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError:
        # Only root may follow the link; what is mounted on the root everybody may see (proc(5), mountinfo).
        theirs, ours = _mounted_on_root(context, str(pid)), _mounted_on_root(context, "self")
        return True if ours is not None and theirs == ours else None
    return True  # it has ended meanwhile


def _is_jail_or_same(context: Context, root: str) -> Optional[bool]:
    """For a process of another root: a snap has its own system's programs and the host's /etc, and a unit can have
    another root alone (TemporaryFileSystem=/, systemd.exec(5))."""
    if any(_is_same(context, root, folder) for folder in (_PROGRAMS, "/etc")):
        return True
    if os.path.exists(context.path(root + _PROGRAMS)):
        return False
    # A path: a folder of its mounts (chroot(2)). Without one it has a root of its own, as containers have.
    return True if (host_files.link(context, root) or "/") != "/" else None


def _is_same(context: Context, root: str, folder: str) -> bool:
    try:
        return os.path.samestat(os.stat(context.path(root + folder)), os.stat(context.path(folder)))
    except (FileNotFoundError, NotADirectoryError):
        return False


def _mounted_on_root(context: Context, pid: str) -> Optional[Tuple[str, str]]:
    """The filesystem (major:minor) and the folder of it that is the root; None where no mount is."""
    found: List[Tuple[str, str]] = []
    for line in (host_files.text(context, "/proc/{0}/mountinfo".format(pid), []) or "").splitlines():
        fields = line.split(" ")
        if len(fields) > 5 and fields[4] == "/":
            found.append((fields[2], fields[3]))
    return found[-1] if found else None  # of several on one point the last one shows
