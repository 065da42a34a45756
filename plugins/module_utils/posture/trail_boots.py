# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When the host was up, as the journal has it."""

import json
from typing import List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

_ASKED = ("--list-boots", "--output=json", "--no-pager", "--quiet")


def times(context: Context) -> Optional[List[Tuple[float, float]]]:
    """The time of the first and the last entry of each boot, from the oldest on; None where the journal does not tell.

    journalctl(1): ``first_entry`` and ``last_entry`` are microseconds. A systemd that lists boots in plain text alone
    (before 253) is one that has utmp, for which this is not asked.
    """
    program = context.program("journalctl")
    if program is None:
        return None
    try:
        status, out = context.run([program] + list(_ASKED))
        if status != 0:
            return None
        return sorted((int(one["first_entry"]) / 1e6, int(one["last_entry"]) / 1e6) for one in json.loads(out))
    except (EvidenceError, ValueError, KeyError, TypeError):
        return None
