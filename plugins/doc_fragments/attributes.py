# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules of this collection document alike."""


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying the target.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in check mode), when in diff mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second run changes nothing.
  platform:
    description: The systems that can be judged.
    support: full
    platforms: linux
"""

    ACTIONGROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/auditops.trail.all) in C(module_defaults) to set defaults for all its modules.
    support: full
    membership:
      - auditops.trail.all
"""

    # For modules that only tell something.
    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - Nothing is changed.
  diff_mode:
    support: N/A
    details:
      - Nothing is changed.
  idempotent:
    support: full
    details:
      - Nothing is changed.
"""

    # For modules that return ansible_facts.
    FACTS = r"""
options: {}
attributes:
  facts:
    description: Returns C(ansible_facts) that are set for the host.
    support: full
"""

    # For actions that run on the controller alone and change nothing.
    CONTROLLER = r"""
options: {}
attributes:
  action:
    description: Runs on the controller alone.
    support: full
"""
