#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_rollout_gate
short_description: Decide on a batch of hosts in a rollout
version_added: 0.1.0
description:
  - The steps of the playbook C(auditops.trail.rollout) that are made once, most of them once for a batch, from what its
    hosts have registered. It changes no host; the play commits and rolls back by what it returns.
  - V(check) refuses what the run cannot be asked for, before any host is changed, and sets C(rollout.json) of an
    earlier run aside. V(begin) tells who belongs to the batch; for the first one it checks again.
  - V(decide) judges the hosts and says which to commit and which to roll back; a host that became unreachable in a task
    of the roles has failed.
  - V(close) tells what became of them, and whether the rollout stops. V(end) sums up, compares the verdicts, and fails
    where a host is not as it should be.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
  - auditops.trail.attributes.info
  - auditops.trail.attributes.controller
options:
  phase:
    description:
      - Which step.
    type: str
    choices: [check, begin, decide, close, end]
    required: true
  result_dir:
    description:
      - Folder on the controller; V(end) writes C(rollout.json) to it, and compares C(before) with C(after) in it.
    type: str
    required: true
  max_fail_percentage:
    description:
      - Which share of the hosts of a batch that were changed may fail. More than that rolls back the whole batch and
        stops the rollout.
    type: float
    default: 0
  batch:
    description:
      - For V(decide), the hosts of the batch, as V(begin) has returned them.
    type: list
    elements: str
    default: []
  canary:
    description:
      - For V(begin), the host that has to be in the first batch.
    type: str
  trial:
    description:
      - For V(decide), whether each host is rolled back, however well it is.
    type: bool
    default: false
  decision:
    description:
      - For V(close), what V(decide) has returned.
    type: dict
  compared:
    description:
      - For V(end), whether there are verdicts from before and after to compare.
    type: bool
    default: true
  fail_on:
    description:
      - For V(end), whether a control that fails, or cannot be checked, on a host where it did not before fails the run.
    type: str
    choices: [never, worse]
    default: never
attributes:
  check_mode:
    support: full
    details:
      - Nothing is decided.
seealso:
  - module: auditops.trail.audit_health_info
  - module: auditops.trail.audit_rules
"""

EXAMPLES = r"""
- name: Decide on the batch
  auditops.trail.audit_rollout_gate:
    phase: decide
    result_dir: audit-rollout
    batch: "{{ _rollout_begun.batch }}"
    max_fail_percentage: 10
  run_once: true
  delegate_to: localhost
  register: _rollout_decision
"""

RETURN = r"""
batch:
  description: The hosts of the batch.
  returned: for V(begin) and V(close)
  type: list
  elements: str
  sample: [web1, web2]
commit:
  description: The hosts to commit.
  returned: for V(decide)
  type: list
  elements: str
  sample: [web1, web2]
roll_back:
  description: The hosts to roll back.
  returned: for V(decide)
  type: list
  elements: str
  sample: []
checked:
  description: In check mode, the hosts that would be changed.
  returned: for V(decide)
  type: list
  elements: str
  sample: []
stop:
  description: Whether no further batch is begun.
  returned: for V(decide) and V(close)
  type: bool
  sample: false
reason:
  description: Why.
  returned: for V(decide) and V(close)
  type: str
  sample: "2 of 2 hosts well: committed"
outcomes:
  description: Of each host RV(ignore:state), RV(ignore:reasons) and RV(ignore:notes).
  returned: for V(decide) and V(close)
  type: list
  elements: dict
  sample: [{host: web1, state: well, reasons: [], notes: []}]
endings:
  description: What became of each host.
  returned: for V(close)
  type: list
  elements: dict
  sample: [{host: web1, became: committed, ok: true, text: committed and locked}]
hosts:
  description: What became of each host of the rollout.
  returned: for V(end)
  type: dict
  sample: {web1: {became: committed, ok: true, text: committed and locked}}
verdicts:
  description: Which verdicts are others than before, or V(null) where they were not compared.
  returned: for V(end)
  type: dict
  sample: {controls: [], failed: [40, 2], hosts: 2, not_compared: []}
result_file:
  description: All of it in one file.
  returned: for V(end)
  type: str
  sample: /srv/audit/audit-rollout/rollout.json
"""
