# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""auditd's service where systemd is not process 1: pid files, processes, and the links that runlevels are made of."""

import fnmatch
import re
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import containers, host_files, loading, processes
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_NAME = "auditd"
_PID = re.compile(r"[0-9]{1,10}\Z")
_PID_FILES = ("/run/auditd.pid", "/run/audit/auditd.pid", "/var/run/auditd.pid")  # 4.2 moved it
# By the name of process 1: the folders and the names of the links that start auditd at boot. Several inits have the
# name init; whose folders there are tells.
_RUNLEVELS = {
    "init": (("/etc/runlevels/default", "auditd"), ("/etc/runlevels/boot", "auditd"))
    + tuple(("/etc/rc{0}.d".format(level), "S[0-9][0-9]auditd") for level in (2, 3, 4, 5)),
    "openrc-init": (("/etc/runlevels/default", "auditd"), ("/etc/runlevels/boot", "auditd")),
    "runit": (("/var/service", "auditd"), ("/etc/service", "auditd")),
}


def collect(context: Context, init: Optional[str]) -> Plain:
    """``running, enabled, rules_at_boot, loader, main_pid, not_seen`` of auditd."""
    unseen: List[str] = []
    pid = _pid(context, unseen)
    enabled = _enabled(context, init, unseen)
    if enabled is None:
        unseen.append("what {0} as process 1 starts at boot is not known".format(init or "an unknown program"))
    loader = loading.of_script(context, unseen)
    return {
        "running": None if pid is None else pid != 0,
        "enabled": enabled,
        "rules_at_boot": enabled if not enabled else (None if loader is None else bool(loader)),
        "loader": loader or None,
        "main_pid": pid,
        "not_seen": unseen,
    }


def _pid(context: Context, unseen: List[str]) -> Optional[int]:
    if processes.comm(context, 1) is None:  # hidepid (proc(5)) hides the processes of others
        unseen.append("the processes of other users")
        return None
    known: Optional[int] = 0
    told = _told(context)
    for pid in told + [pid for pid in processes.named(context, _NAME) if pid not in told]:
        # Anybody can call a process of his own auditd, and a container can run one: the host's is root's.
        if set(processes.owners(context, pid)) != {0}:
            continue
        own = containers.is_hosts(context, pid)
        if own:
            return pid
        if own is None:
            unseen.append("/proc/{0}: whether this auditd is the host's or a container's".format(pid))
            known = None
    return known


def _told(context: Context) -> List[int]:
    """The processes that pid files name, as far as they are called auditd: a pid file outlives its process."""
    told = [(host_files.text(context, path, []) or "").strip() for path in _PID_FILES]
    numbers = [int(number) for number in told if _PID.match(number)]
    return [number for number in numbers if processes.comm(context, number) == _NAME]


def _enabled(context: Context, init: Optional[str], unseen: List[str]) -> Optional[bool]:
    seen: Optional[bool] = None
    for folder, pattern in _RUNLEVELS.get(init or "", ()):
        if not host_files.there(context, folder):
            continue
        before = len(unseen)
        if fnmatch.filter(host_files.names(context, folder, unseen), pattern):
            return True
        if len(unseen) > before:
            return None
        seen = False
    return seen
