# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a name or an address of a server is this host itself: what is sent there has not left it."""

import ipaddress
import re
import socket
from typing import Any, Dict, Set

from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

_NUMBERS = re.compile(r"[0-9a-fx]+(?:\.[0-9a-fx]+){0,3}\Z")
"""What inet_aton(3) may take: 127.1, 0x7f000001, 0177.0.0.1, 2130706433. Without a name server asked."""
_NAME = re.compile(r"(?:.+\.)?localhost[46]?(?:\.localdomain[46]?)?\Z|ip6-(?:localhost|loopback)\Z")
_TRIE_LINE = re.compile(r"\|-- ([0-9.]+)\Z")


class ThisHost:
    """The names and addresses of this host, read once: the kernel's hostname, /etc/hosts, the interfaces' addresses.

    Names are not asked for in the DNS. What cannot be read makes no server this host.
    """

    def __init__(self, context: Context) -> None:
        seen = Seen(context)  # of its own: what is not seen here changes no answer for the worse
        self._addresses = _addresses(seen)
        self._names = _own_names(seen)
        self._hosts = _hosts(seen)

    def is_it(self, server: str) -> bool:
        """Whether this is the host itself; so is an empty text: programs then take the loopback, or listen on all."""
        name = server.strip().strip("[]").partition("%")[0].rstrip(".").lower()
        if not name or name in self._names or _NAME.match(name) or self._has(name):
            return True
        return any(self._has(address) for address in self._hosts.get(name, ()))

    def _has(self, text: str) -> bool:
        address = _address(text)
        if address is None:
            return False
        return bool(address.is_loopback or address.is_unspecified or str(address) in self._addresses)


def _address(text: str) -> Any:
    """The address, an IPv4 one also where it is written as IPv6; None of what is none."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return _by_numbers(text)
    return getattr(found, "ipv4_mapped", None) or found


def _by_numbers(text: str) -> Any:
    if not (_NUMBERS.match(text) and text[0].isdigit()):
        return None
    try:
        return ipaddress.ip_address(socket.inet_ntoa(socket.inet_aton(text)))
    except (OSError, ValueError):
        return None


def _own_names(seen: Seen) -> Set[str]:
    name = (seen.text("/proc/sys/kernel/hostname") or "").strip().lower()
    return {name, name.partition(".")[0]} - {"", "(none)"}


def _hosts(seen: Seen) -> Dict[str, Set[str]]:
    """/etc/hosts: the addresses by name (hosts(5))."""
    found: Dict[str, Set[str]] = {}
    for _number, line in seen.lines("/etc/hosts"):
        words = line.partition("#")[0].lower().split()
        for name in words[1:]:
            found.setdefault(name.rstrip("."), set()).add(words[0])
    return found


def _addresses(seen: Seen) -> Set[str]:
    """The addresses of the interfaces: ``host LOCAL`` in the kernel's /proc/net/fib_trie, and /proc/net/if_inet6."""
    found, last = set(), ""
    for _number, line in seen.lines("/proc/net/fib_trie"):
        leaf = _TRIE_LINE.match(line)
        last = leaf.group(1) if leaf else last
        if line.startswith("/32 host LOCAL"):
            found.add(last)
    for _number, line in seen.lines("/proc/net/if_inet6"):
        digits = line.partition(" ")[0]
        if re.match(r"[0-9a-f]{32}\Z", digits):
            found.add(str(ipaddress.ip_address(int(digits, 16).to_bytes(16, "big"))))
    return found
