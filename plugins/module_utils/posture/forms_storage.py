# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of the parts of a posture that tell of configuration, logs and shipping."""

from typing import Any, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, TEXT, Form, number, or_null, record
from ansible_collections.auditops.trail.plugins.module_utils.posture.forms_entry import ENTRY, INSTANT, MEASURE, TEXTS

_FLAG, _TEXT, _NUMBER = or_null(FLAG), or_null(TEXT), or_null(number())
_MEASURE, _INSTANT, _TEXTS = or_null(MEASURE), or_null(INSTANT), or_null(TEXTS)
_ENTRIES = or_null(form.list_of(ENTRY))
_LINE = or_null(number(1))
# A record may be dated ahead of the clock.
_SIGNED = or_null(Form("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)))
_VALUE = Form(
    "a text, a whole number, true or false, or null",
    lambda value: value is None or isinstance(value, (str, int, bool)) or _is_texts(value),
)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


_PROBLEMS = form.list_of(record({"line": _LINE, "message": TEXT, "fatal": FLAG, "remedy": TEXT}, {}))
_AUDITD_VALUES = record(
    {
        # The controls compare these with numbers and words.
        "max_log_file": number(),
        "num_logs": number(),
        "max_log_file_action": TEXT,
        "space_left_action": TEXT,
        "admin_space_left_action": TEXT,
        "disk_full_action": TEXT,
        "disk_error_action": TEXT,
        "log_file": TEXT,
        "write_logs": FLAG,
    },
    {},
    _VALUE,
)


def _file(values: Form) -> Form:
    return or_null(
        record(
            {
                "file": TEXT,
                "exists": FLAG,
                "values": or_null(values),
                "written": form.mapping_of(record({"value": TEXT, "line": number(1)}, {})),
                "problems": _PROBLEMS,
                "usable": _FLAG,
            },
            {},
        )
    )


def _part(fields: Dict[str, Form], needed: Optional[Dict[str, Form]] = None) -> Form:
    return record(needed or {}, dict(fields, not_seen=TEXTS))


_OTHER_VALUES = record({}, {}, _VALUE)
CONFIG = _part(
    {
        "dispatcher": _file(_OTHER_VALUES),
        "plugins": or_null(
            form.list_of(
                record(
                    {"name": TEXT, "file": TEXT, "active": FLAG, "problems": _PROBLEMS},
                    {"path": _TEXT, "direction": _TEXT, "type": _TEXT, "args": TEXTS, "format": _TEXT},
                )
            )
        ),
    },
    {"auditd": _file(_AUDITD_VALUES), "remote": _file(_OTHER_VALUES)},
)
_LOG_TIMES = record({"first": _INSTANT, "last": _INSTANT, "compressed": FLAG}, {})


def _log(value: Any) -> None:
    form.demand(ENTRY, value)
    form.demand(_LOG_TIMES, value)


_LOG = Form("a mapping", ENTRY.fits, _log)
LOGS = _part(
    {
        "file": _TEXT,
        "directory": or_null(ENTRY),
        "files": or_null(form.list_of(_LOG)),
        "oldest": _INSTANT,
        "newest": _INSTANT,
        "age_days": _MEASURE,
        "longest_gap_days": _MEASURE,
        "longest_gap": or_null(record({"from": INSTANT, "to": INSTANT}, {})),
        "bytes": _NUMBER,
        "bytes_per_day": _NUMBER,
        "capacity_bytes": _NUMBER,
        "retention_days": _MEASURE,
        "retention_bound": or_null(form.one_of(("rotation", "size", "space", "observed"))),
        "filesystem": or_null(
            record(
                {"mount": TEXT, "separate": _FLAG},
                {"fstype": TEXT, "options": TEXTS, "bytes": _NUMBER, "free": _NUMBER, "free_percent": _MEASURE},
            )
        ),
        "rotates": _FLAG,
        "keeps": _FLAG,
        "writes": _FLAG,
        "exposed": _TEXTS,
        "exposed_above": _TEXTS,
        "newest_age_days": _SIGNED,
    }
)
COPIES = _part(
    {
        "journal": record(
            {},
            {
                "active": _FLAG,
                "storage": TEXT,
                "persistent": _FLAG,
                "audit": _FLAG,
                "audit_at_start": or_null(form.one_of(("on", "off", "keep"))),
                "audit_setting": _TEXT,
                "audit_file": _TEXT,
                "audit_line": _LINE,
                "directory": or_null(ENTRY),
                "files": _ENTRIES,
            },
        ),
        "syslog": record({}, {"plugin": _FLAG, "daemon": _TEXT, "files": _ENTRIES}),
        "elsewhere": _ENTRIES,
        "exposed": _TEXTS,
        "group_readers": or_null(form.list_of(record({"group": TEXT, "members": _TEXTS, "paths": TEXTS}, {}))),
    }
)
PERMISSIONS = _part(
    {
        "configuration": _ENTRIES,
        "rules": _ENTRIES,
        "tools": _ENTRIES,
        "plugins": _ENTRIES,
        "scripts": _ENTRIES,
        "exposed": _TEXTS,
        "exposed_by": form.mapping_of(_TEXTS),
    }
)
_ROUTE = record(
    {
        "via": form.one_of(
            ("audisp-remote", "syslog", "systemd-journal-upload", "audispd-zos-remote", "agent", "other")
        ),
        "active": _FLAG,
        "encrypted": _FLAG,
        "loses": TEXTS,
    },
    {
        "plugin": _TEXT,
        "daemon": _TEXT,
        "running": _FLAG,
        "verified": _FLAG,
        "local": FLAG,
        "server": _TEXT,
        "port": _NUMBER,
        "transport": _TEXT,
        "identity": _TEXT,
        "mode": _TEXT,
        "format": _TEXT,
        "file": _TEXT,
        "line": _LINE,
    },
)
SHIPPING = _part(
    {
        "routes": or_null(form.list_of(_ROUTE)),
        "active": _FLAG,
        "encrypted": _FLAG,
        "identity": _FLAG,
        "lossless": _FLAG,
        "name_format": _TEXT,
        "name": _TEXT,
        "running": _FLAG,
        "queue": or_null(record({"file": TEXT, "depth": number(), "length": number()}, {"entry_size": number()})),
        "queue_fill": _MEASURE,
        "state": or_null(record({}, {"at": _INSTANT})),
        "collector": record({"listens": _FLAG}, {"port": _NUMBER, "transport": _TEXT}),
    }
)
ALERTS = _part(
    {
        "actions": or_null(form.mapping_of(TEXT)),
        "account": _TEXT,
        "resolves": _FLAG,
        "alias": _TEXT,
        "mta": _TEXT,
        "mail_works": _FLAG,
        "syslog_forwarded": _FLAG,
        "ways": _TEXTS,
        "unheard": _TEXTS,
        "path": _FLAG,
        "shipped": _FLAG,
    }
)

PARTS: Dict[str, Form] = {
    "config": CONFIG,
    "logs": LOGS,
    "copies": COPIES,
    "permissions": PERMISSIONS,
    "shipping": SHIPPING,
    "alerts": ALERTS,
}
