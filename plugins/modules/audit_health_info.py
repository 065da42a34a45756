#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_health_info
short_description: Whether the audit system of a host is well
version_added: 0.1.0
description:
  - Looks at the audit system of a host, watches it for some seconds, and looks again.
  - Judges whether auditd runs, the kernel holds the rules of the files, no record is lost, the queue does not fill,
    whether the log is written, how fast it grows and how long it will last at that rate.
  - With O(seconds=0) it is a quick check, which returns in RV(status) how things are.
  - Nothing is changed. Whoever is watched gets one record of the type USER, as C(auditctl -m) makes it, which is then
    looked for in the log for five seconds. A daemon that has suspended itself shows in nothing else.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
  - auditops.trail.attributes.info
options:
  seconds:
    description:
      - For how many seconds to watch, at most an hour. V(0) is the quick check.
    type: int
    default: 60
  rules:
    description:
      - Whether to compare the kernel's rules with those of the files.
      - Leave it out where they have to differ, because the kernel is locked and takes the new rules at its next boot.
    type: bool
    default: true
  limits:
    description:
      - What is still well.
    type: dict
    default: {}
    suboptions:
      lost:
        description:
          - How many records the kernel may lose meanwhile.
          - Each time that the socket of the daemon was full counts as one where the kernel was not started with
            C(audit=1), as it then drops such records without counting them.
        type: int
        default: 0
      backlog_percent:
        description: Below which share of its limit, in per cent, the kernel's queue has to be at both ends.
        type: int
        default: 50
      log_bytes_per_second:
        description: How many bytes a second may be written to the log. Left out, any number may.
        type: int
      retention_days:
        description:
          - How many days the log has to last at the rate that was measured; V(0) takes any number.
          - A minute says little about a day, so this is a bound against a flood of records, and no proof of retention.
        type: float
        default: 1
  log_folder:
    description:
      - The folder whose file system RV(status) tells of as C(log.filesystem), for a log that is to lie elsewhere. It
        need not be there yet. The default is the folder of the log.
    type: path
requirements:
  - Root privileges. What cannot be seen without them is unknown, never well.
notes:
  - A host whose C(auditd.conf) has C(write_logs = no) writes no log by choice. Its criteria V(log), V(log_growth) and
    V(retention) are met, and say that they are not applicable.
seealso:
  - module: auditops.trail.audit_rules
  - module: auditops.trail.audit_facts
"""

EXAMPLES = r"""
- name: Watch the audit system for a minute after a change
  auditops.trail.audit_health_info:
    seconds: 60
  register: health
  become: true
  failed_when: not health.healthy

- name: A quick look
  auditops.trail.audit_health_info:
    seconds: 0
  become: true

- name: Allow no more than 20 kB of log a second
  auditops.trail.audit_health_info:
    limits:
      log_bytes_per_second: 20000
  become: true
"""

RETURN = r"""
healthy:
  description:
    - Whether every criterion is met. V(null) where none is broken and one could not be told, and where there is nothing
      to judge. V(false) where the kernel was started with C(audit=0).
  returned: success
  type: bool
  sample: true
criteria:
  description:
    - Each criterion, V(daemon), V(rules), V(lost), V(backlog), V(log), V(log_growth), V(retention).
    - A quick check has those that one look can tell.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      returned: always
      type: str
      sample: lost
    ok:
      description: Whether it is met; V(null) where that could not be told.
      returned: always
      type: bool
      sample: false
    value:
      description: What was measured.
      returned: always
      type: raw
      sample: 12
    limit:
      description: What it has to keep to.
      returned: always
      type: raw
      sample: 0
    text:
      description: A sentence with the numbers.
      returned: always
      type: str
      sample: 12 records lost in 60 s, 12 since the boot or the last reset
status:
  description:
    - How things are, by RV(ignore:host), RV(ignore:service), RV(ignore:packages), RV(ignore:daemon), RV(ignore:rules),
      RV(ignore:kernel), RV(ignore:log), and in RV(ignore:errors) what could not be seen. RV(ignore:off_at_boot) says so
      where the kernel was started with C(audit=0), and is V(null) else.
    - RV(ignore:interrupted) tells of a run of this collection that was killed or cut off, by RV(ignore:kind) (V(rules),
      V(settings) or V(boot)), the RV(ignore:step) at which it ended, and RV(ignore:since); the next run of
      M(auditops.trail.audit_rules), M(auditops.trail.audit_settings) or M(auditops.trail.audit_boot) finishes or undoes
      it. RV(ignore:pending) is the identifier of the transaction of M(auditops.trail.audit_rules) that is loaded and
      not committed. Both are V(null) where there is none, and say nothing of RV(healthy).
  returned: success
  type: dict
  sample:
    daemon: {pid: 512, comm: auditd, is_auditd: true}
    rules: {kernel: 212, disk: 212, equal: true, differences: []}
    kernel: {enabled: 2, lost: 0, backlog: 0, backlog_limit: 8192}
    log: {directory: /var/log/audit, bytes: 5242880, rotates: true, max_log_file: 64, num_logs: 40}
    interrupted: null
    pending: null
seconds:
  description: For how long it was watched.
  returned: success
  type: int
  sample: 60
not_applicable:
  description:
    - The reason, where a host has no audit system of its own, such as a container or a kernel that was built without;
      else V(null).
  returned: success
  type: dict
  sample: {reason: "this is a container (docker): the audit system is its host's"}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.boundary import fail_with, printable
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import quick, watch
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Limits
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


def main():
    module = AnsibleModule(
        argument_spec=dict(
            seconds=dict(type="int", default=60),
            rules=dict(type="bool", default=True),
            log_folder=dict(type="path"),
            limits=dict(
                type="dict",
                default={},
                options=dict(
                    lost=dict(type="int", default=0),
                    backlog_percent=dict(type="int", default=50),
                    log_bytes_per_second=dict(type="int"),
                    retention_days=dict(type="float", default=1),
                ),
            ),
        ),
        supports_check_mode=True,
    )
    given = module.params
    limits = Limits()._replace(**given["limits"])
    try:
        watch.check_options(given["seconds"], limits)
        context = Context()
        found = watch.watch(context, given["seconds"], given["rules"], limits)
        if given["log_folder"] is not None:
            found["status"]["log"]["filesystem"] = quick.filesystem(context, given["log_folder"])
    except TrailError as error:
        fail_with(module, error)
    module.exit_json(changed=False, **printable(found))


if __name__ == "__main__":
    main()
