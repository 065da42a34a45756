# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts: what auditd does when the disk fills or fails, and whether anybody would hear of it."""

import re
from typing import Any, Dict, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import configuration, evidence, journal_upload
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import all_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.onward import Onward
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_daemon import daemon_for
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Message, hosts, others

Plain = Dict[str, Any]

_TOLD = ("space_left_action", "admin_space_left_action", "disk_full_action", "disk_error_action")
_ALL = _TOLD + ("max_log_file_action", "overflow_action")

MAILER = "/usr/lib/sendmail"
"""The only program by which auditd sends mail (email_command of src/auditd-config.c)."""
_MAILERS = (MAILER, "/usr/sbin/sendmail")

_WRITES_SYSLOG = ("syslog", "email", "suspend")
"""Actions that write a message of facility daemon and severity alert or err (src/auditd-event.c), and let the host go
on. ignore and rotate write none."""

_STOPS = {"single": "the host goes to single-user mode", "halt": "the host goes off"}
"""Actions that need nobody who reads a message: a host that has stopped is noticed by those who use it."""


def collect(context: Context, posture: Plain) -> Plain:
    """``actions, account, resolves, alias, mta, mail_works, syslog_forwarded, shipped, ways, unheard, path, not_seen``.

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    evidence.require(posture, "config")
    looker = Complete(context)
    values = configuration.auditd_values(posture)
    forwarded = _forwarded(looker)
    mta = next((path for path in _MAILERS if _executable(looker, path)), None)
    found: Plain = dict.fromkeys(("actions", "account", "resolves", "alias", "mail_works", "ways", "unheard", "path"))
    # That records leave the host tells nobody that they stop: it is told beside the ways, and is none.
    found.update(mta=mta, syslog_forwarded=forwarded, shipped=(posture.get("shipping") or {}).get("active"))
    if values is None:
        looker.not_seen.append(configuration.no_values(posture))
        return dict(found, not_seen=looker.not_seen)
    account = values["action_mail_acct"]
    aliases = _aliases(looker)
    resolves = _resolves(looker, account, aliases)
    found.update(
        actions={name: values[name] for name in _ALL if name in values},
        account=account,
        resolves=resolves,
        alias=(aliases or {}).get(account.lower()),
        mail_works=_and(resolves, mta == MAILER),
    )
    ways = {name: _way(looker, found, name, values) for name in _TOLD}
    found["ways"] = [
        "{0} = {1}: {2}".format(name, values[name], way) for name, (works, way) in sorted(ways.items()) if works
    ]
    found["unheard"] = ["{0} = {1}".format(name, values[name]) for name in _TOLD if ways[name][0] is False]
    # Each is about a failure of its own, of which the others do not tell: one way for one of them is not enough.
    found["path"] = all_of([works for works, _told in ways.values()])
    found["not_seen"] = looker.not_seen
    return found


def _way(looker: Complete, found: Plain, name: str, values: Plain) -> Tuple[Optional[bool], str]:
    """Whether somebody hears of an action, null where that is not known; and how."""
    action = values[name]
    if action in _STOPS:
        return True, _STOPS[action]
    if action == "exec":
        program = values[name[: -len("_action")] + "_exe"]
        before = len(looker.not_seen)
        works = bool(program) and _executable(looker, program)
        return (None if len(looker.not_seen) > before else works), "runs {0}".format(program)
    mail = found["mail_works"] if action == "email" else False
    if mail:
        return True, "mail to {0}".format(found["account"])
    forwarded = found["syslog_forwarded"] if action in _WRITES_SYSLOG else False
    return (None if mail is None and not forwarded else forwarded), "a message to syslog, which is forwarded"


def _and(one: Optional[bool], other: bool) -> Optional[bool]:
    return False if not other else one


def _executable(looker: Complete, path: str) -> bool:
    entry = looker.entry(path)
    return entry is not None and entry["type"] == "file" and bool(int(entry["mode"], 8) & 0o111)


def _aliases(looker: Complete) -> Optional[Dict[str, str]]:
    lines = looker.whole(looker.lines, "/etc/aliases")
    if lines is None:
        return None
    found: Dict[str, str] = {}
    name = ""
    for _number, line in lines:
        match = re.match(r"\"?([^:#\"\s]+)\"?\s*:\s*(.*)", line)
        if match and not line.startswith("#"):
            name = match.group(1).lower()
            found[name] = match.group(2)
    return found


def _resolves(looker: Complete, account: str, aliases: Optional[Dict[str, str]]) -> Optional[bool]:
    """An address of another host counts as one; a name has to be an alias that leads somewhere, or a user."""
    if "@" in account:
        return True
    target = (aliases or {}).get(account.lower())
    if target is not None:
        return target.strip() not in ("", "/dev/null")
    lines = looker.whole(looker.lines, "/etc/passwd")
    if lines is None or aliases is None:
        return None
    return any(line.split(":")[0] == account for _number, line in lines)


def _forwarded(looker: Complete) -> Optional[bool]:
    """Whether auditd's own messages leave the host: by a syslog daemon or a systemd-journal-upload that runs."""
    before = len(looker.not_seen)
    onward = Onward(looker)
    daemon = daemon_for(looker, Message("daemon", "alert", "auditd"))
    found = []
    if daemon is not None:
        for target in hosts(daemon):
            leaves = onward.of(target.name, target.port, target.transport).leaves
            found.append(all_of([target.reached, daemon.running, leaves]))
        if others(daemon):  # omkafka and the like
            found.append(all_of([None, daemon.running]))
    upload = journal_upload.upload(looker)
    if upload is not None:
        leaves = onward.of(upload["server"], upload["port"]).leaves
        found.append(all_of([journal_upload.running(looker), leaves]))
    if True in found:
        return True
    return None if None in found or len(looker.not_seen) > before else False
