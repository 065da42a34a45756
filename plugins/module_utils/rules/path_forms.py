# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a saved path state (:meth:`.paths.PathState.to_dict`)."""

from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.form import (
    NOTHING,
    TEXT,
    Form,
    demand,
    list_of,
    mapping_of,
    matching,
    number,
    one_of,
    or_null,
    record,
)

REMEDY = "pass a path state as it was saved (the `paths` part of a posture), or {} for no evidence."
_ABSOLUTE = matching("/", "an absolute path")
_DEVICE = matching(r"\d+:\d+\Z", "a device, such as 8:1")
_TYPE = one_of(("file", "dir", "symlink", "character", "block", "fifo", "socket", "missing"))
_SEEN = {"inode": number(), "links": number(), "runs": or_null(TEXT)}
_ABSENT = record({"type": _TYPE}, dict(_SEEN, device=TEXT, target=TEXT))
_THERE = record({"type": _TYPE}, dict(_SEEN, device=_DEVICE, target=TEXT))
_LINK = record({"type": _TYPE, "target": matching(".", "a path")}, dict(_SEEN, device=_DEVICE))


def _entry(value: Dict[str, Any]) -> None:
    kind = value.get("type")
    # The type is asked for first, so that one that is wrong is what is told.
    demand(_ABSENT, value)
    if kind != "missing":
        demand(_LINK if kind == "symlink" else _THERE, value)


_MOUNT = record(
    {"point": _ABSOLUTE, "device": _DEVICE},
    {"root": TEXT, "fstype": TEXT, "since_rules": or_null(one_of(("before", "after")))},
)
_REASONS = mapping_of(TEXT)
PATH_STATE = record(
    {},
    {
        "objects": or_null(mapping_of(Form("a mapping", lambda value: isinstance(value, dict), _entry))),
        "mounts": or_null(list_of(_MOUNT)),
        "denied": or_null(_REASONS),
        "unread": or_null(_REASONS),
    },
    NOTHING,
)
"""``{"objects": {path: Entry}, "mounts": [Mount] or null, "denied": {path: reason}, "unread": {path: reason}}``."""
