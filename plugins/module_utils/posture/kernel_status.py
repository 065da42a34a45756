# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's audit status, as ``auditctl -s`` shows it."""

from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import auditctl
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.kernel import read_status
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import parse_status


def collect(_context: Context, _posture: Dict[str, Any]) -> Dict[str, Any]:
    """The fields of rules/status.py; null where the kernel has none.

    Raises:
        EvidenceError: neither netlink nor auditctl gives an answer; the words are netlink's.
    """
    try:
        return dict(read_status()._asdict())
    except EvidenceError as refused:
        text = auditctl.ask("-s")
        if text is None:
            raise refused
        return dict(parse_status(text)._asdict())
