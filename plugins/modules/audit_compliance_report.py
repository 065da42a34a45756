#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_compliance_report
short_description: Merge the results of a compliance run, show them, and apply the gate
version_added: 0.1.0
description:
  - Merges what M(auditops.trail.audit_compliance) found on the hosts of this play into one file on the controller,
    prints a summary, and fails the play where the gate says so, after everything has been written.
  - Hosts that were not reached are listed as not assessed. Merging again gives the same.
  - Results of an earlier run, of hosts that are not in this one, are moved from C(hosts) to C(earlier) in the folder.
    So is the C(compliance.json) of an earlier run, where this one makes none.
  - What a site says of waivers and of its population is applied to the whole fleet, and what has changed since earlier
    runs is told of each control.
  - Run it in the play of the assessment, with C(run_once) and C(delegate_to=localhost), and give the assessment
    C(ignore_unreachable). Then it runs when every host is unreachable, and under C(--limit), C(serial) and C(--check).
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes.actiongroup
options:
  result_dir:
    description:
      - Folder on the controller with the results; C(compliance.json) is written to it.
    type: str
    required: true
  registered:
    description:
      - The variable in which each host's assessment was registered.
    type: str
    default: _audit_compliance_assessment
  fail_on:
    description:
      - The least severity of a control that fails the run; V(high) means high and critical.
      - A control that could not be checked, a host that was not assessed and a gap in the population count like a gap.
      - Where M(auditops.trail.audit_compliance) was given another one for some hosts, the strictest counts for the run.
      - What is waived does not, nor does what only people can answer. An expired waiver leaves a failed control.
      - A run in which no host was assessed fails even with V(never). So does one that was given for a host what cannot
        be used, as a saved posture that is missing, or that cannot be added to the history, or of a host
        whose evidence cannot be kept; after it was shown.
    type: str
    choices: [low, medium, high, critical, never]
    default: never
  summary:
    description:
      - Whether to print the summary.
    type: bool
    default: true
  nobody:
    description:
      - Why there is no host to judge, for a play that finds none. The run then fails with this reason.
      - What earlier runs left is moved to C(earlier), and no C(compliance.json) is written.
    type: str
  site:
    description:
      - Folder on the controller with the site's own controls, profiles, parameters, waivers and population, the same
        that M(auditops.trail.audit_compliance) was given.
      - The sites by which the hosts were judged count too, with their waivers and populations.
    type: str
  waiver_days:
    description:
      - For how many days a risk may be accepted at most.
    type: int
    default: 365
  population:
    description:
      - The hosts in scope, which are compared with those of the inventory and with those that were assessed; it wins
        over the one in the site's files.
      - A list of names, the path of a file with one name a line, or a mapping with C(hosts), C(groups), C(file) and
        C(source).
      - Where nobody states it, the control C(scope.population) is C(manual).
    type: raw
  history_dir:
    description:
      - Folder on the controller to which each run adds one file, and by which runs are compared; nothing in it is ever
        changed or deleted.
      - The default is C(history) in O(result_dir).
    type: str
  only_check:
    description:
      - Only check the options, those of the assessment among them, the site's files, and that history, evidence and
        posture could be written, and report nothing.
        A play does that once before it asks its hosts.
      - A variable that begins with C(audit_compliance_) and is none of the role's is refused then.
    type: bool
    default: false
  profiles:
    description:
      - With O(only_check), the profiles that M(auditops.trail.audit_compliance) will be given.
    type: list
    elements: str
    default: [baseline]
  parameters:
    description:
      - With O(only_check), the parameters that M(auditops.trail.audit_compliance) will be given.
    type: dict
    default: {}
  catalogue:
    description:
      - With O(only_check), the catalogue that M(auditops.trail.audit_compliance) will be given.
    type: list
    elements: str
    default: []
  evidence_dir:
    description:
      - With O(only_check), the folder that M(auditops.trail.audit_compliance) will be given.
    type: str
  save_posture:
    description:
      - With O(only_check), the file that M(auditops.trail.audit_compliance) will be given.
    type: str
  scan_entries:
    description:
      - With O(only_check), the limit that M(auditops.trail.audit_compliance) will be given. It is at least 0.
    type: int
    default: 1000000
  scan_seconds:
    description:
      - With O(only_check), the limit that M(auditops.trail.audit_compliance) will be given. It is at least 0.
    type: int
    default: 20
  log_bytes:
    description:
      - With O(only_check), the limit that M(auditops.trail.audit_compliance) will be given. It is at least 0.
    type: int
    default: 67108864
  log_seconds:
    description:
      - With O(only_check), the limit that M(auditops.trail.audit_compliance) will be given. It is at least 0.
    type: int
    default: 30
  merge:
    description:
      - Folders with the results of other controllers, whose hosts go into this report too. They are only read.
      - Of a host with several results the one with the newest evidence counts; that, different catalogues or versions,
        and evidence that is older than a day are findings.
    type: list
    elements: str
    default: []
  formats:
    description:
      - The reports to write beside C(compliance.json), which is written in any case.
      - V(html) is a page for people, C(compliance.html); V(csv) a row for each requirement and host; V(junit) and
        V(sarif) are for pipelines.
    type: list
    elements: str
    choices: [json, html, csv, junit, sarif]
    default: [json, html, csv, junit, sarif]
  period:
    description:
      - Two days with a slash between them, both included, whose runs the report shows; the default is the last twelve
        months.
    type: str
    default: ""
attributes:
  action:
    description: Runs on the controller alone.
    support: full
  check_mode:
    description: Can run in check mode, and does the same there, because the report is the run's output.
    support: full
  diff_mode:
    description: Shows what has changed.
    support: N/A
    details: Nothing is changed.
  idempotent:
    description: Run twice in a row, the second run changes nothing.
    support: partial
    details: No host is changed. Each run adds one file to the history.
  platform:
    description: The systems it concerns.
    support: full
    platforms: linux
seealso:
  - module: auditops.trail.audit_compliance
"""

EXAMPLES = r"""
- name: Judge each host
  auditops.trail.audit_compliance:
    result_dir: audit-compliance
  register: _audit_compliance_assessment
  ignore_unreachable: true

- name: Merge, show and gate
  auditops.trail.audit_compliance_report:
    result_dir: audit-compliance
    fail_on: high
    population:
      file: scope.txt
      source: export of the asset register, 2026-11-01
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
result_file:
  description: The merged result.
  returned: success
  type: str
  sample: /srv/audit/audit-compliance/compliance.json
history_file:
  description: What this run has added to the history.
  returned: when a host was asked itself, and not only saved postures were judged
  type: str
  sample: /srv/audit/audit-compliance/history/2026-11-26T17-00-00Z-1f0c9a2b.json
summary:
  description: How many controls of all hosts have each verdict, and how many hosts were assessed or not.
  returned: always
  type: dict
  sample: {fail: 2, error: 0, waived: 1, manual: 4, pass: 9, hosts_assessed: 1, hosts_not_assessed: 0}
not_assessed:
  description: The hosts that were not assessed.
  returned: always
  type: list
  elements: str
  sample: [web2]
pending:
  description: Hosts whose batch has not come yet, under C(serial).
  returned: always
  type: list
  elements: str
  sample: []
"""
