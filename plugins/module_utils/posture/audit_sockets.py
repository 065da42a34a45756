# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets by which processes get audit records, and how often one of them was full."""

import os
from typing import Dict, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

_PROTOCOL = "9"  # NETLINK_AUDIT (include/uapi/linux/netlink.h)


class AuditSocket(NamedTuple):
    """A line of /proc/net/netlink (netlink_seq_show of net/netlink/af_netlink.c).

    ``groups`` are the bits of the multicast groups that it reads, ``refused`` is how often a message found it full.
    """

    inode: str
    groups: int
    refused: int


def table(context: Context, unseen: List[str]) -> Optional[List[AuditSocket]]:
    """Those of process 1's network: the kernel sends to no other (kauditd_send_multicast_skb); None where unseen."""
    own = host_files.link(context, "/proc/self/ns/net")
    first = host_files.link(context, "/proc/1/ns/net")
    path = "/proc/1/net/netlink" if first is not None and first != own else "/proc/net/netlink"
    before = len(unseen)
    text = host_files.text(context, path, unseen)
    if text is None:
        if len(unseen) == before:
            unseen.append("{0}: there is no such file".format(path))
        return None
    found: List[AuditSocket] = []
    columns: List[str] = []
    for line in text.splitlines():
        words = line.split()
        if not columns:
            columns = words
            continue
        row: Dict[str, str] = dict(zip(columns, words))
        if row.get("Eth") == _PROTOCOL:
            groups, refused = int(row.get("Groups", "0"), 16), int(row.get("Drops", "0"))
            found.append(AuditSocket(row.get("Inode", "0"), groups, refused))
    return found


def refused(context: Context, pid: int) -> Optional[int]:
    """How many times the kernel could not hand a record to a process, whose socket was full, since that was opened.

    The kernel tries again (kauditd_send_queue of kernel/audit.c), and one that was started with audit=1 keeps the
    record. Any other drops it after some tries, says so in its own log at most, and does not count it as lost
    (kauditd_hold_skb).

    Args:
        context: How to look at the host.
        pid: Of the audit daemon; 0 for none.

    Returns:
        None where nobody is there, or the process or its sockets cannot be seen.
    """
    sockets = table(context, []) if pid else None
    if sockets is None:
        return None
    folder = "/proc/{0}/fd".format(pid)
    names = host_files.names(context, folder, [])
    held = {host_files.link(context, os.path.join(folder, name)) for name in names}
    mine = [one.refused for one in sockets if "socket:[{0}]".format(one.inode) in held]
    return sum(mine) if mine else None
