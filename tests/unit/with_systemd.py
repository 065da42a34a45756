# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module audit_rules on a machine whose process 1 is taken for systemd, whatever runs the tests."""

from ansible_collections.auditops.trail.plugins.module_utils.posture import system
from ansible_collections.auditops.trail.plugins.modules import audit_rules

if __name__ == "__main__":
    system.init = lambda _context, _unseen=None: "systemd"
    audit_rules.main()
