# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own programs run on the control node, so they are tested where that may run."""

import sys

if sys.version_info < (3, 10):
    collect_ignore_glob = ["test_*.py"]
