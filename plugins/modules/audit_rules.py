#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_rules
short_description: Deploy audit rules, from files to the kernel, in a transaction
version_added: 0.1.0
description:
  - Writes files into C(/etc/audit/rules.d), makes C(/etc/audit/audit.rules) of them as C(augenrules) does, and brings
    the kernel from the rules that it has to these, without a moment in which an event that both sets record is missed.
  - The files are lines of profiles of controls, compiled for the host, texts of your own, or both.
  - "Before anything is written every line is read as the host's C(auditctl) reads it, and the load is simulated: a line
    that would be refused, a rule that stands in a file of others too, a setting of yours that another file overrides, a
    line that switches audit off is an error, and nothing has changed. A duplicate among your own lines is merged into
    the first, and a line whose directory is missing becomes a comment (O(on_missing_path)); both are told."
  - After the load the kernel's rules are read back by netlink and compared by meaning. Where one is missing, everything
    is put back and the lines are named.
  - "There are two phases. V(present) loads: files and kernel, without the lock (C(-e 2)). V(committed) locks, on disk
    and then in the kernel. Between the two is the time to look whether the host still does its work; V(rolled_back)
    puts back what was before."
  - A journal is synced before the first write. Where a run was killed or cut off, the next one finishes or undoes
    what it left, and says so in RV(recovered).
  - In a container, where the kernel has no audit, or where process 1 is not systemd, nothing is done;
    RV(not_applicable) tells why.
  - On a kernel that was started with C(audit=0) the rules go to the files alone, and RV(reboot_required) says so.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
  - auditops.trail.rules.profiles
  - auditops.trail.rules.lock
options:
  state:
    description:
      - V(present) writes and loads; where the host is as it should be already, nothing is changed.
      - V(committed) writes and sets the lock where O(immutable) asked for it when the transaction was loaded, and ends
        the transaction.
      - V(rolled_back) puts back files and kernel as they were before the transaction. A rule that the kernel does not
        take any more, since the directory that it names is gone, is left out, with a warning.
      - V(absent) gives the host back; what lay in the folder before the first deployment lies there again. Files that
        others have made there since stay, and C(audit.rules) is made of all of them, unless it had been written by
        hand. A file of ours that somebody has changed since goes as well, with a warning; what it held is kept in
        the backup. Values of the kernel that no file sets are what they were before the first deployment, but that
        audit stays on where it was off.
    type: str
    choices: [present, committed, rolled_back, absent]
    default: present
  files:
    description:
      - Rules files of your own, written as they are given. C(augenrules) merges all files in the order of their names,
        numbers in them by value.
      - A line that is not loaded (a duplicate, a path that the host does not have) becomes a comment with the reason.
      - A line that the host's C(auditctl) would refuse is an error, and nothing is changed, also where the file says
        C(-i) or C(-c). The message names the first six of them.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: The name of the file, ending in C(.rules).
        type: str
        required: true
      content:
        description:
          - Its text, in the syntax of audit.rules(7). A carriage return at the end of a line is not written, since
            C(auditctl) would take it for a part of the last word.
        type: str
        required: true
  settings:
    description:
      - Values of the kernel, C(backlog_limit) and C(rate_limit) in records, C(failure) 0 to 2 or C(silent), C(printk),
        C(panic), C(backlog_wait_time) in jiffies. They are written with C(-D) and C(-e 1), by which the kernel records,
        into O(base_file), and hold for the kernel after the load.
      - What is not given here is what a line of O(files) says, else what the controls of O(profiles) ask for, else
        8192, 0, 1 and 60000. These last ones give way to lines in files that are not ours, and what controls ask for
        does where such a line sets as much or more, as a longer queue.
      - Where such a file, as the one of Debian's package, has another value than is given or asked for and is read
        later, C(zz-auditops.rules) is written besides, which is read behind it and has the last word. No other file can
        have this name.
    type: dict
    default: {}
  base_file:
    description: The file for C(-D), O(settings) and C(-e 1).
    type: str
    default: 10-auditops.rules
  purge:
    description:
      - Whether to take away every C(*.rules) in O(rules_dir) that is not deployed by this module. They are listed in
        RV(purged) and kept in the backup.
      - What C(augenrules) does not read either stays, as a link to C(/dev/null).
    type: bool
    default: false
  adopt:
    description:
      - Whether to leave out of our files what stands in files that are not ours, under the same keys or more. Without
        it such a line is an error, since the load would stop at the second of the two. The same rule under other keys
        loads beside theirs; the keys of the one that is tried second are never recorded, which is a warning.
      - In both cases RV(existing) tells what is equal.
    type: bool
    default: false
  on_missing_path:
    description:
      - What to do with a line of O(files) whose path the host does not have.
      - V(keep) keeps it where the kernel takes it, which needs the directory alone, and else makes it a comment until
        a later run finds the directory.
      - V(skip) makes both a comment. V(fail) fails, and nothing has changed.
    type: str
    choices: [keep, skip, fail]
    default: keep
  transaction:
    description:
      - The transaction to commit or to roll back, as V(present) returned it.
      - The default is the latest one that is pending; where there is none, nothing is done.
    type: str
  of_this_run:
    description:
      - Whether the default of O(transaction) is only one that was loaded in this run of C(ansible-playbook). With it a
        rollback after a load whose answer was lost with the connection never undoes what an earlier run has left
        pending.
    type: bool
    default: false
  keep:
    description: How many transactions are kept, with what they replaced; one at least.
    type: int
    default: 5
  rules_dir:
    description:
      - The folder of rules files. C(audit.rules) lies in the folder above it.
      - A boot loads what is in the default; with another one there is a warning.
    type: path
    default: /etc/audit/rules.d
  run:
    description: What the action plugin calls this run of C(ansible-playbook). Not to be given in a task.
    type: str
