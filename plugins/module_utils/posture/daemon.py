# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds the kernel's audit socket, and who reads along."""

import os
from typing import Any, Dict, List, Optional, Tuple

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
    """``pid, comm, exe`` of each process that reads the multicast group, or None where not all can be told."""
    inodes = _reading(context, unseen)
    if inodes is None:
        return None
    found, blind = [], [0]
    for inode, portid in sorted(inodes.items()):
        pid = _owner(context, inode, portid, blind)
        if pid is None:
            unseen.append(
                "whose socket {0} is, which reads audit records{1}".format(
                    inode, ": {0} processes could not be looked into".format(blind[0]) if blind[0] else ""
                )
            )
            return None
        reader = processes.process(context, pid, [])
        if reader is not None:
            found.append({name: reader[name] for name in ("pid", "comm", "exe")})
    return found


def _reading(context: Context, unseen: List[str]) -> Optional[Dict[str, int]]:
    """The sockets by inode, each with its port number, which is mostly its process's pid."""
    table = _table(context, unseen)
    if table is None:
        return None
    found: Dict[str, int] = {}
    columns: Dict[str, int] = {}
    for line in table.splitlines():
        words = line.split()
        if not columns:
            columns = {name: number for number, name in enumerate(words)}
            continue
        row: Dict[str, str] = {name: words[at] for name, at in columns.items() if at < len(words)}
        if row.get("Eth") == str(_PROTOCOL) and int(row.get("Groups", "0"), 16) and row.get("Inode", "0") != "0":
            found[row["Inode"]] = int(row.get("Pid", "0"))
    return found


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


def _owner(context: Context, inode: str, portid: int, blind: List[int]) -> Optional[int]:
    for pid in [portid] + processes.pids(context):
        holds, refused = _holds(context, pid, "socket:[{0}]".format(inode))
        blind[0] += refused
        if holds:
            return pid
    return None


def _holds(context: Context, pid: int, socket: str) -> Tuple[bool, int]:
    folder = "/proc/{0}/fd".format(pid)
    refused: List[str] = []
    names = host_files.names(context, folder, refused)
    return any(host_files.link(context, os.path.join(folder, name)) == socket for name in names), len(refused)
