# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of call that a host is said to have, checked: without one, every requirement would hold of nothing."""

from typing import Any, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.host import MACHINES

_KINDS = {
    "x86_64": ("b64", "b32", "x32"),
    "i386": ("b32",),
    "aarch64": ("b64", "b32"),
    "arm": ("b32",),
    "ppc64le": ("b64",),
    "s390x": ("b64", "b32"),
}

_WORDS = ("b64", "b32", "x32")


def call_kinds(machine: Any, given: Any) -> Tuple[str, ...]:
    """The kinds of call (b64, b32, x32) of a machine among those given; kinds that it lacks are left out.

    x32 numbers its calls in the table of b64 and needs a 64-bit kernel
    (arch/x86/Kconfig: X86_X32_ABI), so b64 is there wherever x32 is.

    Raises:
        EvidenceError: an unknown machine, a word that is no kind of call, or no kind that the machine has.
    """
    if not isinstance(machine, str) or machine not in _KINDS:
        raise EvidenceError(
            "there are no system call tables for the machine {0!r}".format(machine),
            remedy="judge for one of {0}.".format(", ".join(MACHINES)),
        )
    known = _KINDS[machine]
    words = list(given) if isinstance(given, (list, tuple)) else []
    kinds = [kind for kind in words if kind in known]
    if not kinds or any(word not in _WORDS for word in words):
        raise EvidenceError(
            "user_arches {0!r} is not what processes on {1} can have".format(given, machine),
            remedy="name at least one kind of call, of {0}.".format(", ".join(known)),
        )
    if "x32" in kinds and "b64" not in kinds:
        kinds.insert(0, "b64")
    return tuple(kinds)
