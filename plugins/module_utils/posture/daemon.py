# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the kernel's audit socket, and who reads along."""

import os
from typing import Any, Dict, List, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, host_files, packages, processes
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_FOLDERS = ("/sbin", "/usr/sbin", "/bin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin")
_PROTOCOL = 9  # NETLINK_AUDIT (include/uapi/linux/netlink.h)


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
        "is_auditd": False if pid == 0 else _is_auditd(holder),
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


def _is_auditd(holder: Optional[Plain]) -> Optional[bool]:
    """Whether it is the audit daemon: its file is an auditd where programs belong, and the package's, where that tells.

    One whose file is gone still is: it runs on until it is restarted.
    """
    if holder is None or holder["exe"] is None:
        return None
    folder, name = os.path.split(holder["exe"])
    return name == "auditd" and folder in _FOLDERS and holder["packaged"] is not False


def listeners(context: Context, unseen: List[str]) -> Optional[List[Plain]]:
    """``pid, comm, exe`` of each process that reads the multicast group, or None where not all can be told.

    A socket can have several: systemd opens the journal's and keeps it.
    """
    sockets = _reading(context, unseen)
    if not sockets:
        return sockets if sockets is None else []
    holders, blind = _holders(context, {"socket:[{0}]".format(inode): inode for inode in sockets})
    held = {inode for inodes in holders.values() for inode in inodes}
    if blind or held != set(sockets):
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
    table = _table(context, unseen)
    if table is None:
        return None
    found: List[str] = []
    columns: Dict[str, int] = {}
    for line in table.splitlines():
        words = line.split()
        if not columns:
            columns = {name: number for number, name in enumerate(words)}
            continue
        row: Dict[str, str] = {name: words[at] for name, at in columns.items() if at < len(words)}
        if row.get("Eth") == str(_PROTOCOL) and int(row.get("Groups", "0"), 16) and row.get("Inode", "0") != "0":
            found.append(row["Inode"])
    return sorted(found)


def _table(context: Context, unseen: List[str]) -> Optional[str]:
    """The netlink sockets of process 1's network: the kernel sends to no other (kauditd_send_multicast_skb)."""
    own = host_files.link(context, "/proc/self/ns/net")
    first = host_files.link(context, "/proc/1/ns/net")
    path = "/proc/1/net/netlink" if first is not None and first != own else "/proc/net/netlink"
    before = len(unseen)
    table = host_files.text(context, path, unseen)
    if table is None and len(unseen) == before:
        unseen.append("{0}: there is no such file".format(path))
    return table


def _holders(context: Context, sockets: Dict[str, str]) -> Tuple[Dict[int, Set[str]], int]:
    """Of each process that holds some of these sockets their inodes; and how many processes hide what they hold."""
    found: Dict[int, Set[str]] = {}
    blind = 0
    for pid in processes.pids(context):
        folder = "/proc/{0}/fd".format(pid)
        refused: List[str] = []
        for name in host_files.names(context, folder, refused):
            inode = sockets.get(host_files.link(context, os.path.join(folder, name)) or "")
            if inode is not None:
                found.setdefault(pid, set()).add(inode)
        blind += 1 if refused else 0
    return found, blind
