# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of audit_rules that are a matter of their own; those for files and transactions are the module's."""


class ModuleDocFragment:
    # What lines are compiled from, and when that gives up.
    PROFILES = r"""
options:
  profiles:
    description:
      - Profiles of the catalogue. Their controls' requirements are compiled for the host; its auditctl, its kinds of
        call, its paths and its privileged commands decide the lines.
      - Each requirement is judged against the whole of the load; what is not covered is told in RV(unproven).
    type: list
    elements: str
    default: []
  parameters:
    description:
      - Values that win over those of the profiles and controls.
    type: dict
    default: {}
  catalogue:
    description:
      - Files or folders on the controller with controls and profiles of your own, added to the shipped ones.
    type: list
    elements: str
    default: []
  site:
    description:
      - The site's folder on the controller, with controls, profiles and values of its own.
    type: str
  profile_file:
    description: The file for the lines of O(profiles).
    type: str
    default: 50-auditops.rules
  on_unproven:
    description:
      - What to do where a requirement of O(profiles) is not covered by what would be loaded.
    type: str
    choices: [report, fail]
    default: report
  scan_entries:
    description: How many files the search for privileged commands looks at before it gives up.
    type: int
    default: 1000000
  scan_seconds:
    description: How many seconds it takes before it gives up.
    type: int
    default: 20
  plan:
    description: What the action plugin hands to the host. Not to be given in a task.
    type: dict
  of_profiles:
    description: What the action plugin hands to the host of the settings of O(profiles). Not to be given in a task.
    type: dict
"""

    # What commit writes last, and what is done on a kernel that is locked.
    LOCK = r"""
options:
  immutable:
    description:
      - Whether commit locks the rules until the next boot (C(-e 2)).
      - The default is whether a control of O(profiles) asks for it, as C(kernel.immutable) does.
    type: bool
  loginuid_immutable:
    description:
      - Whether commit forbids that a process changes its login uid (C(--loginuid-immutable)), until the next boot.
      - Logins inside containers need to set one.
      - The default is whether a control of O(profiles) asks for it, as C(kernel.loginuid_immutable) does, the rules are
        locked, and the host has and runs nothing that runs containers.
    type: bool
  final_file:
    description: The file that commit writes the lock into. Its name has to sort behind that of O(base_file).
    type: str
    default: 99-auditops.rules
  on_immutable:
    description:
      - What to do where the kernel's rules are locked (enabled is 2) and other ones are wanted.
      - V(defer) writes the files, which the next boot loads, and returns RV(reboot_required).
      - V(fail) changes nothing and fails.
    type: str
    choices: [defer, fail]
    default: defer
"""
