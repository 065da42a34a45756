# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which records a requirement needs beside the SYSCALL record, and whether the exclude list drops them."""

from typing import Any, Dict, FrozenSet, List

from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import object_paths
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Blame, Coverage
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_EXEC, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.names import (
    compat_machine,
    machine_of_arch,
    syscall_number,
)


def needed(rule: Rule, machine: str) -> FrozenSet[str]:
    """The types of record without which an event of this requirement does not say what happened.

    An object is named by its PATH record and, for a relative path, CWD; what was run is in EXECVE.
    """
    found = ["PATH", "CWD"] if object_paths(rule) else []
    return frozenset(found + (["EXECVE"] if _runs(rule, machine) else []))


def incomplete_for(rule: Rule, entry: Dict[str, Any], machine: str) -> List[str]:
    """What the exclude list drops of a record that this requirement needs on this machine."""
    kinds = needed(rule, machine)
    return [told for told in entry.get("incomplete") or () if told.split(" ")[0] in kinds]


def dropped_by(rule: Rule, coverage: Coverage, machine: str) -> List[Blame]:
    """The exclude rules that drop a record that this requirement needs on this machine."""
    kinds = needed(rule, machine)
    return [blame for blame in coverage.incomplete if blame.why in kinds]


def _runs(rule: Rule, machine: str) -> bool:
    """Whether a requirement speaks of running programs, by execve or execveat: those leave EXECVE."""
    perm = rule.value("perm")
    if rule.list != "exit" or (isinstance(perm, int) and not perm & PERM_EXEC):
        return False
    if rule.syscalls is None:
        return True
    named = {machine_of_arch(field.value) for field in rule.fields("arch") if isinstance(field.value, int)}
    # A number without an arch is meant in each table that a process here can use.
    for table in named or {machine, compat_machine(machine)}:
        for call in ("execve", "execveat"):
            if table is not None and syscall_number(call, table) in rule.syscalls:
                return True
    return False
