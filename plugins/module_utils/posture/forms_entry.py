# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of one file or directory (posture/entry.py), and other forms that several parts share."""

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, TEXT, Form, number, or_null, record

INSTANT = form.matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", "a time in UTC, such as 2026-11-26T17:00:00Z")
MEASURE = Form(
    "a number from 0", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
)
TEXTS = form.list_of(TEXT)
ENTRY = record(
    {
        "path": TEXT,
        "type": TEXT,
        "mode": form.matching(r"[0-7]{4}\Z", "a mode, such as 0640"),
        "uid": number(),
        "gid": number(),
        "group_write": FLAG,
        "other_access": FLAG,
        "other_write": FLAG,
    },
    {
        "owner": or_null(TEXT),
        "group": or_null(TEXT),
        "size": number(),
        "modified": or_null(INSTANT),
        "link": TEXT,
        "group_access": FLAG,
        "acl": or_null(FLAG),
        "acl_readers": TEXTS,
    },
)
