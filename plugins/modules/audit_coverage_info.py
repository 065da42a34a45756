#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_coverage_info
short_description: Would these events be recorded by the Linux audit system?
version_added: 0.1.0
description:
  - Decides for each requirement whether the kernel would record every event that it names, some of them or none.
  - Each outcome but C(covered) comes with one concrete event that leaves no record and the line that is to blame, or
    with the evidence that is missing.
  - Judges the running kernel, a folder of rules files as C(augenrules) and C(auditctl) would treat it, or rules given
    as text. The decision procedure is the kernel's own.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
  - auditops.trail.attributes.info
options:
  requirements:
    description:
      - The events that must be recorded, each written as a rule in the syntax of C(auditctl).
      - Every event that the rule would record is demanded. Keys are not.
    type: list
    elements: str
    required: true
  rules:
    description:
      - The rules to judge, as lines of a rules file or as C(auditctl -l) prints them, in load order.
      - Settings and deletions among them are heeded; the same rule twice is no mistake. A line that C(auditctl) would
        refuse is an error.
      - The rules count as loaded, whatever is missing from the disk today.
      - C(auditctl -l) prints a C(never) rule on a path as a watch. Leave O(rules) out to have the kernel asked, which
        does not hide it.
    type: list
    elements: str
  rules_dir:
    description:
      - A folder of rules files, such as C(/etc/audit/rules.d), judged as after a load at boot.
      - A line at which the load would stop, an early C(-e 2), a missing newline and the like have the effect that they
        would have.
    type: path
  loader:
    description:
      - How the service loads the rules of O(rules_dir).
      - V(augenrules) builds C(audit.rules) from the files of O(rules_dir) first.
      - V(auditctl) loads the C(audit.rules) in the folder above O(rules_dir) as it is.
    type: str
    choices: [augenrules, auditctl]
    default: augenrules
  arch:
    description:
      - The machine whose system calls the rules are about.
      - The default is the host's.
    type: str
    choices: [x86_64, i386, aarch64, arm, ppc64le, s390x]
  uid_min:
    description:
      - The first uid of ordinary users, for the events that are shown as examples. A number from 0 to 4294967294.
      - The default is C(UID_MIN) of the host's C(/etc/login.defs), or 1000.
    type: int
  user_arches:
    description:
      - The kinds of call that a process can make on the host.
      - The default is what the kernel's build and boot parameters tell, and where nothing does, V(b64) and V(b32).
    type: list
    elements: str
    choices: [b64, b32, x32]
  paths:
    description:
      - The state of the paths that the rules and requirements name, as saved with a posture.
      - The default is the host's file system. An empty dictionary stands for no evidence; paths are compared as text
        then.
    type: dict
  auditd_version:
    description:
      - The version of the audit package that reads the rules, for example V(3.0.9).
      - The default is the version that is installed on the host, and where none is, the newest that this collection
        knows.
      - Known are 2.8 to 4.2.1. Another one is read as the nearest of them, with a warning.
    type: str
requirements:
  - Root privileges, to ask the kernel or to read C(/etc/audit).
notes:
  - C(covered) means that every event is recorded that the requirement's own rules would record. What no rule of its
    form can record on the host is said in RV(coverage[].limits).
seealso:
  - module: auditops.trail.audit_compliance
"""

EXAMPLES = r"""
- name: Would changes to the account database be recorded now?
  auditops.trail.audit_coverage_info:
    requirements:
      - -w /etc/passwd -p wa
      - -w /etc/shadow -p wa
  become: true
  register: running

- name: Fail with the missed event where they would not
  ansible.builtin.assert:
    that: item.outcome == 'covered'
    fail_msg: "{{ item.counterexample.because | default(item.missing | join(', ')) }}"
  loop: "{{ running.coverage }}"

- name: Would they be after the next boot?
  auditops.trail.audit_coverage_info:
    requirements:
      - -a always,exit -F arch=b64 -S unlink,unlinkat,rename,renameat,renameat2 -F auid>=1000 -F auid!=unset
    rules_dir: /etc/audit/rules.d
  become: true

- name: Judge rules before they are deployed, without a host
  auditops.trail.audit_coverage_info:
    requirements:
      - -w /etc/sudoers.d/ -p wa
    rules: "{{ lookup('ansible.builtin.file', 'files/90-mine.rules', rstrip=false).split('\n') }}"
    arch: aarch64
    user_arches: [b64]
    paths: {}
    auditd_version: 3.1.5
  delegate_to: localhost
