#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_settings
short_description: The kernel's audit settings, now and after the next boot
version_added: 0.1.0
description:
  - Sets what C(auditctl) sets with C(-b), C(-f), C(-r), C(-e) and C(--backlog_wait_time), reads it back, and compares.
  - Writes the same into the rules files, where O(persist) is V(true). The line that decides at the next boot is
    changed in place; a setting that no file has goes into C(rules.d/05-settings.rules). C(audit.rules) is made anew as
    C(augenrules) would make it. Where somebody has written rules to it by hand that no file of C(rules.d) has, it
    stays as it is, and a warning names them; where they are all the rules of the host, the module fails.
  - What it leaves out stays as it is. No rules are loaded or taken away.
  - Where something fails, kernel and files are put back to what they were. A journal is synced before the first write;
    where a run was killed or cut off, the next one undoes what it left, and says so in RV(recovered). The same goes for
    an interrupted run of M(auditops.trail.audit_rules), whose files these are too.
  - Between a load of rules and its commit no file is written, since the commit goes by what was loaded; the module
    fails then, and names the transaction.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  backlog_limit:
    description:
      - How many records may wait for the audit daemon before the kernel makes processes wait, or loses records.
      - V(0) is no limit.
    type: int
  failure:
    description:
      - What the kernel does where a record is lost. V(silent) or V(0) does nothing, V(printk) or V(1) writes to the
        kernel's log, V(panic) or V(2) stops the machine.
    type: str
    choices: [silent, printk, panic, '0', '1', '2']
  rate_limit:
    description:
      - How many records a second the kernel makes. What goes beyond is lost. V(0) is no limit.
    type: int
  backlog_wait_time:
    description:
      - How long the kernel makes a process wait for room in the backlog, in jiffies; V(0) makes it lose records at
        once. The kernel takes no more than ten minutes.
    type: int
  enabled:
    description:
      - V(0) records nothing, V(1) records, V(2) records and locks rules and settings until the next boot.
      - V(2) is set last, when everything else has been done.
    type: int
    choices: [0, 1, 2]
  reset_lost:
    description:
      - Set the counter of lost records to zero, and return what it was as RV(lost).
      - Possible while the kernel is locked too, from Linux 4.10 on.
    type: bool
    default: false
  persist:
    description:
      - Whether the rules files are changed as well, so that the settings hold after the next boot.
    type: bool
    default: true
  unless_deployed:
    description:
      - Settings that are left as they are where a file that M(auditops.trail.audit_rules) deploys decides them.
      - What is not named here is changed in such a file too, with a warning; the next run of
        M(auditops.trail.audit_rules) writes that file anew.
    type: list
    elements: str
    choices: [backlog_limit, failure, rate_limit, backlog_wait_time, enabled]
    default: []
  on_immutable:
    description:
      - What to do where the kernel is locked and would have to change, or was started with C(audit=0) and knows no
        settings before its next boot.
      - V(defer) writes the files only and says RV(reboot_required); V(fail) changes nothing and fails.
    type: str
    choices: [defer, fail]
    default: defer
requirements:
  - Root privileges, in the host's own namespaces, not in a container.
notes:
  - The files' former content is kept in C(/var/lib/auditops-trail), the newest twenty changes of it.
seealso:
  - module: auditops.trail.audit_boot
  - module: auditops.trail.audit_rules
  - module: auditops.trail.audit_facts
"""

EXAMPLES = r"""
- name: Room for bursts, and a word in the kernel's log where records are lost
  auditops.trail.audit_settings:
    backlog_limit: 8192
    failure: printk
  become: true

- name: Only until the next boot
  auditops.trail.audit_settings:
    backlog_limit: 65536
    persist: false
  become: true

- name: Start counting lost records anew
  auditops.trail.audit_settings:
    reset_lost: true
  become: true
  register: counted

- name: How many were lost until now?
  ansible.builtin.debug:
    msg: "{{ counted.lost }} records were lost"

- name: Rather fail on a host that is locked than wait for its next boot
  auditops.trail.audit_settings:
    rate_limit: 0
    on_immutable: fail
  become: true
