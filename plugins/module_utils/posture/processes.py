# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes as /proc shows them."""

import os
import re
from typing import Any, Dict, Iterator, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.system import boot_time

Plain = Dict[str, Any]
_GONE = " (deleted)"  # what the kernel puts behind the path of a file that is no longer there (d_path)
_START = 22 - 3  # starttime is field 22 of /proc/PID/stat (proc(5)); the first two end with the last ")"


def pids(context: Context) -> List[int]:
    """Every process that can be seen, in order."""
    return sorted(int(name) for name in host_files.names(context, "/proc", []) if name.isdigit())


def comm(context: Context, pid: int) -> Optional[str]:
    """The name of a process, or None where there is no such process here."""
    found = host_files.text(context, "/proc/{0}/comm".format(pid), [])
    return None if found is None else found.rstrip("\n")


def process(context: Context, pid: int, unseen: List[str]) -> Optional[Plain]:
    """``pid, comm, exe, deleted, started``, or None where there is no such process here.

    ``exe`` is the program's path, null where it may not be seen (then ``deleted`` is null too); ``deleted`` whether
    that file is gone, as after an update without a restart; ``started`` in UTC.
    """
    name = comm(context, pid)
    if name is None:
        return None
    exe: Optional[str] = None
    try:
        exe = os.readlink(context.path("/proc/{0}/exe".format(pid)))
    except FileNotFoundError:  # a kernel thread has none
        pass
    except OSError as exc:
        unseen.append("/proc/{0}/exe: {1}".format(pid, exc.strerror))
    deleted = None if exe is None else exe.endswith(_GONE)
    return {
        "pid": pid,
        "comm": name,
        "exe": exe[: -len(_GONE)] if exe is not None and deleted else exe,
        "deleted": deleted,
        "started": utc(_started(context, pid)),
    }


def owners(context: Context, pid: int) -> List[int]:
    """The users that a process is run by: who started it, and as whom it acts (proc(5), Uid of status).

    None of them where it has ended meanwhile.
    """
    status = host_files.text(context, "/proc/{0}/status".format(pid), []) or ""
    found = re.search(r"^Uid:((?:[ \t]+[0-9]+)+)$", status, re.MULTILINE)
    return [int(word) for word in found.group(1).split()] if found else []


def named(context: Context, name: str) -> Iterator[int]:
    """The processes of one name."""
    return (pid for pid in pids(context) if comm(context, pid) == name)


def _started(context: Context, pid: int) -> Optional[float]:
    booted = boot_time(context)
    words = (host_files.text(context, "/proc/{0}/stat".format(pid), []) or "").rpartition(")")[2].split()
    if booted is None or len(words) <= _START:
        return None
    return booted + int(words[_START]) / float(os.sysconf("SC_CLK_TCK"))
