#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_facts
short_description: What a host shows about its Linux audit system, as facts
version_added: 0.1.0
description:
  - Collects the posture of a host's audit system, its kernel status and rules, the files on disk, services, packages,
    boot parameters and more, as RV(ansible_facts.linux_audit).
  - The posture is the one that M(auditops.trail.audit_compliance) judges. Nothing is judged here.
  - A part that cannot be collected is told in RV(ansible_facts.linux_audit.errors), and the others stand.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
  - auditops.trail.attributes.info
  - auditops.trail.attributes.facts
options:
  gather_subset:
    description:
      - The parts of the posture to collect, by name, for example V(status).
      - V(all) stands for all of them, V(min) for V(host), V(system) and V(status). A name with V(!) in front of it is
        left out, whatever its place in the list; where no other names are given, from the default.
      - A part that a chosen one builds on is collected along, one that is left out too.
      - The two that the default leaves out take seconds; V(privileged) searches the file systems for programs that run
        with privileges, and V(trail) reads the log.
    type: list
    elements: str
    default: [all, '!privileged', '!trail']
  requirements:
    description:
      - Lines in the syntax of C(auditctl), as in M(auditops.trail.audit_coverage_info). The part V(paths) tells of the
        paths that they name, and not only of those that the rules name.
    type: list
    elements: str
    default: []
  loader:
    description:
      - What loads the rules at boot, and so which files are the rules on disk.
      - V(augenrules) builds C(/etc/audit/audit.rules) from C(/etc/audit/rules.d); V(auditctl) loads that file as it
        is; V(auto) looks at the host's services.
    type: str
    choices: [auto, augenrules, auditctl]
    default: auto
  scan_entries:
    description:
      - How many files the search for V(privileged) looks at before it gives up.
    type: int
    default: 1000000
  scan_seconds:
    description:
      - How many seconds it takes before it gives up.
    type: int
    default: 20
  log_bytes:
    description:
      - How many bytes of the audit log, from its end, are read for V(trail).
    type: int
    default: 67108864
  log_seconds:
    description:
      - After how many seconds that reading ends; RV(ignore:incomplete) then says so.
    type: int
    default: 30
requirements:
  - Root privileges, for most of the parts. Without them, what could not be seen is told in RV(ignore:errors) or in a
    part's RV(ignore:not_seen).
seealso:
  - module: auditops.trail.audit_compliance
  - module: auditops.trail.audit_coverage_info
"""

EXAMPLES = r"""
- name: What does this host show of its audit system?
  auditops.trail.audit_facts:
  become: true

- name: Only the kernel's status
  auditops.trail.audit_facts:
    gather_subset: [status]
  become: true

- name: Fail where another program than auditd holds the audit socket
  ansible.builtin.assert:
    that: ansible_facts.linux_audit.daemon.is_auditd
  when: "'daemon' in ansible_facts.linux_audit"

- name: All of it, with a longer search
  auditops.trail.audit_facts:
    gather_subset: [all]
    scan_seconds: 120
  become: true
"""

RETURN = r"""
ansible_facts:
  description: The facts.
  returned: success
  type: dict
  contains:
    linux_audit:
      description:
        - The posture, as C(docs/reference/posture.md) of this collection describes each part of it.
        - Unknown is V(null). A list is complete or V(null); what could not be seen stands in RV(ignore:not_seen) of the
          part.
      returned: always
      type: dict
      contains:
        posture_version:
          description: The version of the document's form.
          returned: always
          type: int
          sample: 1
        collected:
          description: When it was collected, in UTC.
          returned: always
          type: str
          sample: "2026-11-26T17:00:00Z"
        tool:
          description: What collected it.
          returned: always
          type: dict
          sample: {name: auditops.trail, version: 0.1.0}
        privilege:
          description: As whom it was collected.
          returned: always
          type: dict
          sample: {euid: 0, user: root}
        errors:
          description:
            - What could not be collected, by part, with RV(ignore:message), RV(ignore:file), RV(ignore:line) and
              RV(ignore:remedy).
          returned: always
          type: dict
          sample: {}
        status:
          description:
            - The kernel's audit status, under the names of C(auditctl -s).
            - What this kernel does not have is V(null).
          returned: when the part could be collected
          type: dict
          sample: {enabled: 1, failure: 1, pid: 512, backlog_limit: 8192, lost: 0}
        system:
          description: The operating system, since when it runs, and since when the host is there.
          returned: when the part could be collected
          type: dict
          sample: {init: systemd, container: none, uptime_days: 12.5}
        service:
          description: The units of audit, whether auditd runs, and whether the rules are loaded at boot.
          returned: when the part could be collected
          type: dict
          sample: {running: true, enabled: true, rules_at_boot: true, main_pid: 512}
        packages:
          description: The packages of audit.
          returned: when the part could be collected
          type: dict
          sample: {manager: dpkg, audit: {name: auditd, version: "1:3.0.9-1"}}
        daemon:
          description: Who holds the kernel's audit socket, and who reads along.
          returned: when the part could be collected
          type: dict
          sample: {pid: 512, is_auditd: true, is_service_main: true}
        kernel:
          description: What the kernel was built and set to do.
          returned: when the part could be collected
          type: dict
          sample: {syscall_audit: true, x32: false, io_uring: nobody}
        boot:
          description: How the kernel was booted, and how the entries of the boot loader will boot it.
          returned: when the part could be collected
          type: dict
          sample:
            loader: grub
            running: {parameters: [ro, audit=1], audit: true, backlog_limit: 0}
        drift:
          description: Where C(rules.d), C(audit.rules) and the kernel differ.
          returned: when the part could be collected
          type: dict
          sample: {compared: [rules_dir, audit_rules, kernel], equal: true, differences: []}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry, subsets
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


def main():
    module = AnsibleModule(
        argument_spec=dict(
            gather_subset=dict(type="list", elements="str", default=["all", "!privileged", "!trail"]),
            requirements=dict(type="list", elements="str", default=[]),
            loader=dict(type="str", choices=["auto", "augenrules", "auditctl"], default="auto"),
            scan_entries=dict(type="int", default=1000000),
            scan_seconds=dict(type="int", default=20),
            log_bytes=dict(type="int", default=67108864),
            log_seconds=dict(type="int", default=30),
        ),
        supports_check_mode=True,
    )
    given = module.params
    context = Context(
        loader=given["loader"],
        requirements=tuple(given["requirements"]),
        scan_entries=given["scan_entries"],
        scan_seconds=given["scan_seconds"],
        log_bytes=given["log_bytes"],
        log_seconds=given["log_seconds"],
    )
    try:
        posture = registry.collect(context, parts=subsets.parts_of(given["gather_subset"]))
    except TrailError as error:
        fail_with(module, error)
    module.exit_json(changed=False, ansible_facts={"linux_audit": printable(posture)})


if __name__ == "__main__":
    main()
