#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: audit_status_report
short_description: Print how the audit systems of hosts are, as a table
version_added: 0.1.0
description:
  - Prints what M(auditops.trail.audit_health_info) has returned for each host of this play, with a row for each.
author:
  - The auditops.trail contributors (@auditops)
extends_documentation_fragment:
  - auditops.trail.attributes
  - auditops.trail.attributes.actiongroup
  - auditops.trail.attributes.info
  - auditops.trail.attributes.controller
options:
  registered:
    description:
      - The variable in which each host's quick check was registered.
    type: str
    default: _audit_status
  fail:
    description:
      - Whether to fail, after the table was printed, where a host was not reached or is not well.
    type: bool
    default: true
seealso:
  - module: auditops.trail.audit_health_info
"""

EXAMPLES = r"""
- name: Look at each host
  auditops.trail.audit_health_info:
    seconds: 0
  register: _audit_status
  ignore_unreachable: true

- name: Print the table
  auditops.trail.audit_status_report:
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
unhealthy:
  description: The hosts that were not reached, or are not well.
  returned: always
  type: list
  elements: str
  sample: []
"""
