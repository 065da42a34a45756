# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The generated tables, taken apart when they are first asked."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import aarch64 as _aarch64
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import arm as _arm
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import i386 as _i386
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import ppc64le as _ppc64le
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import s390 as _s390
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import s390x as _s390x
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import uring as _uring
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import x86_64 as _x86_64

Version = Tuple[int, ...]

NEVER = (1 << 30,)
"""Later than every release: the name is the kernel's alone, or still known."""


class Entry(NamedTuple):
    """A name of a number, from auditctl ``since`` until (not with) ``until``, both of three parts."""

    number: int
    name: str
    since: Version
    until: Version

    def known(self, version: Optional[Version]) -> bool:
        """Whether auditctl of that version (None: of some version) knows the name."""
        if version is None:
            return self.since != NEVER
        return self.since <= padded(version) < self.until


def padded(version: Version) -> Version:
    """The version with at least three parts, so that 4.0 and 4.0.0 compare equal."""
    return tuple(version) + (0,) * (3 - len(version))


def release(text: str) -> Version:
    """``4.0.5`` as numbers."""
    return padded(tuple(int(part) for part in text.split(".")))


class Table:
    """One generated text, taken apart when it is first asked.

    Args:
        text: Lines of ``number name [since [until]]``, see :class:`Entry`; ``-`` for since is
            NEVER, ``*`` is "from the start".
    """

    def __init__(self, text: str) -> None:
        """Keep the text: it is read when a name or number is first asked for."""
        self._text = text
        self._by_name: Dict[str, List[Entry]] = {}
        self._by_number: Dict[int, List[Entry]] = {}

    def _load(self) -> None:
        by_number: Dict[int, List[Entry]] = {}
        by_name: Dict[str, List[Entry]] = {}
        for line in self._text.splitlines():
            parts = line.split()
            since: Version = (0, 0, 0)
            until: Version = NEVER
            if len(parts) > 2:
                since = {"-": NEVER, "*": since}[parts[2]] if parts[2] in "-*" else release(parts[2])
            if len(parts) > 3:
                until = release(parts[3])
            entry = Entry(int(parts[0]), parts[1], since, until)
            by_number.setdefault(entry.number, []).append(entry)
            by_name.setdefault(entry.name.lower(), []).append(entry)
        self._by_number, self._by_name = by_number, by_name

    def named(self, name: str) -> List[Entry]:
        """The entries of a name, upper and lower case alike."""
        if not self._by_name:
            self._load()
        return self._by_name.get(name.lower(), [])

    def numbered(self, number: int) -> List[Entry]:
        """The entries of a number, in the order in which libaudit prefers them."""
        if not self._by_name:
            self._load()
        return self._by_number.get(number, [])

    def numbers(self) -> Dict[str, int]:
        """Every spelling and its number."""
        if not self._by_name:
            self._load()
        return {entry.name: entry.number for entries in self._by_number.values() for entry in entries}

    def number(self, name: str, version: Optional[Version] = None, anyone: bool = False) -> Optional[int]:
        """The number that auditctl (or, with ``anyone``, auditctl or the kernel) means by a name."""
        for entry in self.named(name):
            if anyone or entry.known(version):
                return entry.number
        return None

    def name(self, number: int, version: Optional[Version] = None) -> Optional[str]:
        """The name that auditctl prints for a number."""
        for entry in self.numbered(number):
            if entry.known(version):
                return entry.name
        return None


# Texts as generated; "uring" has the operations that -S means on the io_uring list.
_SYSCALLS = {
    "aarch64": _aarch64.SYSCALLS,
    "arm": _arm.SYSCALLS,
    "i386": _i386.SYSCALLS,
    "ppc64le": _ppc64le.SYSCALLS,
    "s390": _s390.SYSCALLS,
    "s390x": _s390x.SYSCALLS,
    "uring": _uring.SYSCALLS,
    "x86_64": _x86_64.SYSCALLS,
}

CALLS = {machine: Table(text) for machine, text in _SYSCALLS.items()}
_NONE = Table("")


def calls(machine: str) -> Table:
    """The system calls of a machine; an empty table for a machine without one."""
    return CALLS.get(machine, _NONE)