"""

RETURN = r"""
before:
  description:
    - The kernel's audit status before, under the names of C(auditctl -s). What this kernel does not have is V(null).
  returned: success
  type: dict
  sample: {enabled: 1, failure: 1, pid: 512, rate_limit: 0, backlog_limit: 64, lost: 12, backlog: 0}
after:
  description:
    - The status as it was read back afterwards. In check mode what it would be.
  returned: success
  type: dict
  sample: {enabled: 1, failure: 1, pid: 512, rate_limit: 0, backlog_limit: 8192, lost: 0, backlog: 0}
lost:
  description:
    - How many records were lost until the counter was reset, V(null) where O(reset_lost) is V(false).
  returned: success
  type: int
  sample: 12
reboot_required:
  description: Whether the kernel takes these settings with the next boot only, since it is locked or without audit.
  returned: success
  type: bool
  sample: false
persisted:
  description:
    - The lines that were changed, each with RV(ignore:file), RV(ignore:line), RV(ignore:before) (V(null) for a new
      line) and RV(ignore:after).
  returned: success
  type: list
  elements: dict
  sample: [{file: /etc/audit/rules.d/audit.rules, line: 6, before: -b 64, after: -b 8192}]
files:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [/etc/audit/rules.d/audit.rules, /etc/audit/audit.rules]
backup:
  description: The record in C(/var/lib/auditops-trail) of what the files were, V(null) where none was written.
  returned: success
  type: str
  sample: settings-20261126T170000.000000Z-1a2b
left:
  description: The settings of O(unless_deployed) that a file of M(auditops.trail.audit_rules) decides.
  returned: success
  type: list
  elements: str
  sample: []
recovered:
  description:
    - What an interrupted run of this module had left, its RV(ignore:change), the RV(ignore:step) at which it ended,
      what was done about it, RV(ignore:did) V(undone) or V(finished), and RV(ignore:text), a sentence. V(null) where
      nothing was.
  returned: success
  type: dict
  sample: null
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.settings import apply, deployed, telling
from ansible_collections.auditops.trail.plugins.module_utils.settings.disk import Disk
from ansible_collections.auditops.trail.plugins.module_utils.settings.running import LiveKernel


def requested(given):
    """The request that the module's arguments make."""
    values = {
        name: given[name]
        for name in ("backlog_limit", "rate_limit", "backlog_wait_time", "enabled")
        if given[name] is not None
    }
    if given["failure"] is not None:
        words = dict(apply.FAILURE, **{str(number): number for number in apply.FAILURE.values()})
        values["failure"] = words[given["failure"]]
    return apply.Request(
        apply.checked(values),
        given["reset_lost"],
        given["persist"],
        given["on_immutable"],
        tuple(given["unless_deployed"]),
    )


def main():
    module = AnsibleModule(
        argument_spec=dict(
            backlog_limit=dict(type="int"),
            failure=dict(type="str", choices=["silent", "printk", "panic", "0", "1", "2"]),
            rate_limit=dict(type="int"),
            backlog_wait_time=dict(type="int"),
            enabled=dict(type="int", choices=[0, 1, 2]),
            reset_lost=dict(type="bool", default=False),
            persist=dict(type="bool", default=True),
            unless_deployed=dict(
                type="list",
                elements="str",
                choices=["backlog_limit", "failure", "rate_limit", "backlog_wait_time", "enabled"],
                default=[],
            ),
            on_immutable=dict(type="str", choices=["defer", "fail"], default="defer"),
        ),
        supports_check_mode=True,
    )
    try:
        request, store = requested(module.params), Store()

        def plan():
            ours = deployed.files(store)
            return Disk(Context()).plan(request.values, module.check_mode, ours, request.unless_deployed)

        outcome = apply.apply(request, LiveKernel(), plan, store, module.check_mode)
    except TrailError as error:
        fail_with(module, error)
    for warning in outcome.warnings:
        module.warn(printable(warning))
    answer = telling.answer(outcome)
    if module._diff:
        answer["diff"] = telling.diff(request, outcome)
    module.exit_json(**printable(answer))


if __name__ == "__main__":
    main()
