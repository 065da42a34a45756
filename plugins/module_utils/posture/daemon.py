# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the kernel's audit socket, and who reads along."""

import os
from typing import Any, Dict, List, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    audit_sockets,
    evidence,
    host_files,
    packages,
    processes,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_FOLDERS = ("/sbin", "/usr/sbin", "/bin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
_JOURNAL = "systemd-journal"  # what is left of journald's name in /proc/PID/comm


def collect(context: Context, posture: Plain) -> Plain:
    """``pid, holder, is_auditd, is_service_main, listeners, not_seen``.

    ``holder`` is the process of the status's pid (processes.process, and ``packaged``, whether its file belongs to the
    audit package), null for nobody or where it cannot be seen. ``listeners`` read the records that the kernel sends to
    everyone who may ask for them (AUDIT_NLGRP_READLOG, audit_netlink.h), journald among them.

    Raises:
        EvidenceError: the kernel's status could not be read.
    """
    evidence.require(posture, "status")
    unseen: List[str] = []
    pid = posture["status"]["pid"]
    holder = _holder(context, posture, pid, unseen) if pid else None
    main = (posture.get("service") or {}).get("main_pid")
    return {
        "pid": pid,
        "holder": holder,
        "is_auditd": False if pid == 0 else _is_auditd(context, posture, holder, unseen),
        "is_service_main": None if main is None or pid is None else pid != 0 and pid == main,
        "listeners": listeners(context, unseen),
        "not_seen": unseen,
    }


def _holder(context: Context, posture: Plain, pid: int, unseen: List[str]) -> Optional[Plain]:
    found = processes.process(context, pid, unseen)
    if found is None:
        unseen.append("process {0}, which holds the audit socket, is not among the processes seen here".format(pid))
        return None
    exe = found["exe"]
    return dict(found, packaged=None if exe is None else packages.owns(context, posture, exe))


def _is_auditd(context: Context, posture: Plain, holder: Optional[Plain], unseen: List[str]) -> Optional[bool]:
    """Whether it is the audit daemon: it runs the host's own auditd, from where programs belong, and the package's.

    Where there is a package manager, it has to own the file. The path alone proves nothing: a process in a container
    has a /usr/sbin/auditd of its own. One whose file is gone still is the daemon: it runs on until it is restarted.
    """
    if holder is None or holder["exe"] is None:
        return None
    folder, name = os.path.split(holder["exe"])
    if name != "auditd" or folder not in _FOLDERS or holder["packaged"] is False:
        return False
    same = _same_file(context, holder, unseen)
    if not same:
        return same
    unmanaged = "packages" not in posture["errors"] and not (posture.get("packages") or {}).get("manager")
    if holder["packaged"] is None and not unmanaged:
        unseen.append("whether {0} belongs to the audit package".format(holder["exe"]))
        return None
    return True


def _same_file(context: Context, holder: Plain, unseen: List[str]) -> Optional[bool]:
    """Whether a process runs the file that lies at its path here; None for one gone from another filesystem."""
    running = "/proc/{0}/exe".format(holder["pid"])
    place = os.path.dirname(holder["exe"]) if holder["deleted"] else holder["exe"]
    looked = running
    try:
        own = os.stat(context.path(running))
        looked = place
        here = os.stat(context.path(place))
    except OSError as exc:
        if looked == place and isinstance(exc, (FileNotFoundError, NotADirectoryError)):
            return False
        unseen.append("{0}: {1}".format(looked, exc.strerror))
        return None
    if not holder["deleted"]:
        return os.path.samestat(own, here)
    if own.st_dev == here.st_dev:
        return True
    unseen.append("{0}: its file is gone, and was not on the filesystem of {1}".format(running, place))
    return None


def listeners(context: Context, unseen: List[str]) -> Optional[List[Plain]]:
    """``pid, comm, exe`` of each process that reads the multicast group, or None where not all can be told.

    A socket can have several: systemd opens the journal's and keeps it. Others that share one are not looked for.
    """
    sockets = _reading(context, unseen)
    if not sockets:
        return sockets if sockets is None else []
    holders, blind = _holders(context, {"socket:[{0}]".format(inode): inode for inode in sockets})
    held = {inode for inodes in holders.values() for inode in inodes}
    if held != set(sockets):
        unseen.append(
            "who holds the sockets {0}, which read audit records{1}".format(
                ", ".join(sockets), ": {0} processes could not be looked into".format(blind) if blind else ""
            )
        )
        return None
    found = [processes.process(context, pid, []) for pid in sorted(holders)]
    return [{name: reader[name] for name in ("pid", "comm", "exe")} for reader in found if reader is not None]


def _reading(context: Context, unseen: List[str]) -> Optional[List[str]]:
    """The inodes of the sockets."""
    sockets = audit_sockets.table(context, unseen)
    return None if sockets is None else sorted(one.inode for one in sockets if one.groups and one.inode != "0")


def _holders(context: Context, sockets: Dict[str, str]) -> Tuple[Dict[int, Set[str]], int]:
    """Of each process that holds some of these sockets their inodes; and how many processes hide what they hold.

    journald and process 1 are looked into first, and no further process once each socket's holder is found: a host
    can have hundreds of thousands of open files.
    """
    found: Dict[int, Set[str]] = {}
    blind = 0
    everybody = processes.pids(context)
    likely = [pid for pid in everybody if pid == 1 or processes.comm(context, pid) == _JOURNAL]
    missing = set(sockets.values())
    for pid in likely + [pid for pid in everybody if pid not in likely]:
        if not missing and pid not in likely:
            break
        folder = "/proc/{0}/fd".format(pid)
        refused: List[str] = []
        for name in host_files.names(context, folder, refused):
            inode = sockets.get(host_files.link(context, os.path.join(folder, name)) or "")
            if inode is not None:
                found.setdefault(pid, set()).add(inode)
                missing.discard(inode)
        blind += 1 if refused else 0
    return found, blind
