# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``-a task,never``: what is started under it is not recorded, also when it is gone (audit_alloc, auditsc.c)."""

from typing import Any, Dict, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.deploy import transaction
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import decode_rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule

Plain = Dict[str, Any]
META = "silenced"
"""In ``meta`` of a transaction: whether its load took such a rule away."""
_REASON = "what was started while `-a task,never` was loaded is not recorded before it is started anew"


def silences_all(rule: Rule) -> bool:
    """Whether a rule takes every task that is started from then on out of the audit system."""
    return rule.list == "task" and rule.action == "never" and not rule.conditions


def holds(rules: Sequence[bytes]) -> bool:
    """Whether the kernel holds such a rule."""
    for payload in rules:
        try:
            if silences_all(decode_rule(payload)):
                return True
        except EvidenceError:  # another program's, of a kind that is not known
            continue
    return False


def reason(now: bool, recent: Sequence[Plain]) -> Optional[str]:
    """Why a boot is needed; None where it is not.

    Args:
        now: Whether the kernel holds such a rule, and a load takes it away.
        recent: The transactions since the last boot.
    """
    in_force = [one for one in recent if one["state"] != transaction.ROLLED_BACK]
    return _REASON if now or any((one["meta"] or {}).get(META) for one in in_force) else None