attributes:
  check_mode:
    support: full
    details:
      - On a host without the audit package, the load is simulated for the release that its package manager would
        install, with the rules file that its package brings where that is known (Debian, Ubuntu, Enterprise Linux).
  diff_mode:
    support: full
    details:
      - The lock is in the difference of O(state=committed), which writes it. In check mode, where nothing is loaded
        that could be committed, that of O(state=present) shows it too, under names that say so.
  idempotent:
    support: full
requirements:
  - Root privileges.
notes:
  - What was replaced lies in C(/var/lib/auditops-trail), which is root's alone.
seealso:
  - module: auditops.trail.audit_compliance
  - module: auditops.trail.audit_coverage_info
"""

EXAMPLES = r"""
- name: Load what PCI DSS asks for, and rules of our own
  auditops.trail.audit_rules:
    profiles: [pci_dss_4_0]
    files:
      - name: 30-payments.rules
        content: |
          -w /srv/payments/keys -p rwa -k payment_keys
  become: true
  register: loaded

- name: Lock them, now that the host has shown that it still does its work
  auditops.trail.audit_rules:
    state: committed
    transaction: "{{ loaded.transaction }}"
  become: true
  when: loaded.transaction is not none

- name: Or put back what was before
  auditops.trail.audit_rules:
    state: rolled_back
    transaction: "{{ loaded.transaction }}"
  become: true
  when: loaded.transaction is not none

- name: Take away every other rules file
  auditops.trail.audit_rules:
    files:
      - name: 20-ours.rules
        content: "{{ lookup('ansible.builtin.file', 'ours.rules') }}"
    settings: {backlog_limit: 16384, failure: 1}
    immutable: true
    purge: true
  become: true
"""

RETURN = r"""
transaction:
  description: The transaction that is pending, or was acted on; null where there is none.
  returned: success
  type: str
  sample: rules-20261126T171500.123456Z-3fa2
transaction_state:
  description: C(pending), C(committed), C(rolled_back) or C(none).
  returned: success
  type: str
  sample: pending
pending_before:
  description:
    - With O(state=present), the transaction that was pending before this run loaded anything; null where none was, and
      with another state.
  returned: success
  type: str
  sample: null
files:
  description: What becomes of each file.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The file.
      type: str
    action:
      description: C(created), C(changed), C(removed) or C(unchanged).
      type: str
  sample: [{path: /etc/audit/rules.d/50-auditops.rules, action: created}]
rules:
  description:
    - How many rules the files load (C(file)), and how many the kernel holds (C(kernel)). Null where it was not asked,
      or has no audit system before the next boot.
  returned: success
  type: dict
  sample: {file: 166, kernel: 166}
kernel:
  description:
    - How many rules the kernel was given (C(added)), had taken away (C(removed)), and got at another place (C(moved));
      null where its rules were left alone, as by a commit, and in check mode.
    - A rule that goes though no file has loaded it (another program has, or somebody by hand) is named in a warning,
      in check mode too.
    - After a load, also C(lost), the records that the kernel has lost meanwhile, whoever made them. Any are a warning.
  returned: success
  type: dict
  sample: {added: 166, removed: 0, moved: 0, lost: 0}