"""

RETURN = r"""
coverage:
  description: The answers, one for each requirement, in their order.
  returned: success
  type: list
  elements: dict
  contains:
    requirement:
      description: The requirement as it was given.
      returned: always
      type: str
      sample: -w /etc/shadow -p wa
    outcome:
      description:
        - V(covered) when every demanded event is recorded, V(partial) when some are, V(uncovered) when none is.
        - V(defeated) when a rule would record it, and another rule, a setting, a deletion or the end of the load takes
          it away.
        - V(unknown) when the evidence does not decide it.
      returned: always
      type: str
      sample: defeated
    covered_by:
      description: The rules that record demanded events, each with its RV(ignore:rule), RV(ignore:file) and
        RV(ignore:line).
      returned: always
      type: list
      elements: dict
      sample: [{rule: -w /etc/shadow -p wa, file: /etc/audit/rules.d/50-identity.rules, line: 3}]
    defeated_by:
      description: The lines that take demanded events away, with RV(ignore:why).
      returned: always
      type: list
      elements: dict
      sample:
        - rule: -a never,exit -F dir=/etc -F perm=wa
          file: /etc/audit/rules.d/10-quiet.rules
          line: 2
          why: a never rule matches first
    counterexample:
      description:
        - One event that is demanded and leaves no record, V(null) where there is none.
        - RV(ignore:because) says in words why it is not recorded.
        - A call with two names has RV(ignore:other), the second of them; a program that another one runs (the
          interpreter of a script, the loader) has RV(ignore:run_by), a list of these; RV(ignore:exit) is told where the
          result matters, and further fields where the rules ask for them.
      returned: always
      type: dict
      sample:
        arch: b64
        syscall: openat
        object: /etc/shadow
        scene: direct
        access: w
        auid: 1000
        uid: 0
        euid: 0
        because: /etc/audit/rules.d/10-quiet.rules:2 (`-a never,exit -F dir=/etc -F perm=wa`) matches it first
    limits:
      description: Events that no rule of the requirement's form can record on this host.
      returned: always
      type: list
      elements: str
      sample:
        - a file opened with open_by_handle_at (CAP_DAC_READ_SEARCH) is not matched by its path
    missing:
      description: For V(unknown), the evidence that would decide it.
      returned: always
      type: list
      elements: str
      sample: []
    incomplete:
      description: Record types that the exclude list drops, so that the event's record lacks fields.
      returned: always
      type: list
      elements: str
      sample: []
load:
  description:
    - What would be loaded.
    - A line is a dictionary of RV(ignore:rule) (its text), RV(ignore:file) and RV(ignore:line).
  returned: when O(rules) or O(rules_dir) is given
  type: dict
  contains:
    loaded:
      description: The lines whose rules would be in the kernel, in load order.
      returned: always
      type: list
      elements: dict
      sample: [{rule: -w /etc/passwd -p wa, file: /etc/audit/rules.d/50-identity.rules, line: 2}]
    removed:
      description: The lines whose rules would not be there though they are written, RV(ignore:by) which line, and
        RV(ignore:why).
      returned: always
      type: list
      elements: dict
      sample:
        - rule: -w /etc/shadow -p wa
          file: /etc/audit/rules.d/50-identity.rules
          line: 3
          by: {rule: -e 2, file: /etc/audit/rules.d/50-identity.rules, line: 1}
          why: enabled is 2 from /etc/audit/rules.d/50-identity.rules:1 on, and nothing can be changed after it
    rejected:
      description: The lines that C(auditctl) or the kernel would refuse, with RV(ignore:reason) and RV(ignore:remedy).
      returned: always
      type: list
      elements: dict
      sample:
        - rule: -w /srv/none/x -p wa
          file: /etc/audit/rules.d/60-app.rules
          line: 4
          reason: "No such file or directory: /srv/none does not exist, so the kernel cannot watch /srv/none/x"
          remedy: create /srv/none before the rules are loaded, or delete this line on this host.
    stopped_at:
      description: The line at which the load would end early, or V(null).
      returned: always
      type: dict
      sample: {rule: -w /srv/none/x -p wa, file: /etc/audit/rules.d/60-app.rules, line: 4}
    warnings:
      description: What else is worth a look.
      returned: always
      type: list
      elements: str
      sample: []
    settings:
      description: The settings that the lines make, among them RV(ignore:enabled), RV(ignore:failure) and
        RV(ignore:backlog_limit). What no line sets is not there.
      returned: always
      type: dict
      sample: {enabled: 2, backlog_limit: 8192, failure: 1}
    set_by:
      description: The line that makes each setting.
      returned: always
      type: dict
      sample: {enabled: {rule: -e 2, file: /etc/audit/rules.d/99-finalize.rules, line: 1}}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.coverage.question import Question, answer
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError


def main():
    module = AnsibleModule(
        argument_spec=dict(
            requirements=dict(type="list", elements="str", required=True),
            rules=dict(type="list", elements="str"),
            rules_dir=dict(type="path"),
            loader=dict(type="str", choices=["augenrules", "auditctl"], default="augenrules"),
            arch=dict(type="str", choices=["x86_64", "i386", "aarch64", "arm", "ppc64le", "s390x"]),
            uid_min=dict(type="int"),
            user_arches=dict(type="list", elements="str", choices=["b64", "b32", "x32"]),
            paths=dict(type="dict"),
            auditd_version=dict(type="str"),
        ),
        mutually_exclusive=[("rules", "rules_dir")],
        supports_check_mode=True,
    )
    try:
        result = answer(Question(**module.params))
    except TrailError as error:
        fail_with(module, error)
    for warning in result.pop("warnings"):
        module.warn(warning)
    module.exit_json(changed=False, **printable(result))


if __name__ == "__main__":
    main()
