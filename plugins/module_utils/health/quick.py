# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick check: the few facts of a posture that say how the audit system of a host is today."""

import os
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.deploy import store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import unfinished
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters, configuration, filesystems
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.service import DAEMON, unit_of

Plain = Dict[str, Any]
PARTS = ("system", "service", "packages", "status", "daemon", "drift", "logs")
"""The parts of the posture that are looked at; what they build on comes along."""

LOG_FOLDER = "/var/log/audit"
"""Where the log will be on a host without auditd.conf (auditd.conf(5), log_file)."""

_OF_DISK = ("mount", "fstype", "separate", "bytes", "free", "free_percent")
_OF_SYSTEM = ("os", "init", "container", "chroot", "boot_id")
_OF_SERVICE = ("running", "enabled", "rules_at_boot", "loader", "main_pid")
_OF_KERNEL = (
    "enabled", "failure", "lost", "backlog", "backlog_limit", "rate_limit", "backlog_wait_time", "loginuid_immutable",
)  # fmt: skip
_OF_LOGS = ("file", "bytes", "oldest", "newest", "rotates", "keeps", "bytes_per_day", "retention_days")
_OF_VALUES = ("max_log_file", "num_logs", "max_log_file_action", "log_group")
_NO_AUDIT = "CONFIG_AUDIT"
"""What the remedy of rules/netlink.py names where nothing listens for audit's requests."""
_ELSEWHERE = "user namespace"
"""And where audit_netlink_ok of the kernel refuses one that comes out of another user namespace."""
_ALL_USERS = ["0", "0", "4294967295"]
"""The map of the first user namespace (user_namespaces(7))."""


def not_applicable(context: Context, posture: Plain) -> Optional[str]:
    """Why this host has no audit system of its own, or None where it has one, or could have.

    In a container, or another user namespace, the kernel is its host's (the kernel takes no rules from there:
    audit_netlink_ok); a chroot shows no services; a kernel that was built without audit has nothing to look at. One
    that was started with audit=0 could audit: see :func:`off_at_boot`.
    """
    system = posture.get("system") or {}
    kind = system.get("container")
    if kind not in (None, "none"):
        return "this is a container ({0}): the audit system is its host's".format(kind)
    if system.get("chroot"):
        return "this is a chroot: the services outside of it cannot be seen"
    failed = posture["errors"].get("status")
    remedy = "" if failed is None else failed["remedy"] or ""
    if not remedy or off_at_boot(context, posture) is not None:
        return None
    if _NO_AUDIT in remedy:
        return "this kernel has no audit subsystem: {0}".format(failed["message"])
    if _ELSEWHERE in remedy and _users(context) not in ([], _ALL_USERS):
        return "this is another user namespace than the kernel's own: the audit system is its host's"
    return None


def off_at_boot(context: Context, posture: Plain) -> Optional[str]:
    """Why the kernel does not audit at all until its next boot, or None: it was started with audit=0.

    audit_init of kernel/audit.c then registers no socket, as in a kernel without audit.
    """
    told = boot_parameters.off(kernel_build.boot_parameters(context.root))
    if "status" not in posture["errors"] or told is None:
        return None
    return (
        "the kernel was started with audit switched off (audit={0}): nothing is recorded until its next boot without "
        "that (the module audit_boot, or the role auditd, sets audit=1)".format(told)
    )


def _users(context: Context) -> List[str]:
    """The first range of the map of users; empty where there is none to be seen."""
    try:
        with open(context.path("/proc/self/uid_map"), encoding="ascii") as file:
            return file.readline().split()
    except OSError:
        return []


def status(context: Context, posture: Plain) -> Plain:
    """What the quick check shows.

    Args:
        context: How to look at the host.
        posture: With the parts PARTS, as far as they could be collected.

    Returns:
        ``host, service, packages, daemon, rules, kernel, log, interrupted, pending, errors``; what could not be seen is
        null, and why stands in ``errors`` by part. ``off_at_boot`` is as :func:`off_at_boot` says, ``interrupted`` and
        ``pending`` as unfinished.py: they judge nothing, since the host's audit is what it is without them.
    """
    errors = {part: error["message"] for part, error in posture["errors"].items()}
    left: Plain = {"interrupted": None, "pending": None}
    try:
        left = unfinished.look(store.Store(context.path(store.FOLDER)))
    except TrailError as error:
        errors["state"] = error.message
    return {
        "off_at_boot": off_at_boot(context, posture),
        "host": _some(posture.get("system"), _OF_SYSTEM),
        "service": _service(posture),
        "packages": _some(posture.get("packages"), ("manager", "audit_installed", "audit")),
        "daemon": _daemon(posture.get("daemon")),
        "rules": _rules(posture),
        "kernel": _some(posture.get("status"), _OF_KERNEL),
        "log": _log(context, posture),
        "interrupted": left["interrupted"],
        "pending": left["pending"],
        "errors": errors,
    }


def _some(part: Optional[Plain], names: Tuple[str, ...]) -> Optional[Plain]:
    return None if part is None else {name: part.get(name) for name in names}


def _service(posture: Plain) -> Optional[Plain]:
    found = _some(posture.get("service"), _OF_SERVICE)
    if found is None:
        return None
    unit = unit_of(posture, DAEMON)
    found["refuse_manual_stop"] = None if unit is None else unit["refuse_manual_stop"]
    found["units"] = [one["name"] for one in posture["service"]["units"] or () if one["load"] == "loaded"]
    return found


def _daemon(part: Optional[Plain]) -> Optional[Plain]:
    if part is None:
        return None
    return {
        "pid": part["pid"],
        "comm": (part["holder"] or {}).get("comm"),
        "is_auditd": part["is_auditd"],
    }


def _rules(posture: Plain) -> Plain:
    drift, loaded = posture.get("drift"), posture.get("rules")
    disk = posture.get("disk")
    return {
        "kernel": None if loaded is None else len(loaded["loaded"]),
        "disk": None if disk is None else len(disk["rules"]),
        "equal": None if drift is None else drift["equal"],
        "differences": None if drift is None else [one["text"] for one in drift["differences"]],
    }


def _log(context: Context, posture: Plain) -> Plain:
    logs = posture.get("logs") or {}
    values = (None if "config" in posture["errors"] else configuration.auditd_values(posture)) or {}
    found = {name: logs.get(name) for name in _OF_LOGS}
    found.update({name: values.get(name) for name in _OF_VALUES})
    files = logs.get("files")
    found["files"] = None if files is None else [{"path": one["path"], "size": one["size"]} for one in files]
    folder = os.path.dirname(logs["file"]) if logs.get("file") else LOG_FOLDER
    found["directory"] = folder
    disk = logs.get("filesystem")
    found["filesystem"] = filesystem(context, folder) if not disk else _some(disk, _OF_DISK)
    return found


def filesystem(context: Context, folder: str) -> Optional[Plain]:
    """That of a folder that may not be there yet: of the nearest one above it that is, which it will share then."""
    nearest = folder
    seen: List[str] = []
    while nearest != "/" and not os.path.isdir(context.path(nearest)) and nearest not in seen:
        seen.append(nearest)
        nearest = os.path.dirname(nearest)
    found = _some(filesystems.of(Seen(context), nearest), _OF_DISK)
    if found is not None and seen:
        found["separate"] = False
    return found
