# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of the parts of a posture that tell of logins, privileges, the clock and the trail."""

from typing import Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, TEXT, Form, number, or_null, record
from ansible_collections.auditops.trail.plugins.module_utils.posture.forms_entry import ENTRY, INSTANT, MEASURE, TEXTS
from ansible_collections.auditops.trail.plugins.module_utils.posture.logins_sshd import TRUST

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
        "stopped_by": or_null(form.one_of(("entries", "seconds", "unread", "mounts"))),
        "incomplete": or_null(TEXT),
        "limits": record({"entries": number(), "seconds": number()}, {}),
        "not_seen": TEXTS,
    },
)

_AT = or_null(INSTANT)
_NUMBER = or_null(number())
_WHOLE = Form("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool))
_SECONDS = or_null(Form("a number", lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)))
_KINDS = ("card_numbers", "password_arguments", "typed")
_SAMPLE = record({"type": TEXT, "at": _AT, "text": TEXT, "present": TEXTS, "missing": TEXTS}, {})


def _list(needed: Dict[str, Form], more: Optional[Dict[str, Form]] = None) -> Form:
    """A list of such mappings, null where no log could be read."""
    return or_null(form.list_of(record(needed, more or {})))


TRAIL = record(
    {
        "complete": FLAG,
        "records": or_null(form.mapping_of(number(1))),
        "unpaired_starts": _list({"at": _AT, "after": _AT}, {"reboot": FLAG, "seconds": _SECONDS}),
        "stops": _list({"from": _AT, "to": _AT, "seconds": _SECONDS}, {"reboot": or_null(FLAG)}),
        "rules_removed": _list({"at": _AT, "key": or_null(TEXT), "auid": _NUMBER, "text": TEXT}, {"added_back": FLAG}),
        "enabled_changes": _list({"at": _AT, "old": _WHOLE, "new": _WHOLE, "auid": _NUMBER}),
        "lost_resets": _list({"at": _AT, "old": _WHOLE}, {"auid": _NUMBER}),
        "secrets": or_null(
            record({name: number() for name in _KINDS}, {"events": record({}, dict.fromkeys(_KINDS, TEXTS))})
        ),
        "samples": or_null(form.mapping_of(or_null(_SAMPLE))),
    },
    {
        "incomplete": or_null(TEXT),
        "whole": FLAG,
        "bounded": or_null(TEXT),
        "file": TEXT,
        "files": TEXTS,
        "files_read": number(),
        "bytes_read": number(),
        "bytes_total": _NUMBER,
        "from": _AT,
        "to": _AT,
        "events": _NUMBER,
        "malformed": _NUMBER,
        "starts": _list({"at": _AT}),
        "ends": _list({"at": _AT}, {"abort": FLAG}),
        "other_nodes": or_null(TEXTS),
        "setting_changes": _list(
            {"at": _AT, "setting": TEXT, "old": _WHOLE, "new": _WHOLE, "auid": _NUMBER}, {"refused": FLAG}
        ),
        "counts": or_null(form.mapping_of(number())),
        "not_seen": TEXTS,
    },
)

_NAMES = or_null(TEXTS)
_ABSOLUTE = form.matching("/", "an absolute path")
_ID = number()


def _shared(what: str) -> Form:
    return or_null(form.list_of(record({what: _ID, "names": TEXTS}, {})))


LOGINS = record(
    {
        "accounts": record(
            {
                "duplicate_uids": _shared("uid"),
                "duplicate_gids": _shared("gid"),
                "duplicate_names": _NAMES,
                "uid_zero": _NAMES,
            },
            {"number": _NUMBER, "duplicate_group_names": _NAMES, "elsewhere": TEXTS},
        ),
        "homes": or_null(
            form.list_of(
                record(
                    {"user": TEXT, "uid": _ID, "keys_directory": _ABSOLUTE, "exists": or_null(FLAG)},
                    {"home": _ABSOLUTE},
                )
            )
        ),
        "sshd": record(
            {"installed": FLAG, "permit_root_login": or_null(TEXT)},
            {
                "source": or_null(form.one_of(("sshd -T", "files"))),
                "use_pam": or_null(FLAG),
                "log_level": or_null(TEXT),
                "authorized_keys_file": _NAMES,
                "authorized_keys": or_null(form.list_of(_ABSOLUTE)),
                "problems": _NAMES,
                "root_by_match": _NAMES,
                "others": TEXTS,
                "alone": or_null(FLAG),
                **dict.fromkeys(TRUST, or_null(TEXT)),
            },
        ),
        "pam": record(
            {"session_services": _NAMES, "loginuid_in": _NAMES, "loginuid_missing": _NAMES},
            {
                "tty_audit": or_null(
                    form.list_of(record({"file": TEXT, "line": number(1), "log_passwd": FLAG}, {"arguments": TEXTS}))
                ),
                "faillock": or_null(FLAG),
            },
        ),
        "root": record({"password_locked": or_null(FLAG)}, {}),
        "readers": record(
            {"log_group": or_null(TEXT), "members": _NAMES},
            {"sudo": or_null(form.list_of(record({"file": TEXT, "line": number(1), "text": TEXT}, {})))},
        ),
        "secrets_typed": or_null(FLAG),
    },
    {
        # The lines of controls are made from it.
        "key_directories": or_null(
            form.list_of(record({"path": _ABSOLUTE, "user": or_null(TEXT), "exists": or_null(FLAG)}, {}))
        ),
        "container_runtimes": _NAMES,
        "key_sources": or_null(form.list_of(record({"path": _ABSOLUTE, "what": TEXT, "exists": or_null(FLAG)}, {}))),
        "not_seen": TEXTS,
    },
)

CLOCK = record(
    {
        "service": or_null(TEXT),
        "active": or_null(FLAG),
        "synchronised": or_null(FLAG),
        "sources": or_null(
            form.list_of(
                record(
                    {"address": TEXT, "kind": TEXT, "selected": or_null(FLAG)},
                    {"file": or_null(TEXT), "line": or_null(number(1))},
                )
            )
        ),
        "offset_seconds": _SECONDS,
        "config": or_null(form.list_of(ENTRY)),
    },
    {
        "enabled": or_null(FLAG),
        "sources_file": or_null(TEXT),
        "kernel_synchronised": or_null(FLAG),
        "max_error_seconds": _SECONDS,
        "exposed": _NAMES,
        "not_seen": TEXTS,
    },
)

_TOOL = record(
    {
        "name": TEXT,
        "installed": FLAG,
        "covers": record({name: or_null(FLAG) for name in ("log_directory", "configuration", "tools")}, {}),
        "last_run": _AT,
        "age_days": or_null(MEASURE),
        "scheduled": or_null(FLAG),
    },
    {"config": or_null(TEXT), "running": or_null(FLAG), "baseline": _AT, "own_way": or_null(FLAG)},
)
FIM = record({"tools": or_null(form.list_of(_TOOL)), "active": or_null(_TOOL)}, {"not_seen": TEXTS})

PARTS: Dict[str, Form] = {
    "fim": FIM,
    "clock": CLOCK,
    "logins": LOGINS,
    "trail": TRAIL,
    "privileged": PRIVILEGED,
}
