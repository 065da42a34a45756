# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions on security labels (subj_*, obj_*): without a security module that answers them they never hold.

Rule sets that are passed around suppress crond_t and the like. Where SELinux
does not run, such a rule loads, lists and matches nothing: the kernel asks the
security module, and none answers (kernel/auditsc.c, audit_filter_rules;
security_audit_rule_init in security/security.c).
"""

from typing import Dict, FrozenSet, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Rule

_ALL = frozenset(
    "subj_user subj_role subj_type subj_sen subj_clr obj_user obj_role obj_type obj_lev_low obj_lev_high".split()
)
ANSWERED: Dict[str, FrozenSet[str]] = {
    "selinux": _ALL,  # selinux_audit_rule_init, security/selinux/ss/services.c
    "smack": frozenset(("subj_user", "obj_user")),  # smack_audit_rule_init, security/smack/smack_lsm.c
    "apparmor": frozenset(("subj_role",)),  # aa_audit_rule_init, security/apparmor/audit.c
}
"""The fields that each security module answers."""


def never_holds(rule: Rule, modules: Optional[Tuple[str, ...]]) -> str:
    """The first label condition of a rule that no security module of the host answers, or an empty string.

    ``modules``: the host's security modules with labels; None where they are not known.
    """
    if modules is None:
        return ""
    for condition in rule.conditions:
        if not isinstance(condition, Field) or condition.name not in _ALL:
            continue
        if not any(condition.name in ANSWERED.get(module, ()) for module in modules):
            return "{0}{1}{2}".format(*condition)
    return ""
