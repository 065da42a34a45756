# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The forms of the parts of a posture that tell of the system, its services and its boot."""

from typing import Dict

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.form import FLAG, TEXT, Form, number, or_null, record
from ansible_collections.auditops.trail.plugins.module_utils.posture.forms_entry import INSTANT, MEASURE, TEXTS

_PID = number(0)
_TEXT, _FLAG = or_null(TEXT), or_null(FLAG)
_ARCHES = form.list_of(form.one_of(("b64", "b32", "x32")), 1)


def _every(**parts: Form) -> Form:
    """A part of which every key is always there, ``not_seen`` among them."""
    return record(dict(parts, not_seen=TEXTS), {})


_UNIT = record(
    {"name": TEXT, "load": TEXT, "loads_rules": FLAG, "refuse_manual_stop": FLAG, "wanted_by": TEXTS},
    {"id": TEXT, "active": _TEXT, "sub": _TEXT, "enabled": _TEXT, "main_pid": or_null(_PID)},
)
_PACKAGE = record(
    {"name": TEXT, "version": TEXT, "role": form.one_of(("audit", "plugins", "libs", "rules", "report"))}, {}
)
_PROCESS: Dict[str, Form] = {"pid": _PID, "comm": TEXT, "exe": _TEXT}
_HOLDER = record(dict(_PROCESS, deleted=_FLAG, started=or_null(INSTANT)), {"packaged": _FLAG})
_COMMAND_LINE: Dict[str, Form] = {"parameters": TEXTS, "audit": FLAG, "backlog_limit": number()}
_BOOT_SOURCE = record(
    dict(
        _COMMAND_LINE,
        audit=_FLAG,
        backlog_limit=or_null(number()),
        file=TEXT,
        kind=form.one_of(("entry", "recovery", "other_system", "setting")),
        line=or_null(number(1)),
        title=_TEXT,
        default=_FLAG,
    ),
    {},
)
_WHOLE_BOOT: Dict[str, Form] = {"audit": _FLAG, "backlog_limit": or_null(number())}
_LOADER = form.one_of(("grub", "bls", "systemd-boot", "extlinux", "firmware", "cmdline.d"))
_DIFFERENCE = record(
    {
        "kind": form.one_of(
            (
                "not_loaded",
                "not_on_disk",
                "not_in_audit_rules",
                "not_in_rules_dir",
                "order",
                "setting",
                "rejected",
            )
        ),
        "rule": TEXT,
        "file": _TEXT,
        "line": or_null(number(1)),
        "text": TEXT,
    },
    {},
)

PARTS: Dict[str, Form] = {
    "system": _every(
        os=or_null(record({"id": TEXT, "id_like": TEXTS}, {"version_id": _TEXT, "name": _TEXT})),
        init=_TEXT,
        container=_TEXT,
        chroot=_FLAG,
        boot_id=_TEXT,
        booted=or_null(INSTANT),
        uptime_days=or_null(MEASURE),
        now=INSTANT,
        timezone=_TEXT,
        installed=or_null(INSTANT),
        installed_by=_TEXT,
        age_days=or_null(MEASURE),
    ),
    "service": record(
        {
            "init": _TEXT,
            "units": or_null(form.list_of(_UNIT)),
            "running": _FLAG,
            "enabled": _FLAG,
            "rules_at_boot": _FLAG,
            "main_pid": or_null(_PID),
            "not_seen": TEXTS,
        },
        {"loader": or_null(form.one_of(("augenrules", "auditctl")))},
    ),
    "packages": _every(
        manager=or_null(form.one_of(("dpkg", "rpm"))),
        installed=or_null(form.list_of(_PACKAGE)),
        audit=or_null(record({"name": TEXT, "version": TEXT}, {})),
        audit_installed=_FLAG,
        plugins_installed=_FLAG,
    ),
    "daemon": _every(
        pid=or_null(_PID),
        holder=or_null(_HOLDER),
        is_auditd=_FLAG,
        is_service_main=_FLAG,
        listeners=or_null(form.list_of(record(_PROCESS, {}))),
    ),
    "kernel": _every(
        release=TEXT,
        config=_TEXT,
        x32=_FLAG,
        ia32=_FLAG,
        arches=_ARCHES,
        io_uring=or_null(form.one_of(("absent", "everyone", "group", "nobody"))),
        syscall_audit=_FLAG,
        lockdown=_TEXT,
        modules_disabled=_FLAG,
        lsm=or_null(TEXTS),
    ),
    "boot": _every(
        loader=or_null(_LOADER),
        loaders=or_null(form.list_of(_LOADER)),
        running=or_null(record(_COMMAND_LINE, {})),
        configured=record(
            dict(
                _WHOLE_BOOT,
                sources=or_null(form.list_of(_BOOT_SOURCE)),
                next=or_null(record(_WHOLE_BOOT, {})),
                kept=_FLAG,
                left_out=or_null(TEXTS),
            ),
            {},
        ),
    ),
    "drift": _every(
        compared=form.list_of(form.one_of(("rules_dir", "audit_rules", "kernel"))),
        equal=_FLAG,
        differences=form.list_of(_DIFFERENCE),
    ),
}
