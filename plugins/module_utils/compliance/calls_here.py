# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The system calls of a requirement that there are on this host.

A control names calls of many machines and kernels. What this machine has no
number for, or this kernel has not got yet, nobody can call here: it is left
out, and told. What only this auditctl cannot name is written as its number, as
the kernel runs it all the same.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.lookup import CALLS
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect

SINCE: Dict[str, Tuple[int, int]] = {
    "bpf": (3, 18),
    "clock_adjtime64": (5, 1),
    "clock_settime64": (5, 1),
    "clone3": (5, 3),
    "execveat": (3, 19),
    "faccessat2": (5, 8),
    "fchmodat2": (6, 6),
    "file_getattr": (6, 17),
    "file_setattr": (6, 17),
    "finit_module": (3, 8),
    "fsconfig": (5, 2),
    "fsmount": (5, 2),
    "fsopen": (5, 2),
    "fspick": (5, 2),
    "getxattrat": (6, 13),
    "io_uring_enter": (5, 1),
    "io_uring_register": (5, 1),
    "io_uring_setup": (5, 1),
    "kexec_file_load": (3, 17),
    "landlock_create_ruleset": (5, 13),
    "listxattrat": (6, 13),
    "memfd_create": (3, 17),
    "memfd_secret": (5, 14),
    "mount_setattr": (5, 12),
    "move_mount": (5, 2),
    "open_tree": (5, 2),
    "open_tree_attr": (6, 15),
    "openat2": (5, 6),
    "pidfd_getfd": (5, 6),
    "pidfd_open": (5, 3),
    "process_madvise": (5, 10),
    "quotactl_fd": (5, 14),
    "removexattrat": (6, 13),
    "renameat2": (3, 15),
    "seccomp": (3, 17),
    "setxattrat": (6, 13),
    "userfaultfd": (4, 3),
}
"""The kernel in which a call appeared: syscalls(2), and include/uapi/asm-generic/unistd.h for what is newer than it."""

_BACKPORTS = re.compile(r"\.el\d|\.amzn|-default\b")
"""Kernels whose release says less than they can: calls are carried back into them."""


def newer_calls(release: str) -> List[str]:
    """The calls of SINCE that a kernel with backports has or not, which its release does not tell.

    Returns:
        Names, sorted; none where the release tells which calls there are, or is not understood.
    """
    version = _version(release)
    if version is None or not _BACKPORTS.search(release):
        return []
    return sorted(call for call, since in SINCE.items() if version < since)


def _version(release: str) -> Optional[Tuple[int, int]]:
    found = re.match(r"(\d+)\.(\d+)", release.strip())
    return None if found is None else (int(found.group(1)), int(found.group(2)))


class Here(NamedTuple):
    """``text`` is the requirement as this host can be held to it, or None where nothing is left of it.

    ``left_out`` holds (call, reason).
    """

    text: Optional[str]
    left_out: Tuple[Tuple[str, str], ...] = ()


def here(text: str, dialect: Dialect, release: str, calls: Optional[Sequence[str]] = None) -> Here:
    """A requirement without the calls that this host does not have.

    Args:
        text: A rule in auditctl's syntax.
        dialect: The host's auditctl and machine.
        release: The kernel's release (``uname -r``).
        calls: Of :func:`newer_calls` those that this kernel has; None where that is not known: each is demanded then.
    """
    words = text.split(" ")
    machine = _machine(words, dialect)
    left_out: List[Tuple[str, str]] = []
    written: List[str] = []
    for at, word in enumerate(words):
        if at == 0 or words[at - 1] != "-S":
            written.append(word)
            continue
        kept = []
        for call in word.split(","):
            reason = _absent(call, machine, release, calls)
            if reason is None:
                kept.append(_spelled(call, machine, dialect))
            else:
                left_out.append((call, reason))
        if kept:
            written.append(",".join(kept))
        else:
            written.pop()  # its -S
    if left_out and "-S" not in written:
        return Here(None, tuple(left_out))
    return Here(" ".join(written), tuple(left_out))


def _machine(words: List[str], dialect: Dialect) -> str:
    """Whose numbers the calls of a rule are."""
    for word in words:
        if word.startswith("arch="):
            value = names.arch_value(word[len("arch=") :], dialect.machine)
            return (names.machine_of_arch(value) if value is not None else None) or dialect.machine
    return dialect.machine


def _absent(call: str, machine: str, release: str, calls: Optional[Sequence[str]]) -> Optional[str]:
    if call[:1].isdigit() or call == "all":
        return None
    if names.syscall_number(call, machine) is None:
        # A name that no machine has is a mistake, and told as one where the line is parsed.
        known = any(names.syscall_number(call, other) is not None for other in CALLS)
        return "{0} has no {1}".format(machine, call) if known else None
    since, version = SINCE.get(call), _version(release)
    if since is None or version is None or version >= since:
        return None
    if _BACKPORTS.search(release):
        if calls is None or call in calls:
            return None
        return "the kernel {0} has no {1} (/proc/kallsyms does not name it)".format(release.strip(), call)
    return "Linux {0}.{1} has no {2}, which came with {3}.{4}".format(version[0], version[1], call, *since)


def _spelled(call: str, machine: str, dialect: Dialect) -> str:
    """The name, or its number where this auditctl does not know the name."""
    number = names.syscall_number(call, machine)
    if number is None or names.syscall_known(call, machine, tuple(dialect.version)):
        return call
    return str(number)
