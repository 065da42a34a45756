# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no rule of a requirement's form can record on a host: said beside every answer."""

from typing import List, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import CallSpace
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_ATTR, PERM_WRITE, Rule

X32 = (
    "x32 system calls carry bit 30, which no rule's mask holds: no exit rule and no watch matches them; "
    "boot with syscall.x32=n or a kernel without CONFIG_X86_X32_ABI"
)
IO_URING = (
    "opens, renames and unlinks made through io_uring match no watch and no system call rule; "
    "set kernel.io_uring_disabled=2, or record io_uring_setup"
)
BY_HANDLE = "a file opened with open_by_handle_at (CAP_DAC_READ_SEARCH) is not matched by its path"
DESCRIPTORS = "a write through a descriptor counts where it was opened; ftruncate, fallocate and mmap leave no record"
ATTRIBUTES = "attributes set by ioctl (chattr) leave no record"
OLD_TASKS = (
    "processes older than the first time auditing was switched on are never recorded: audit=1 was not a boot parameter"
)


def limits(rule: Rule, box: Box, by_object: bool, host: Host, space: CallSpace) -> Tuple[str, ...]:
    """The limits that apply to a requirement, in the order of their weight."""
    found: List[str] = []
    if x32_matters(rule, host):
        found.append(X32)
    rings = space.of_names(frozenset(("open", "openat", "openat2"))) | space.of_shape(shapes.RENAME)
    rings |= space.of_shape(shapes.DELETE)
    if host.io_uring_disabled != 2 and host.kernel >= (5, 1) and box.calls & rings:
        found.append(IO_URING)
    if by_object:
        found.append(BY_HANDLE)
        perm = rule.value("perm")
        mask = PERM_WRITE | PERM_ATTR if perm is None else int(perm)
        if mask & PERM_WRITE:
            found.append(DESCRIPTORS)
        if mask & PERM_ATTR:
            found.append(ATTRIBUTES)
    if host.boot_audit is False:
        found.append(OLD_TASKS)
    return tuple(found)


def x32_matters(rule: Rule, host: Host) -> bool:
    """Can a process make the demanded calls in their x32 form? They count as x86_64's arch."""
    if "x32" not in host.user_arches or host.machine != "x86_64":
        return False
    return all((field.value == 0xC000003E) == (field.op == "=") for field in rule.fields("arch"))
