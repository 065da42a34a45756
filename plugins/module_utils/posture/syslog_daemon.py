# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which syslog daemon there is, and where the audit records that audisp-syslog gives it go."""

import os
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import syslog_ng, syslog_rsyslog
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Daemon, Message, marks

Plain = Dict[str, Any]
_DAEMONS = (
    ("rsyslogd", "rsyslog", syslog_rsyslog.MAIN, syslog_rsyslog.targets),
    ("syslog-ng", "syslog-ng", syslog_ng.MAIN, syslog_ng.targets),
)
_WATCHED = {"rsyslog": syslog_rsyslog.watched, "syslog-ng": syslog_ng.watched}
_READS_JOURNAL = {"rsyslog": syslog_rsyslog.reads_journal, "syslog-ng": syslog_ng.reads_journal}
_PLUGIN, _BUILTIN, _DISPATCHER = "audisp-syslog", "builtin_syslog", "audispd"
_RECORDS = ("type=", "msg=audit(")
_FROM_JOURNAL = Message("auth", "notice", "audit", ())
"""As what journald keeps audit records (process_audit_string of systemd's src/journal/journald-audit.c)."""


def plugin(posture: Plain) -> Optional[Plain]:
    """The plugin that gives audit records to syslog, an active one first; None where there is none."""
    found: List[Plain] = [one for one in (posture.get("config") or {}).get("plugins") or () if _is_syslog(one)]
    active = [one for one in found if one["active"]]
    return next(iter(active or found), None)


def daemon(seen: Seen, posture: Plain) -> Optional[Daemon]:
    """The syslog daemon that is installed and configured, with the targets of the plugin's facility; or None.

    Of several it is one that runs.
    """
    one = plugin(posture) or {}
    facility, severity = marks(one.get("args") or [])
    # It takes the dispatcher's name where it is given a facility (audisp/plugins/syslog/audisp-syslog.c).
    built_in = os.path.basename(one.get("path") or "").lower() == _BUILTIN
    program = _DISPATCHER if built_in or facility != "user" else _PLUGIN
    return daemon_for(seen, Message(facility, severity, program, _RECORDS))


def fed(seen: Seen, one: Plain) -> Optional[bool]:
    """Whether something gives records to syslog: the plugin is a process of its own, up to 2.8 it is audispd itself."""
    built_in = os.path.basename(one["path"] or "").lower() == _BUILTIN
    return seen.running((_DISPATCHER if built_in else _PLUGIN,))


def of_journal(seen: Seen) -> Optional[Daemon]:
    """The syslog daemon that takes what is in the journal, with the targets of the audit records there; or None.

    Which of syslog-ng's log paths begin with that source is not read.
    """
    found = daemon_for(seen, _FROM_JOURNAL)
    if found is None or not _READS_JOURNAL[found.name](seen):
        return None
    if found.name != "syslog-ng":
        return found
    return found._replace(targets=tuple(target._replace(reached=None) for target in found.targets))


def daemon_for(seen: Seen, message: Message) -> Optional[Daemon]:
    """The same for any messages."""
    found = []
    for program, name, configuration, targets in _DAEMONS:
        if seen.context.program(program) is not None and seen.exists(configuration):
            found.append((seen.running((program,)), name, targets))
    if not found:
        return None
    running, name, targets = next((one for one in found if one[0]), found[0])
    return Daemon(name, targets(seen, message), running)


def watching(seen: Seen, log: str) -> Optional[Daemon]:
    """The running syslog daemon that reads the audit log itself, with the hosts that it may send it to; or None."""
    for program, name, configuration, _targets in _DAEMONS:
        if seen.context.program(program) is None or not seen.exists(configuration):
            continue
        running = seen.running((program,))
        targets = _WATCHED[name](seen, log)
        if targets and running is not False:
            return Daemon(name, targets, running)
    return None


def _is_syslog(one: Plain) -> bool:
    return os.path.basename(one["path"] or "").lower() in (_PLUGIN, _BUILTIN)
