# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of audit records beside auditd's own log: in the journal, in syslog's files, and where people leave them."""

import os
from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    configuration,
    exposure,
    logins_accounts,
    syslog_daemon,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.complete import Complete
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.journal import journal, receives
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import files

Plain = Dict[str, Any]

_USUAL = (
    "{folder}/*.save",
    "{folder}/*.bak",
    "{folder}/*.orig",
    "{folder}/*.tar*",
    "{folder}/*.tgz",
    "/var/backups/*audit*",
    "/var/log/audit.*",
    "/var/log/audit-*",
)
"""Where copies of the log are found in practice; ``{folder}`` is the log's directory."""

_READERS = ("adm", "systemd-journal")
"""Groups whose purpose is to read logs: told in ``group_readers`` with their members, and no exposure."""

_LISTED = ("wheel",)
"""Whom systemd's tmpfiles.d lets read the journal by an access control list; it is the group of who may become root.
Told in ``group_readers`` too."""

_KEEPERS = ("syslog",)
"""Users that write syslog's files where the daemon gives up root (Ubuntu)."""


def collect(context: Context, posture: Plain) -> Plain:
    """``journal, syslog, elsewhere, exposed, group_readers, not_seen`` (docs/reference/posture.md).

    Raises:
        EvidenceError: the configuration could not be collected.
    """
    values = configuration.auditd_values(posture)
    looker = Complete(context)
    kept = journal(looker, posture)
    syslog = _syslog(looker, posture)
    elsewhere = None if values is None else _elsewhere(looker, values["log_file"])
    if values is None:
        looker.not_seen.append(configuration.no_values(posture) + ", so that the log's place is not known")
    lists = (_with_records(kept), syslog["files"], elsewhere)
    found: List[Plain] = [entry for one in lists for entry in one or ()]
    whole = None not in lists and values is not None
    own = exposure.log_group(values)
    exposed = [exposure.described(entry) for entry in found if _exposed(entry, own)]
    return {
        "journal": kept,
        "syslog": syslog,
        "elsewhere": elsewhere,
        "exposed": exposure.complete(looker, exposed, found, whole),
        "group_readers": _readers(looker, found, own) if whole else None,
        "not_seen": looker.not_seen,
    }


def _with_records(kept: Plain) -> Optional[List[Plain]]:
    """The journal's files that can hold audit records: those go to the system's journal, and to no user's."""
    if kept["audit"] is False or kept["files"] is None:
        return [] if kept["audit"] is False else None
    return [entry for entry in kept["files"] if not os.path.basename(entry["path"]).startswith("user-")]


def _syslog(looker: Complete, posture: Plain) -> Plain:
    plugins = posture["config"]["plugins"]
    active = None if plugins is None else bool((syslog_daemon.plugin(posture) or {}).get("active"))
    daemon = looker.whole(syslog_daemon.daemon, looker, posture)
    paths: Optional[List[str]] = []
    if active is not False and daemon is not None:
        paths = files(daemon)
        if paths is None:
            looker.miss(
                daemon.name,
                "its filters and templates are not read, so that the files of audit's messages are not known",
            )
    elif active is not False and looker.not_seen:
        paths = None
    name = None if daemon is None else daemon.name
    if receives(posture) is not False:
        before = len(looker.not_seen)
        taker = looker.whole(lambda: (syslog_daemon.of_journal(looker),))
        if taker is None or (taker[0] is not None and receives(posture) is None):
            looker.miss(name or "syslog", "whether it takes audit records from the journal is not known")
            paths = None
        elif taker[0] is not None:
            more = files(taker[0])
            if more is None and len(looker.not_seen) == before:
                looker.miss(taker[0].name, "to which files it writes audit records of the journal is not known")
            paths = None if paths is None or more is None else sorted(set(paths + more))
    entries = None if paths is None or active is None else looker.all_entries(paths)
    return {"plugin": active, "daemon": name, "files": entries}


def _elsewhere(looker: Complete, log: str) -> Optional[List[Plain]]:
    folder = log.rpartition("/")[0]
    found = looker.whole(
        lambda: [path for pattern in _USUAL for path in looker.matching(pattern.format(folder=folder))]
    )
    if found is None:
        return None
    entries = looker.all_entries([path for path in found if path != log and path != folder])
    return None if entries is None else [entry for entry in entries if entry["type"] == "file"]


def _exposed(entry: Plain, own: int) -> bool:
    if entry["other_access"] or (entry["uid"] != 0 and entry["owner"] not in _KEEPERS):
        return True
    if _listed(entry, own):
        return True
    if entry["gid"] in (0, own):
        return False
    return bool(entry["group_write"] or (exposure.group_reads(entry) and entry["group"] not in _READERS))


def _listed(entry: Plain, own: int) -> bool:
    """Whether an access control list lets in others than who may read logs anyway."""
    readers = tuple("group {0} (r".format(group) for group in _READERS + _LISTED)
    return any("w" in who[-4:] or not who.startswith(readers) for who in exposure.by_list(entry, (0, own)))


def _readers(looker: Complete, found: List[Plain], own: int) -> List[Plain]:
    """By group that may read a copy because that is what it is for: ``group``, its ``members`` and the ``paths``."""
    paths: Dict[str, List[str]] = {}
    for entry in found:
        groups = [entry["group"]] if entry["gid"] != own and exposure.group_reads(entry) else []
        for who in exposure.by_list(entry, (0, own)):
            kind, _blank, name = who.partition(" (")[0].partition(" ")
            groups += [name] if kind == "group" else []
        for group in set(groups) & set(_READERS + _LISTED if entry.get("acl_readers") else _READERS):
            paths.setdefault(group, []).append(entry["path"])
    accounts = logins_accounts.read(looker) if paths else None
    return [
        {
            "group": group,
            "members": None if accounts is None else logins_accounts.members(accounts, group),
            "paths": sorted(paths[group]),
        }
        for group in sorted(paths)
    ]
