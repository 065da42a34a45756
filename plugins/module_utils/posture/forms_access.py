# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of the parts of a posture that tell of logins, privileges, the clock and the trail."""

from typing import Dict

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, TEXT, Form, number, or_null, record
from ansible_collections.auditops.trail.plugins.module_utils.posture.forms_entry import MEASURE, TEXTS

_COMMAND = record(
    {
        # The lines of controls are made from it.
        "path": form.matching("/", "an absolute path"),
        "mode": form.matching(r"[0-7]{4}\Z", "a mode, such as 4755"),
        "uid": number(),
        "gid": number(),
        "setuid": FLAG,
        "setgid": FLAG,
        "capabilities": or_null(TEXT),
    },
    {},
)
PRIVILEGED = record(
    {"commands": form.list_of(_COMMAND), "complete": FLAG},
    {
        "mounts": TEXTS,
        "skipped": form.list_of(record({"mount": TEXT, "reason": TEXT}, {})),
        "entries": number(),
        "seconds": MEASURE,
        "stopped_by": or_null(form.one_of(("entries", "seconds", "unread"))),
        "incomplete": or_null(TEXT),
        "limits": record({"entries": number(), "seconds": number()}, {}),
        "not_seen": TEXTS,
    },
)

PARTS: Dict[str, Form] = {
    "privileged": PRIVILEGED,
}
