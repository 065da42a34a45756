# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""auditctl as a source of evidence where netlink is refused to Python."""

from typing import Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.host import find_program, run_with_errors


def ask(option: str) -> Optional[str]:
    """What ``auditctl -s`` or ``auditctl -l`` prints, or None where it is not there, fails, or has not read all of it.

    On a busy host auditctl may be too slow for the kernel, which waits a tenth of a second for a reader and drops what
    it has no room for (audit_send_list_thread, kernel/audit.c). It lists the other rules then, says ``Error receiving
    audit netlink packet`` on standard error (audit_get_reply, lib/netlink.c of the audit package), and ends with 0.
    """
    program = find_program("auditctl")
    if program is None:
        return None
    try:
        status, answer, errors = run_with_errors([program, option])
    except EvidenceError:
        return None
    # An empty answer with exit status 0 is what a refusal looks like inside some containers.
    return answer if status == 0 and answer.strip() and not errors.strip() else None
