# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a posture and of its parts, as docs/reference/posture.md describes them.

What does not fit is refused as a whole: who changed one value by hand may have
changed others, and a verdict on what is left would look like one on the host.
"""

import re
from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.coverage.labels import ANSWERED
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, TEXT, Form, number, or_null, record
from ansible_collections.auditops.trail.plugins.module_utils.host import MACHINES, MOST_UID
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms_access, forms_storage, forms_system
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import ACTIONS, LISTS, OPERATORS
from ansible_collections.auditops.trail.plugins.module_utils.rules.names import field_known
from ansible_collections.auditops.trail.plugins.module_utils.rules.path_forms import PATH_STATE
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_fields import (
    BIT_FIELDS,
    COMPARISONS,
    PATHS,
    STRINGS,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import CALLS

REMEDY = "use the posture as it was saved, or collect it again."

_UNNAMED = re.compile(r"f\d+\Z")
"""How rules/kernel.py calls a field that is newer than its tables."""
_U32 = number(0, 0xFFFFFFFF)
_LINE = or_null(number(1))
_COMPARED = form.one_of(sorted({name for pair in COMPARISONS for name in pair}))


def _is_field(value: Any) -> bool:
    return isinstance(value, str) and (value == "watch" or field_known(value) or _UNNAMED.match(value) is not None)


_FIELD = record({"field": Form("the name of a field", _is_field), "op": form.one_of(OPERATORS)}, {})
# A path that was a number, or a number that was text, would match nothing or everything.
_OF_PATH = record({"value": form.matching("/", "an absolute path")}, {})
_OF_TEXT = record({"value": TEXT}, {})
_OF_NUMBER = record({"value": _U32}, {})
# The kernel takes bit operators on few of the fields (audit_field_valid, kernel/auditfilter.c).
_WITHOUT_BITS = record({"op": form.one_of([op for op in OPERATORS if op not in ("&", "&=")])}, {})
_COMPARISON = record({"compare": _COMPARED, "op": form.one_of(("=", "!=")), "with": _COMPARED}, {})


def _condition(value: Dict[str, Any]) -> None:
    if "compare" in value:
        form.demand(_COMPARISON, value)
        return
    form.demand(_FIELD, value)
    name = value["field"]
    if name in PATHS or name == "exe":
        form.demand(_OF_PATH, value)
    else:
        form.demand(_OF_TEXT if name in STRINGS else _OF_NUMBER, value)
    if name not in BIT_FIELDS and not _UNNAMED.match(name):
        form.demand(_WITHOUT_BITS, value)


_CONDITION = Form("a mapping", lambda value: isinstance(value, dict), _condition)
_PLACE = {"file": or_null(TEXT), "line": _LINE, "text": TEXT}
_ORIGIN = record(_PLACE, {})

RULE = record(
    {
        "list": form.one_of(LISTS),
        "action": or_null(form.one_of(ACTIONS)),
        "syscalls": or_null(form.list_of(number(0, CALLS - 1))),
        "conditions": form.list_of(_CONDITION),
        "keys": form.list_of(TEXT),
    },
    dict(_PLACE, prepend=FLAG),
)
LOAD = record(
    {"rules": form.list_of(RULE)},
    {
        "removed": form.list_of(record({"rule": RULE, "by": _ORIGIN, "why": TEXT}, {})),
        "rejected": form.list_of(record(dict(_PLACE, reason=TEXT), {"remedy": TEXT})),
        "stopped_at": or_null(_ORIGIN),
        "warnings": form.list_of(TEXT),
        "settings": form.mapping_of(record({"value": number()}, {"origin": or_null(_ORIGIN)})),
        "live": FLAG,
        "loader": TEXT,
        "folder": TEXT,
    },
)
_MACHINE = form.one_of(MACHINES)
_VERSION = or_null(form.list_of(number(), 1))
DIALECT = record({"machine": _MACHINE}, {"auditctl_version": _VERSION})
"""What the collectors need of the host."""
HOST = record(
    {
        "machine": _MACHINE,
        "kernel": form.matching(r"\s*\d+(\.\d+)+", "a kernel release, such as 6.1.0"),
        "uid_min": number(0, MOST_UID),
        "user_arches": form.list_of(form.one_of(("b64", "b32", "x32")), 1),
        "io_uring_disabled": or_null(FLAG),
    },
    {
        "nodename": or_null(TEXT),
        "awk": or_null(TEXT),
        "auditctl_version": _VERSION,
        "boot_audit": or_null(FLAG),
        "label_modules": or_null(form.list_of(form.one_of(sorted(ANSWERED)))),
        "calls": or_null(form.list_of(TEXT)),
    },
)
# What this kernel does not have is null; without `enabled` nothing is judged, and evidence.check_status tells so.
STATUS = record({}, {"enabled": or_null(number(0, 2))}, or_null(number()))._replace(
    names={name: or_null(number()) for name in Status._fields}
)
RULES = record({"loaded": form.list_of(RULE)}, {"source": TEXT})
_ERRORS = form.mapping_of(record({"message": TEXT}, {"file": or_null(TEXT), "line": _LINE, "remedy": or_null(TEXT)}))
PARTS: Dict[str, Form] = {
    "host": HOST,
    "status": STATUS,
    "rules": RULES,
    "disk": LOAD,
    "paths": PATH_STATE,
}
for _parts in (forms_system.PARTS, forms_storage.PARTS, forms_access.PARTS):
    PARTS.update(_parts)
_POSTURE = record(
    {},
    {
        "tool": record({}, {"name": TEXT, "version": TEXT}),
        "collected": or_null(TEXT),
        "privilege": or_null(record({"euid": number(), "user": TEXT}, {})),
        "errors": _ERRORS,
    },
)
_PARTS = record({}, {name: or_null(part) for name, part in PARTS.items()})


def check(posture: Any) -> None:
    """Refuse a posture of another form; parts that are absent or null could not be collected.

    Raises:
        EvidenceError: it tells the place, what is there and what is wanted.
    """
    form.check(_POSTURE, posture, "", REMEDY)
    form.check(_PARTS, posture, "", REMEDY)


def checked(part: Form, value: Any, place: str) -> Any:
    """One part, or a piece of one, that has its form.

    Raises:
        EvidenceError: it tells the place, what is there and what is wanted.
    """
    form.check(part, value, place, REMEDY)
    return value
