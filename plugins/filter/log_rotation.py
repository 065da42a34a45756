# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter auditops.trail.log_rotation."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import rotation

DOCUMENTATION = """
name: log_rotation
short_description: How much of a file system the audit log takes, and in how many files
version_added: 0.1.0
author:
  - The auditops.trail contributors (@auditops)
description:
  - Makes C(max_log_file), C(num_logs), C(space_left) and C(admin_space_left) of C(auditd.conf) from the size of the
    file system that the log lies on.
  - What is free there does not count, so that the same file system gives the same values at any time.
positional: _input
options:
  _input:
    description: The file system, as C(status.log.filesystem) of M(auditops.trail.audit_health_info).
    type: dict
    required: true
  share:
    description: Per cent that the log may take. V(0) is 70 for a file system of its own, and 30 for one of several.
    type: int
    default: 0
  given:
    description:
      - Keys that are set already. They are kept, and the others are made to go with them.
      - All four of them make the file system unneeded.
    type: dict
    default: {}
"""

EXAMPLES = """
- name: The keys for this host
  ansible.builtin.debug:
    msg: "{{ health.status.log.filesystem | auditops.trail.log_rotation(share=40) }}"
"""

RETURN = """
_value:
  description: The four keys; sizes are in MiB.
  type: dict
  sample: {max_log_file: 120, num_logs: 51, space_left: 2048, admin_space_left: 1024}
"""


def log_rotation(filesystem: Any, share: Any = 0, given: Any = None) -> dict[str, Any]:
    """The core's answer; its errors as Ansible wants them."""
    try:
        return rotation.of(filesystem, share, given)
    except TrailError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """What Ansible asks for."""

    def filters(self) -> dict[str, Any]:
        """The filters by name."""
        return {"log_rotation": log_rotation}
