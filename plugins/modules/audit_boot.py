#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_boot
short_description: The kernel's boot parameters for audit
version_added: 0.1.0
description:
  - Puts C(audit=1) and C(audit_backlog_limit=) on the command line of each entry by which the host can come up, and
    where the next update of the boot loader finds them. A process that starts before audit is on leaves no records.
  - Changes words, not lines. Every other parameter stays as it is, a C(audit=0) is replaced, what is there twice is
    there once.
  - Knows GRUB with C(/etc/default/grub) and C(grub.d) (Debian, Ubuntu, SUSE), the entries of the Boot Loader
    Specification with C(grubby) or without it (RHEL 8 and later, Fedora, Amazon Linux, C(kernelopts) in C(grubenv)
    among them), systemd-boot with C(/etc/kernel/cmdline), and Debian's C(u-boot-menu). On another one it changes
    nothing and says in RV(not_supported) what to write where.
  - Reads everything back as M(auditops.trail.audit_facts) does. Where an entry shows something else, all files are put
    back and the module fails.
  - A journal is synced before the first write. Where a run was killed or cut off, the next one finishes what it left,
    and says so in RV(recovered).
  - Does not reboot.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
attributes:
  check_mode:
    support: full
  diff_mode:
    support: partial
    details:
      - In check mode the files that the boot loader's own programs write, as C(grub.cfg), are not shown.
  idempotent:
    support: full
options:
  audit:
    description:
      - V(true) is C(audit=1).
      - V(false) takes the parameter away, C(audit=0) too. The audit daemon still switches audit on when it starts, but
        not before a reboot where the kernel was started with C(audit=0).
      - Left out, the parameter stays as it is.
    type: bool
  backlog_limit:
    description:
      - The value of C(audit_backlog_limit), how many records may wait until the audit daemon runs.
      - V(0) takes the parameter away. Left out, it stays as it is.
    type: int
requirements:
  - Root privileges.
notes:
  - The files' former content is kept in C(/var/lib/auditops-trail), the newest twenty changes of it.
seealso:
  - module: auditops.trail.audit_settings
  - module: auditops.trail.audit_facts
"""

EXAMPLES = r"""
- name: Record from the first process on
  auditops.trail.audit_boot:
    audit: true
    backlog_limit: 8192
  become: true
  register: boot

- name: Tell what is to be done by hand
  ansible.builtin.debug:
    msg: "{{ boot.not_supported.what_to_do }}"
  when: boot.not_supported

- name: Reboot where the kernel runs without it
  ansible.builtin.reboot:
  become: true
  when: boot.reboot_required
"""

RETURN = r"""
loader:
  description: The boot loader, as M(auditops.trail.audit_facts) names it; V(null) where there is none.
  returned: success
  type: str
  sample: grub
running:
  description:
    - What the kernel was started with, RV(ignore:audit) and RV(ignore:backlog_limit), which is 0 where it was not
      given. C(audit=0) and C(audit=off) are off, whatever follows on the command line.
  returned: success
  type: dict
  sample: {audit: false, backlog_limit: 0}
configured:
  description:
    - The same of every entry by which this system can come up, as read back. In check mode as it would be.
  returned: success
  type: dict
  sample: {audit: true, backlog_limit: 8192}
files:
  description: The files that were changed.
  returned: success
  type: list
  elements: str
  sample: [/boot/grub/grub.cfg, /etc/default/grub]
reboot_required:
  description:
    - Whether the running kernel was started with something else, and a reboot mends it. Where the host was started anew
      since all entries had it, and the kernel came without it all the same, RV(not_supported) says so instead.
  returned: success
  type: bool
  sample: true
not_supported:
  description:
    - Where this host's way to boot is not known to this module, or its kernel takes no parameters from the entries,
      RV(ignore:loader), and in RV(ignore:what_to_do) what to write where. V(null) else.
  returned: success
  type: dict
  sample: null
backup:
  description: The record in C(/var/lib/auditops-trail) of what the files were, V(null) where none was changed.
  returned: success
  type: str
  sample: boot-20261126T170000.000000Z-1a2b
recovered:
  description:
    - What an interrupted run had left, its RV(ignore:change), the RV(ignore:step) at which it ended, what was done
      about it, RV(ignore:did) V(finished), and RV(ignore:text), a sentence. V(null) where nothing was.
  returned: success
  type: dict
  sample: null
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boot import change
from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.deploy import diffs
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


def main():
    module = AnsibleModule(
        argument_spec=dict(audit=dict(type="bool"), backlog_limit=dict(type="int")),
        supports_check_mode=True,
    )
    given = module.params
    try:
        outcome = change.apply(Context(), given["audit"], given["backlog_limit"], Store(), module.check_mode)
    except TrailError as error:
        fail_with(module, error)
    answer = dict(outcome._asdict(), files=sorted(outcome.files))
    for warning in answer.pop("warnings"):
        module.warn(printable(warning))
    if outcome.not_supported:
        module.warn(printable("nothing was set: {0}".format(outcome.not_supported["what_to_do"])))
    if module._diff:
        answer["diff"] = [diffs.part(path, before, after) for path, (before, after) in sorted(outcome.files.items())]
    module.exit_json(**printable(answer))


if __name__ == "__main__":
    main()
