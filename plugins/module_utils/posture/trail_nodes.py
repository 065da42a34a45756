# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose records a log holds: a collector writes those of other hosts among its own.

A record begins with ``node=`` where the daemon that made it has a name_format, and the daemon that receives it writes
it as it comes (auditd.conf(5), name_format and tcp_listen_port).
"""

from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional

Plain = Dict[str, Any]

MOST_NODES = 10000
"""So many names are kept: who may send to a collector can send as many as there is room for."""
_PREFIX = b"node="


class Own(NamedTuple):
    """How this host may be named, and whether its daemon receives the records of others."""

    names: FrozenSet[str]
    listens: Optional[bool]
    """None where it is not known."""
    numeric: bool
    """Its records bear an address, and which of its addresses is not looked for."""


def own(posture: Plain) -> Own:
    """What the parts ``host`` and ``config`` tell of it; a host that tells nothing has no name."""
    values = ((posture.get("config") or {}).get("auditd") or {}).get("values") or {}
    named = ((posture.get("host") or {}).get("nodename"), values.get("name"))
    return Own(
        frozenset(name for name in named if name),
        bool(values["tcp_listen_port"]) if "tcp_listen_port" in values else None,
        values.get("name_format") == "numeric",
    )


class Nodes:
    """Which records are this host's own.

    Where its daemon receives nothing from others, all are, whatever name they bear: who changes the name and changes
    it back would else hide what is recorded in between. Where it does, or may, those are without a node or with one
    of the host's names.
    """

    def __init__(self, host: Own) -> None:
        self._host = host
        self._own: Dict[Optional[bytes], bool] = {}
        self._others: Dict[bytes, None] = {}
        self._named = self._found = False

    def told_apart(self) -> bool:
        """Whether the name of a record matters at all."""
        return self._host.listens is not False

    def is_own(self, line: bytes) -> bool:
        """Whether a record is this host's."""
        return not self.told_apart() or self._is_own(_node(line))

    def take(self, line: bytes) -> bool:
        """:meth:`is_own` of a record that tells something: :meth:`known` and :meth:`others` are of these."""
        mine = self.is_own(line)
        node = _node(line)
        self._named = self._named or node is not None
        self._found = self._found or mine
        if not mine and node is not None and len(self._others) < MOST_NODES:
            self._others[node] = None
        return mine

    def known(self) -> bool:
        """Whether it is known which records are this host's: those that it has under another name may be missing
        where nobody knows whether it receives those of others, and where its name is an address."""
        if not self.told_apart() or not self._named:
            return True
        if self._host.numeric or not self._found:
            return False
        return self._host.listens is True or not self._others

    def others(self) -> List[str]:
        """The names in records that are not, or not known to be, this host's."""
        return sorted(node.decode("utf-8", "replace") for node in self._others)

    def _is_own(self, node: Optional[bytes]) -> bool:
        if node is None:
            return True
        mine = self._own.get(node)
        if mine is None:
            mine = not self._host.numeric and _is_one(node.decode("utf-8", "replace"), self._host.names)
            if len(self._own) < MOST_NODES:
                self._own[node] = mine
        return mine


def _node(line: bytes) -> Optional[bytes]:
    return line[len(_PREFIX) : line.find(b" ")] if line.startswith(_PREFIX) else None


def _is_one(node: str, names: FrozenSet[str]) -> bool:
    """Whether a node is one of the names; with fqd the daemon adds the domain to it."""
    return any(node == name or node.startswith(name + ".") or name.startswith(node + ".") for name in names)
