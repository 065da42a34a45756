# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose records a log holds: a collector writes those of other hosts among its own.

A record begins with ``node=`` where the daemon that made it has a name_format, and the daemon that receives it writes
it as it comes (auditd.conf(5), name_format and tcp_listen_port).
"""

from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional

Plain = Dict[str, Any]
Node = Optional[str]


class Own(NamedTuple):
    """How this host may be named, and whether its daemon receives the records of others."""

    names: FrozenSet[str]
    listens: bool
    numeric: bool
    """Its records bear an address, and which of its addresses is not looked for."""


def own(posture: Plain) -> Own:
    """What the parts ``host`` and ``config`` tell of it; a host that tells nothing has no name."""
    values = ((posture.get("config") or {}).get("auditd") or {}).get("values") or {}
    named = ((posture.get("host") or {}).get("nodename"), values.get("name"))
    return Own(
        frozenset(name for name in named if name),
        bool(values.get("tcp_listen_port")),
        values.get("name_format") == "numeric",
    )


class Nodes:
    """The nodes of records in the order of the log."""

    def __init__(self) -> None:
        self._seen: List[Node] = []
        self._last: Node = None
        self._mixed = False

    def take(self, node: Node) -> None:
        """The node of the next record, None where it names none."""
        if self._seen and node == self._last:
            return
        if node in self._seen:
            self._mixed = True
        else:
            self._seen.append(node)
        self._last = node

    def own(self, host: Own) -> Optional[FrozenSet[Node]]:
        """Those that are this host; None where none of them can be told to be.

        A record without a node is this host's own. Where its daemon receives nothing from others, a name that follows
        another, which never comes again, is a new name of this host: the last one has to be today's.
        """
        found = frozenset(node for node in self._seen if node is None or _is_one(node, host.names))
        names = [node for node in self._seen if node is not None]
        if not host.listens and not self._mixed and (self._last in found or not found.intersection(names)):
            return frozenset(self._seen)
        if names and (host.numeric or not found):
            return None
        return found

    def others(self, host: Own) -> List[str]:
        """The names of the nodes that are not, or not known to be, this host."""
        mine = self.own(host) or frozenset()
        return sorted(node for node in self._seen if node is not None and node not in mine)


def _is_one(node: str, names: FrozenSet[str]) -> bool:
    """Whether a node is one of the names; with fqd the daemon adds the domain to it."""
    return any(node == name or node.startswith(name + ".") or name.startswith(node + ".") for name in names)