proof:
  description:
    - Whether the kernel holds what the files load, and is on, C(by) V(netlink) (asked of the kernel) or V(simulation)
      (in check mode, of what it would hold). Null where it cannot be told, as in check mode of a rollback.
  returned: success
  type: dict
  contains:
    equal:
      description: Whether it does.
      type: bool
    by:
      description: How that is known.
      type: str
    differences:
      description: What is different, each with C(kind), C(rule), C(file), C(line) and C(text), a sentence.
      type: list
      elements: dict
  sample: {equal: true, by: netlink, differences: []}
purged:
  description: Files that were not ours and have been taken away.
  returned: success
  type: list
  elements: str
  sample: []
existing:
  description:
    - Of the files that are not ours and stay, C(equal), rules that stand in ours too, each with C(file), C(line),
      C(ours), C(rule), C(text) and C(lost_keys), under which nothing is recorded; C(others), the files with the number
      of their rules; C(replaced), files of our names that held what no run has written; and C(overruled), lines that
      give a setting another value than was asked for, each with C(file), C(line), C(rule), C(setting), and C(value),
      what C(zz-auditops.rules) sets behind them.
    - C(conflicts), with the same keys as C(equal), are rules at which the load would stop. Where there are any the task
      fails, and its answer has them.
  returned: success, and failure by conflicts
  type: dict
  sample:
    equal: []
    conflicts: []
    others: [{file: /etc/audit/rules.d/audit.rules, rules: 0}]
    replaced: []
    overruled: []
missing_paths:
  description:
    - Paths that lines name and the host does not have, with C(path), C(file), C(line), C(text), C(loads), whether
      the kernel takes the rule all the same, and C(left_out), whether the line is a comment until a run finds the path.
  returned: success
  type: list
  elements: dict
  sample: []
merged:
  description: Lines that were the same rule as another one, with C(file), C(line), C(text), C(into) and C(keys).
  returned: success
  type: list
  elements: dict
  sample: []
unproven:
  description: Requirements that what is loaded does not cover, with C(control), C(requirement) and C(reason).
  returned: success
  type: list
  elements: dict
  sample: []
immutable:
  description: Whether the kernel's rules are locked now.
  returned: success
  type: bool
  sample: false
reboot_required:
  description:
    - Whether it takes a boot until the kernel does what is on disk, for rules that are locked and are not those on
      disk, for a lock that no file asks for any more, or for tasks that a C(-a task,never) had silenced. It is so on
      every run until that boot.
  returned: success
  type: bool
  sample: false
reboot_reason:
  description: Why; null where it is not.
  returned: success
  type: str
  sample: the kernel's rules are locked (enabled is 2)
recovered:
  description:
    - What an interrupted run had left, and what was done about it before anything else; null where nothing was.
  returned: success
  type: dict
  contains:
    transaction:
      description: The transaction that was under way.
      type: str
    action:
      description: What was under way, C(load), C(commit) or C(roll_back); C(absent) loads.
      type: str
    step:
      description: The step at which it ended; empty where the machine went down.
      type: str
    did:
      description: V(finished) or V(undone).
      type: str
    files:
      description: What has become of each file since before the interrupted run, as in RV(files).
      type: list
      elements: dict
    set_aside:
      description: Files that somebody had changed meanwhile.
      type: list
      elements: str
    set_aside_in:
      description: The record in C(/var/lib/auditops-trail) that keeps what they held; null where there are none.
      type: str
    reboot_required:
      description: Whether the kernel was locked, and gets what is on disk with the next boot.
      type: bool
    gone:
      description: Rules that the kernel does not take any more, since the directory that they name is gone.
      type: list
      elements: str
  sample: null
auditd_version:
  description: The release of audit that the lines were read for, and C(candidate) where it is not installed yet.
  returned: success
  type: dict
  sample: {version: 4.0.2, candidate: false}
loader:
  description: What loads the rules at boot, C(augenrules) or C(auditctl).
  returned: success
  type: str
  sample: augenrules
not_applicable:
  description: Why nothing is deployed on this host (C(reason)); null where something is.
  returned: success
  type: dict
  sample:
    reason: "this is a container (docker): the kernel's audit system is its host's"
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.deploy import rules_task
from ansible_collections.auditops.trail.plugins.module_utils.deploy.arguments import ARGUMENTS
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError


def main():
    module = AnsibleModule(
        argument_spec=ARGUMENTS,
        supports_check_mode=True,
    )
    try:
        result = rules_task.run(module.params, module.check_mode)
    except TrailError as error:
        fail_with(module, error)
    if not module._diff:
        result.pop("diff", None)
    for warning in result.pop("warnings") + rules_task.elsewhere(module.params):
        module.warn(printable(warning))
    module.exit_json(**printable(result))


if __name__ == "__main__":
    main()
