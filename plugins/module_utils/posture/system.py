# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system that audit runs on: what it is, since when it is there, and whether all of it can be seen from here."""

import os
import time
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import days, utc

Plain = Dict[str, Any]
# The initial namespaces have fixed inode numbers (include/linux/proc_ns.h, PROC_*_INIT_INO).
_INITIAL = {"pid": "pid:[4026531836]", "cgroup": "cgroup:[4026531835]", "user": "user:[4026531837]"}
_CONTAINER_FILES = (("/run/.containerenv", "podman"), ("/.dockerenv", "docker"), ("/proc/vz", "openvz"))
_TOLD_BY_MANAGER = ("/run/host/container-manager", "/run/systemd/container")
# What is made when a host comes to be, the best evidence first: a clone gets a machine-id and host keys of its own,
# and keeps what the installer of its image wrote and when the file system was made.
_MADE_WITH_HOST = (
    (
        "/etc/machine-id",
        "/etc/ssh/ssh_host_ed25519_key.pub",
        "/etc/ssh/ssh_host_ecdsa_key.pub",
        "/etc/ssh/ssh_host_rsa_key.pub",
    ),
    ("/var/log/installer", "/root/anaconda-ks.cfg", "/var/log/anaconda", "/var/log/YaST2"),
    ("/lost+found",),
)
_UNSET_CLOCK = 631152000  # 1990: what is older was written before the clock was set


def collect(context: Context, _posture: Plain) -> Plain:
    """``os, init, container, chroot, boot_id, booted, uptime_days, now, timezone, installed, installed_by, age_days,
    not_seen``.

    ``container`` is none, a kind, or null; ``installed`` is the time of the oldest thing that is made when a host
    comes to be (``installed_by``, _MADE_WITH_HOST): the best evidence there is of its age, and no proof.
    """
    unseen: List[str] = []
    now = time.time()
    uptime = _uptime(context, unseen)
    installed, by = _installed(context, now)
    return {
        "os": _os(context, unseen),
        "init": init(context, unseen),
        "container": container(context),
        "chroot": _chroot(context),
        "boot_id": _line(context, host.BOOT_ID, unseen),
        "booted": utc(boot_time(context)),
        "uptime_days": days(uptime),
        "now": utc(now),
        "timezone": _timezone(context),
        "installed": utc(installed),
        "installed_by": by,
        "age_days": None if installed is None else days(now - installed),
        "not_seen": unseen,
    }


def init(context: Context, unseen: Optional[List[str]] = None) -> Optional[str]:
    """The name of process 1, or None where it cannot be read."""
    return _line(context, "/proc/1/comm", [] if unseen is None else unseen)


def container(context: Context) -> Optional[str]:
    """``none``, the kind of the container (docker, podman, lxc, …; other), or None where nothing tells.

    The managers' own words count first (container= in the environment of process 1, as systemd(1) reads it). A file
    such as /.dockerenv is no proof: an image that is booted as a machine keeps it. So it counts where this is not the
    kernel's first pid and cgroup namespace, or where the namespaces cannot be read.
    """
    for path in _TOLD_BY_MANAGER:
        told = host_files.text(context, path, [])
        if told and told.strip():
            return told.strip()
    environment = host_files.text(context, "/proc/1/environ", []) or ""
    for word in environment.split("\0"):
        if word.startswith("container=") and word != "container=":
            return word[len("container=") :]
    initial = {kind: _is_initial(context, kind) for kind in _INITIAL}
    if all(initial.values()):
        return "none"
    for path, kind in _CONTAINER_FILES:
        if host_files.there(context, path) and not (kind == "openvz" and host_files.there(context, "/proc/bc")):
            return kind
    if False in (initial["pid"], initial["user"]):
        return "other"
    return None if initial["pid"] is None else "none"


def boot_time(context: Context) -> Optional[float]:
    """When the kernel was started, in seconds since 1970 (btime of /proc/stat)."""
    for line in (host_files.text(context, "/proc/stat", []) or "").splitlines():
        if line.startswith("btime "):
            return float(line.split()[1])
    return None


def _is_initial(context: Context, kind: str) -> Optional[bool]:
    found = host_files.link(context, "/proc/self/ns/" + kind)
    return None if found is None else found == _INITIAL[kind]


def _chroot(context: Context) -> Optional[bool]:
    """Whether this process has another root than process 1; only root may look (proc(5))."""
    try:
        first, own = os.stat(context.path("/proc/1/root/.")), os.stat(context.path("/"))
    except OSError:
        return None
    return (first.st_dev, first.st_ino) != (own.st_dev, own.st_ino)


def _os(context: Context, unseen: List[str]) -> Optional[Plain]:
    values = host_files.os_release(context, unseen)
    if values is None:
        return None
    return {
        "id": values.get("ID", "linux"),
        "version_id": values.get("VERSION_ID"),
        "name": values.get("PRETTY_NAME") or values.get("NAME"),
        "id_like": values.get("ID_LIKE", "").split(),
    }


def _line(context: Context, path: str, unseen: List[str]) -> Optional[str]:
    found = host_files.text(context, path, unseen)
    return None if found is None else found.strip() or None


def _uptime(context: Context, unseen: List[str]) -> Optional[float]:
    found = _line(context, "/proc/uptime", unseen)
    return None if found is None else float(found.split()[0])


def _timezone(context: Context) -> Optional[str]:
    """The zone's name; without /etc/localtime it is UTC (localtime(5))."""
    target = host_files.link(context, "/etc/localtime")
    if target is not None and "zoneinfo/" in target:
        return target.partition("zoneinfo/")[2]
    named = _line(context, "/etc/timezone", [])
    if named is not None:
        return named
    return None if host_files.there(context, "/etc/localtime") else "UTC"


def _installed(context: Context, now: float) -> Tuple[Optional[float], Optional[str]]:
    for paths in _MADE_WITH_HOST:
        found = []
        for path in paths:
            try:
                modified = os.lstat(context.path(path)).st_mtime
            except OSError:
                continue
            if _UNSET_CLOCK < modified <= now:
                found.append((modified, path))
        if found:
            return min(found)
    return None, None
