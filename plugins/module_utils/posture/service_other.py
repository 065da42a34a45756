# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""auditd's service where systemd is not process 1: pid files, processes, and the links that runlevels are made of."""

import fnmatch
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files, processes
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_PID_FILES = ("/run/auditd.pid", "/run/audit/auditd.pid", "/var/run/auditd.pid")  # 4.2 moved it
# By the name of process 1: the folders and the names of the links that start auditd at boot. Several inits have the
# name init; whose folders there are tells.
_RUNLEVELS = {
    "init": (("/etc/runlevels/default", "auditd"), ("/etc/runlevels/boot", "auditd"))
    + tuple(("/etc/rc{0}.d".format(level), "S[0-9][0-9]auditd") for level in (2, 3, 4, 5)),
    "openrc-init": (("/etc/runlevels/default", "auditd"), ("/etc/runlevels/boot", "auditd")),
    "runit": (("/var/service", "auditd"), ("/etc/service", "auditd")),
}
_SCRIPTS = ("/etc/init.d/auditd", "/etc/rc.d/init.d/auditd", "/var/service/auditd/run", "/etc/service/auditd/run")


def collect(context: Context, init: Optional[str]) -> Plain:
    """``running, enabled, rules_at_boot, main_pid, not_seen`` of auditd."""
    unseen: List[str] = []
    pid = _pid(context, unseen)
    enabled = _enabled(context, init, unseen)
    if enabled is None:
        unseen.append("what {0} as process 1 starts at boot is not known".format(init or "an unknown program"))
    return {
        "running": None if pid is None else pid != 0,
        "enabled": enabled,
        "rules_at_boot": enabled if not enabled else _loads_rules(context, unseen),
        "main_pid": pid,
        "not_seen": unseen,
    }


def _pid(context: Context, unseen: List[str]) -> Optional[int]:
    for path in _PID_FILES:
        told = (host_files.text(context, path, []) or "").strip()
        # A pid file outlives its process: the number may be another's by now.
        if told.isdigit() and processes.comm(context, int(told)) == "auditd":
            return int(told)
    found = next(processes.named(context, "auditd"), 0)
    if not found and processes.comm(context, 1) is None:  # hidepid (proc(5)) hides the processes of others
        unseen.append("the processes of other users")
        return None
    return found


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


def _loads_rules(context: Context, unseen: List[str]) -> Optional[bool]:
    for path in _SCRIPTS:
        script = host_files.text(context, path, unseen)
        if script is not None:
            lines = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
            return any("augenrules" in line or ("auditctl" in line and "-R" in line) for line in lines)
    return None
