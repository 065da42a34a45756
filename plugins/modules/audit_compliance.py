#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_compliance
short_description: Judge a host's audit system by profiles of controls
version_added: 0.1.0
description:
  - Collects what a host shows about its Linux audit system, decides which of the demanded events its loaded rules
    would record, and judges each control of the chosen profiles.
  - Each gap comes with one concrete event that leaves no record, the line that is to blame, and what mends it.
  - Nothing on the host is changed. The whole result is written to a file on the controller; the task returns a
    short summary.
  - A saved posture is judged without the host, to the same verdicts.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes.actiongroup
options:
  profiles:
    description:
      - Profiles of the catalogue to judge by. A control that several of them name is judged once.
    type: list
    elements: str
    default: [baseline]
  parameters:
    description:
      - "Values that win over those of the profiles and controls, for example V({backlog_limit: 16384})."
    type: dict
    default: {}
  catalogue:
    description:
      - Files or folders on the controller with controls and profiles of your own, added to the shipped ones.
      - A relative path starts where C(ansible-playbook) was started.
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
  posture:
    description:
      - A posture saved earlier, on the controller. It is judged in place of the host, which is not connected to.
      - One posture is not judged as that of several hosts of a play; the second one fails.
    type: str
  save_posture:
    description:
      - Where on the controller to keep the posture of this host.
      - Each host needs a file of its own; put C(inventory_hostname) into the name. The second host of a play that comes
        with the same file fails.
    type: str
  result_dir:
    description:
      - Folder on the controller for the results; each host's result is C(hosts/NAME.json) in it.
      - A relative path starts where C(ansible-playbook) was started.
    type: str
    required: true
  site:
    description:
      - Folder on the controller with controls, profiles, parameters, waivers and the population of your own, in any
        number of C(*.yml) files and one level of folders. All of them are checked before the host is asked.
    type: str
  waiver_days:
    description:
      - For how many days a risk may be accepted at most, from the day on which it was granted or, where that is not
        said, from today.
    type: int
    default: 365
  fail_on:
    description:
      - The gate of this host, which M(auditops.trail.audit_compliance_report) applies to the whole run. Of several the
        strictest counts.
    type: str
    choices: [low, medium, high, critical, never]
    default: never
  history_dir:
    description:
      - Folder on the controller with the history of runs, which M(auditops.trail.audit_compliance_report) adds to.
        What the kernel has lost since the last run is told by it.
      - The default is C(history) in O(result_dir).
    type: str
  evidence_dir:
    description:
      - Folder on the controller in which to keep the evidence; each run has a folder in it, and each host one in that,
        with posture, result, catalogue, manifest and C(SHA256SUMS).
    type: str
  scan_entries:
    description:
      - After how many files the search for privileged commands ends; what is made from it is then an C(error).
    type: int
    default: 1000000
  scan_seconds:
    description:
      - After how many seconds the search for privileged commands ends.
    type: int
    default: 20
  log_bytes:
    description:
      - How many bytes of the audit log, from its end, are read for what has happened to the trail.
      - Every verdict on that says from when on it holds.
    type: int
    default: 67108864
  log_seconds:
    description:
      - After how many seconds the reading of the audit log ends; what rests on it is then an C(error).
    type: int
    default: 30
  plan:
    description:
      - What the action plugin hands down to the host. Filled in by it; leave it out.
    type: dict
attributes:
  check_mode:
    description: Can run in check mode, and does the same there, because it only reads the host.
    support: full
  diff_mode:
    description: Shows what has changed.
    support: N/A
    details: Nothing is changed.
  idempotent:
    description: Run twice in a row, the second run changes nothing.
    support: full
  platform:
    description: The systems that can be judged.
    support: full
    platforms: linux
requirements:
  - jmespath on the controller
notes:
  - As an ordinary user most of the audit system cannot be read; each control that needs it is then an C(error), never a
    pass. Use C(become).
seealso:
  - module: auditops.trail.audit_compliance_report
