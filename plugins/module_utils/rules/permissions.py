# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""perm=: what auditctl adds to a rule for it, and what the kernel takes for it.

Two different things. auditctl 3.1.3 and later put system calls into a rule
that has ``-F arch`` in front of ``-F perm`` (lib/libaudit.c,
audit_add_perm_syscalls(), lib/permtab.h). The kernel then judges each call by
its own classes (kernel/auditsc.c, audit_match_perm(); include/asm-generic/audit_*.h),
whatever auditctl thought.
"""

from functools import lru_cache
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.lookup import Version, calls, padded, release
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_LETTERS
from ansible_collections.auditops.trail.plugins.module_utils.rules.tables import permissions as _tables

Kernel = Tuple[int, ...]
"""A kernel's release: (6, 18), or (6, 18, 44) where the stable release is known to be upstream's."""

FIRST_EXPANSION = (3, 1, 3)
"""The first auditctl that adds system calls for perm."""

FIRST_FILTER = (4, 0, 4)
"""The first that leaves out calls which the arch does not have (filter_supported_syscalls(), lib/libaudit.c)."""


class _Member(NamedTuple):
    letter: str
    name: str
    possible: Kernel
    certain: Tuple[Kernel, ...]
    without: FrozenSet[str]

    def sure(self, kernel: Kernel) -> bool:
        """Whether every kernel of that release has the call in the class."""
        for release_ in self.certain:
            if len(release_) == 2 and release_ <= tuple(kernel[:2]):
                return True
            if len(release_) == 3 and release_[:2] == tuple(kernel[:2]) and release_ <= tuple(kernel[:3]):
                return True
        return False

    def doubtful(self, kernel: Kernel) -> bool:
        """Whether some kernels called by that release have it and others do not."""
        return self.possible <= tuple(kernel[:2]) and not self.sure(kernel)


def _numbers(text: str) -> Kernel:
    return tuple(int(part) for part in text.split("."))


def _members() -> List[_Member]:
    found = []
    for line in _tables.CLASSES.splitlines():
        cells = line.split()
        without = frozenset(cell[1:] for cell in cells[2:] if cell.startswith("!"))
        releases = [_numbers(cell) for cell in cells[2:] if cell[0].isdigit()]
        possible = releases[0] if releases else (0, 0)
        certain = tuple(releases[1:]) if releases else ((0, 0),)
        found.append(_Member(cells[0], cells[1], possible, certain, without))
    return found


_MEMBERS = _members()


def _listed(perm: int, version: Version) -> List[str]:
    """The names in auditctl's own list for the letters, in its order."""
    names: List[str] = []
    for _letter, bit in PERM_LETTERS:
        for number, since, until, text in _tables.EXPANSION:
            if perm & bit == number and release(since) <= version and (not until or version < release(until)):
                names.extend(text.split())
    return names


@lru_cache(maxsize=None)
def perm_expansion(perm: int, machine: str, version: Version) -> Optional[FrozenSet[int]]:
    """The system calls that auditctl adds for ``-F arch=… -F perm=…``.

    Args:
        perm: AUDIT_PERM_* bits.
        machine: The machine of the rule's arch.
        version: auditctl's.

    Returns:
        The numbers; None where that version adds none. Where it refuses the rule instead,
        see :func:`perm_refused`, the calls it knows.
    """
    version = padded(version)
    if version < FIRST_EXPANSION:
        return None
    found = set()
    for name in _listed(perm, version):
        number = calls(machine).number(name, version)
        if number is not None:
            found.add(number)
    return frozenset(found)


def perm_refused(perm: int, machine: str, version: Version) -> Optional[str]:
    """The system call at which auditctl refuses ``-F arch=… -F perm=…``, or None.

    3.1.3 to 4.0.3 look up every call of their list for the rule's arch: on aarch64, which has no
    rename, ``perm=w`` ends with "Syscall name unknown: rename".
    """
    version = padded(version)
    if version < FIRST_EXPANSION or version >= FIRST_FILTER:
        return None
    for name in _listed(perm, version):
        if calls(machine).number(name, version) is None:
            return name
    return None


@lru_cache(maxsize=None)
def perm_class(letter: str, machine: str, kernel: Kernel) -> FrozenSet[int]:
    """The plain class of the kernel for r, w or a: the calls that are sure to be in it.

    Calls with flags (:func:`open_calls`), exec (:func:`exec_calls`) and socketcall are judged
    otherwise. Empty for x. Calls that backports add to some kernels of the release are left
    out: :func:`perm_class_doubtful` has them.
    """
    found: Set[int] = set()
    for member in _MEMBERS:
        if member.letter == letter and member.sure(kernel):
            found.update(_number(member, machine))
    return frozenset(found)


@lru_cache(maxsize=None)
def perm_class_doubtful(machine: str, kernel: Kernel, letter: Optional[str] = None) -> FrozenSet[int]:
    """Calls that some kernels of that release judge by perm and others do not.

    Args:
        machine: The machine of the call's arch.
        kernel: The release; with three numbers fewer calls are in doubt.
        letter: r, w or a for one class, "o" for openat2 alone, None for any.
    """
    found: Set[int] = set()
    for member in _MEMBERS:
        if letter in (None, member.letter) and member.doubtful(kernel):
            found.update(_number(member, machine))
    return frozenset(found)


def _number(member: _Member, machine: str) -> FrozenSet[int]:
    number = None if machine in member.without else calls(machine).number(member.name, anyone=True)
    return frozenset() if number is None else frozenset((number,))


def open_calls(machine: str, kernel: Optional[Kernel] = None) -> Dict[int, int]:
    """Number -> index of the argument that holds the open flags; -1 for openat2, whose flags are in memory.

    The kernel judges them by O_ACCMODE alone: O_RDONLY is r, O_WRONLY w, O_RDWR (and 3) both. With a
    kernel before 5.16 openat2 is left out: perm does not match it there.
    """
    found = {}
    for name, index in (("open", 1), ("openat", 2)):
        number = calls(machine).number(name, anyone=True)
        if number is not None:
            found[number] = index
    for member in _MEMBERS:
        if member.letter == "o" and (kernel is None or member.sure(kernel)):
            for number in _number(member, machine):
                found[number] = -1
    return found


def exec_calls(machine: str) -> FrozenSet[int]:
    """The calls of perm=x: execve, and execveat where the arch's audit_classify_syscall() names it.

    x86 and lib/audit.c (aarch64) do; s390 and powerpc do not, nor does lib/compat_audit.c, by which
    an arm process on aarch64 is judged (Linux 6.1). An arm kernel of its own would take execveat too.
    """
    names = ["execve"]
    if machine in ("x86_64", "i386", "aarch64"):
        names.append("execveat")
    numbers = (calls(machine).number(name, anyone=True) for name in names)
    return frozenset(number for number in numbers if number is not None)


def socketcall(machine: str) -> Optional[int]:
    """The number of socketcall where the kernel's classifier knows it: perm=w takes bind (a0 = 2) through it."""
    return calls(machine).number("socketcall", anyone=True) if machine in ("i386", "ppc64le", "s390x", "s390") else None
