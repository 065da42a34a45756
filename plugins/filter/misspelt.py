# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter auditops.trail.misspelt."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.auditops.trail.plugins.plugin_utils import variables

DOCUMENTATION = """
name: misspelt
short_description: Which of some variables begin as those of a role of this collection, and are none of them
version_added: 0.1.0
author:
  - The auditops.trail contributors (@auditops)
description:
  - Ansible takes a variable that is misspelt for one that was not given. With this filter the roles refuse it.
  - Of the role P(auditops.trail.auditd#role) only a name that is very near to one of its own counts, because roles of
    other collections have variables that begin with C(auditd_), too.
positional: _input, role
options:
  _input:
    description: Names of variables.
    type: list
    elements: str
    required: true
  role:
    description: The role.
    type: str
    choices: [audit_compliance, audit_compliance_schedule, audit_rules, auditd]
    required: true
"""

EXAMPLES = """
- name: Refuse what is misspelt
  ansible.builtin.assert:
    that: query('ansible.builtin.varnames', '^audit_rules_') | auditops.trail.misspelt('audit_rules') | length == 0
"""

RETURN = """
_value:
  description: Those that are misspelt, each with the name that was probably meant.
  type: list
  elements: str
  sample: ["audit_rules_profile (did you mean audit_rules_profiles?)"]
"""


def misspelt(names: Iterable[str], role: str) -> list[str]:
    """As :func:`variables.misspelt`, with a role that may not be one."""
    if role not in variables.ROLES:
        raise AnsibleFilterError(f"misspelt: {role} is none of the roles {', '.join(sorted(variables.ROLES))}")
    return variables.misspelt(names, role)


class FilterModule:
    """Filters of this file."""

    def filters(self) -> dict[str, Any]:
        """By name."""
        return {"misspelt": misspelt}
