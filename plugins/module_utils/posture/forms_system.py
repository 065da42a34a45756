# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of the parts of a posture that tell of the system, its services and its boot."""

from typing import Dict

from ansible_collections.auditops.trail.plugins.module_utils.form import Form

PARTS: Dict[str, Form] = {}