"""

EXAMPLES = r"""
- name: Judge the host by the PCI DSS profile
  auditops.trail.audit_compliance:
    profiles: [pci_dss_4_0]
    result_dir: audit-compliance
  become: true

- name: Judge a saved posture, with a threshold of our own
  auditops.trail.audit_compliance:
    posture: postures/web1.json
    parameters:
      backlog_limit: 16384
    result_dir: audit-compliance
"""

RETURN = r"""
assessed:
  description: Whether the host was judged; when it was not, RV(ignore:msg) says why.
  returned: success
  type: bool
  sample: true
summary:
  description: How many controls have each verdict.
  returned: when the host was judged
  type: dict
  sample: {fail: 2, error: 0, waived: 1, manual: 4, pass: 9, not_applicable: 1}
failed_controls:
  description: The controls with the verdict fail.
  returned: when the host was judged
  type: list
  elements: str
  sample: [kernel.immutable]
site:
  description: The folder of the site by which the host was judged, or nothing.
  returned: when what it is judged by holds together
  type: str
  sample: /srv/audit/audit_compliance
fail_on:
  description: What was given as O(fail_on).
  returned: always
  type: str
  sample: high
result_file:
  description: The host's whole result, on the controller.
  returned: success
  type: str
  sample: /srv/audit/audit-compliance/hosts/web1.json
refused:
  description:
    - Whether it was not judged because of what was given for it on the controller, as a posture that is missing.
      The run then fails when its report was shown.
  returned: when the host was not judged
  type: bool
  sample: false
unkept:
  description:
    - Why the posture or the evidence of a host that was judged could not be kept. Its result is written all the same;
      the report tells it as a finding, and the run fails when it was shown.
  returned: when something could not be kept
  type: list
  elements: str
evidence:
  description: Where the evidence of the host was kept, and the hash of its C(SHA256SUMS).
  returned: with O(evidence_dir), when the host was judged
  type: dict
  sample: {folder: /srv/evidence/2026-11-26T17-00-00Z-1f0c9a/web1, sha256: 5d41402abc4b2a76b9719d911017c592…}
packed:
  description:
    - What the module hands back to the action plugin, which keeps it out of the task's result.
    - The posture and the judgement on each control, as compressed JSON in base64.
  returned: never, by the action plugin
  type: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.packing import pack
from ansible_collections.auditops.trail.plugins.module_utils.posture import registry


def main():
    module = AnsibleModule(
        argument_spec=dict(
            profiles=dict(type="list", elements="str", default=["baseline"]),
            parameters=dict(type="dict", default={}),
            catalogue=dict(type="list", elements="str", default=[]),
            loader=dict(type="str", choices=["auto", "augenrules", "auditctl"], default="auto"),
            posture=dict(type="str"),
            save_posture=dict(type="str"),
            result_dir=dict(type="str", required=True),
            site=dict(type="str"),
            waiver_days=dict(type="int", default=365),
            fail_on=dict(type="str", choices=["low", "medium", "high", "critical", "never"], default="never"),
            history_dir=dict(type="str"),
            evidence_dir=dict(type="str"),
            scan_entries=dict(type="int", default=1000000),
            scan_seconds=dict(type="int", default=20),
            log_bytes=dict(type="int", default=67108864),
            log_seconds=dict(type="int", default=30),
            plan=dict(type="dict"),
        ),
        supports_check_mode=True,
    )
    plan = module.params["plan"]
    if plan is None:
        module.fail_json(msg="This module is started by its action plugin, which hands it a plan.")
    try:
        wanted = [one.part for one in registry.COLLECTORS if one.part not in plan.get("leave_out", ())]
        posture = registry.collect(evaluate.context(plan), parts=wanted)
        judged = evaluate.judge(posture, plan)
    except TrailError as exc:
        module.fail_json(msg=str(exc))
    module.exit_json(changed=False, packed=pack({"posture": posture, "judged": judged}))


if __name__ == "__main__":
    main()
