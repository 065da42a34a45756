# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerts: what auditd does when the disk fills or fails, and whether anybody would hear of it."""

import re
from typing import Any, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import processes
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_daemon import daemon_for
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import hosts

Plain = Dict[str, Any]

_TOLD = ("space_left_action", "admin_space_left_action", "disk_full_action", "disk_error_action")
_ALL = _TOLD + ("max_log_file_action", "overflow_action")

MAILER = "/usr/lib/sendmail"
"""The only program by which auditd sends mail (email_command of src/auditd-config.c)."""
_MAILERS = (MAILER, "/usr/sbin/sendmail")

_WRITES_SYSLOG = ("syslog", "email", "suspend", "single", "halt")
"""Actions that write a message of facility daemon and severity alert or err (src/auditd-event.c)."""

_UPLOAD = "/etc/systemd/journal-upload.conf"
_UPLOADER = "systemd-journal-upload"[:15]


def collect(context: Context, posture: Plain) -> Plain:
    """``actions, account, resolves, alias, mta, mail_works, syslog_forwarded, ways, path, not_seen``.

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    evidence.require(posture, "config")
    looker = Complete(context)
    auditd = posture["config"]["auditd"]
    forwarded = _forwarded(looker)
    mta = next((path for path in _MAILERS if _executable(looker, path)), None)
    found: Plain = dict.fromkeys(("actions", "account", "resolves", "alias", "mail_works", "ways", "path"))
    found.update(mta=mta, syslog_forwarded=forwarded)
    if auditd is None:
        looker.miss("auditd.conf", "not read")
        return dict(found, not_seen=looker.not_seen)
    values = auditd["values"]
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
    ways = {name: _way(found, name, values) for name in _TOLD}
    shipped = (posture.get("shipping") or {}).get("active")
    found["ways"] = ["{0} = {1}: {2}".format(name, values[name], way) for name, way in sorted(ways.items()) if way]
    if shipped:
        found["ways"].append("shipping: the records themselves leave the host")
    unsure = shipped is None or (forwarded is None and any(values[name] in _WRITES_SYSLOG for name in _TOLD))
    found["path"] = True if found["ways"] else None if unsure else False
    found["not_seen"] = looker.not_seen
    return found


def _way(found: Plain, name: str, values: Plain) -> Optional[str]:
    action = values[name]
    if action == "email" and found["mail_works"]:
        return "mail to {0}".format(found["account"])
    if action == "exec":
        return "runs {0}".format(values[name[: -len("_action")] + "_exe"])
    if action in _WRITES_SYSLOG and found["syslog_forwarded"]:
        return "a message to syslog, which is forwarded"
    return None


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
    """Whether auditd's own messages leave the host: by the syslog daemon, or by systemd-journal-upload."""
    before = len(looker.not_seen)
    daemon = daemon_for(looker, "daemon", "alert")
    found = [] if daemon is None else [target.reached for target in hosts(daemon)]
    uploads = [line for _number, line in looker.lines(_UPLOAD) if re.match(r"URL\s*=\s*\S", line)]
    running = processes(looker.context)
    if True in found or (uploads and running and any(comm == _UPLOADER for _pid, comm in running)):
        return True
    return None if None in found or len(looker.not_seen) > before else False
