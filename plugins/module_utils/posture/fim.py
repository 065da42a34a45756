# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools that find changed files: whether one looks at the audit log and what makes it, and when it ran."""

import os
import re
import stat
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    filesystems,
    fim_paths,
    fim_starts,
    trail_files,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import all_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import days, utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen, services
from ansible_collections.auditops.trail.plugins.module_utils.posture.this_host import ThisHost

Plain = Dict[str, Any]

CONFIGURATION = ("/etc/audit/auditd.conf", "/etc/audit/audit.rules", "/etc/audit/rules.d/audit.rules")
PROGRAMS = ("auditctl", "auditd", "augenrules", "aureport", "ausearch")
"""What has to be watched of the audit system besides its log."""


class _Tool(NamedTuple):
    """``places`` are programs that tell that it is installed, ``configs`` where its configuration is (the first that is
    there), ``traces`` what a run leaves, ``word`` by what it is named in a schedule, ``comms`` its daemons. ``mailed``:
    it is heard of by mail or syslog of this host alone, and has no connection of its own."""

    name: str
    places: Tuple[str, ...]
    configs: Tuple[str, ...]
    traces: Tuple[str, ...]
    word: str
    comms: Tuple[str, ...] = ()
    mailed: bool = False


TOOLS: Tuple[_Tool, ...] = (
    _Tool(
        "aide",
        ("/usr/bin/aide", "/usr/sbin/aide"),
        ("/etc/aide/aide.conf", "/etc/aide.conf"),
        ("/var/log/aide/aide.log",),
        "aide",
        mailed=True,
    ),
    _Tool(
        "tripwire",
        ("/usr/sbin/tripwire",),
        ("/etc/tripwire/twpol.txt", "/etc/tripwire/tw.cfg"),
        ("/var/lib/tripwire/report/*.twr",),
        "tripwire",
    ),
    _Tool(
        "samhain",
        ("/usr/sbin/samhain", "/usr/local/sbin/samhain"),
        ("/etc/samhain/samhainrc", "/etc/samhainrc"),
        ("/var/log/samhain/samhain.log", "/var/log/samhain_log"),
        "samhain",
        ("samhain",),
    ),
    _Tool(
        "afick",
        ("/usr/bin/afick", "/usr/bin/afick.pl"),
        ("/etc/afick.conf",),
        ("/var/lib/afick/archive/*",),
        "afick",
        mailed=True,
    ),
    _Tool(
        "wazuh",
        ("/var/ossec/bin/wazuh-syscheckd",),
        ("/var/ossec/etc/ossec.conf",),
        ("/var/ossec/queue/fim/db/fim.db",),
        "wazuh",
        ("wazuh-syscheckd", "wazuh-syscheck"),
    ),
    _Tool(
        "ossec",
        ("/var/ossec/bin/ossec-syscheckd",),
        ("/var/ossec/etc/ossec.conf",),
        ("/var/ossec/queue/syscheck/*",),
        "ossec",
        ("ossec-syscheckd", "ossec-syscheck"),
    ),
    _Tool(
        "osquery",
        ("/usr/bin/osqueryd", "/opt/osquery/bin/osqueryd"),
        ("/etc/osquery/osquery.conf",),
        ("/var/log/osquery/osqueryd.results.log",),
        "osquery",
        ("osqueryd",),
    ),
    _Tool(
        "auditbeat",
        ("/usr/bin/auditbeat", "/usr/share/auditbeat/bin/auditbeat"),
        ("/etc/auditbeat/auditbeat.yml",),
        ("/var/lib/auditbeat/beat.db",),
        "auditbeat",
        ("auditbeat",),
    ),
)
_BEGINNING = 4096
_OSSEC_AGENTS = {"wazuh": ("wazuh-agentd",), "ossec": ("ossec-agentd",)}


def collect(context: Context, posture: Plain) -> Plain:
    """``tools``: of each that is installed or configured ``name, installed, config, running, covers`` (``log_directory,
    configuration, tools``), ``last_run, age_days, baseline, scheduled, own_way``; ``active``: the best of them;
    ``not_seen``.

    ``last_run`` is the newest trace that a comparison leaves; null where a run
    leaves none (a report that goes out by mail alone). A daemon that runs is
    scheduled. ``own_way``: what it finds goes to a server of its own kind;
    null where it could, and that is not seen here.
    """
    seen = Seen(context)
    log = trail_files.named(posture, seen)
    running = services(context, [comm for tool in TOOLS for comm in tool.comms])
    comms = None if running is None else {comm for _pid, comm in running}
    tools = [_told(seen, tool, log, comms) for tool in TOOLS if _is_here(seen, tool)]
    return {"tools": tools, "active": _best(tools), "not_seen": seen.not_seen}


def _is_here(seen: Seen, tool: _Tool) -> bool:
    # Wazuh and OSSEC share a configuration; the program tells which it is.
    configs = () if tool.configs[0].startswith("/var/ossec") else tool.configs
    return any(seen.exists(path) for path in tool.places + configs)


def _told(seen: Seen, tool: _Tool, log: str, comms: Optional[Any]) -> Plain:
    config = next((path for path in tool.configs if seen.exists(path)), None)
    before = len(seen.not_seen)
    watched = None if config is None else fim_paths.READERS[tool.name](seen, config)
    if watched is not None and len(seen.not_seen) > before:
        watched.unknown = True
    traces = list(tool.traces)
    if watched is not None and tool.name == "aide":
        traces += _files_of(watched, "report_url")
    if tool.name == "aide":
        # Its new database is no trace of a comparison: aideinit makes one, and so does the report of that.
        traces = [path for path in traces if not _is_of_a_first_run(seen, path)]
    last = _newest(seen, traces)
    runs = None if comms is None else bool(comms.intersection(tool.comms))
    age = None if last is None else max(0.0, time.time() - last)
    return {
        "name": tool.name,
        "installed": any(seen.exists(path) for path in tool.places),
        "config": config,
        "running": runs if tool.comms else None,
        "covers": {
            "log_directory": _covers(seen, tool, watched, [log]),
            "configuration": _covers(seen, tool, watched, _there(seen, CONFIGURATION) or CONFIGURATION[:1]),
            "tools": _covers(seen, tool, watched, _programs(seen)),
        },
        "last_run": utc(last),
        "age_days": days(age),
        "baseline": utc(_newest(seen, [] if watched is None else _files_of(watched, "database_in", "database"))),
        "scheduled": True if tool.comms and runs else fim_starts.scheduled(seen, tool.word),
        "own_way": False if tool.mailed else _own_way(seen, tool, config, comms),
    }


def _covers(seen: Seen, tool: _Tool, watched: Optional[fim_paths.Watched], paths: Sequence[str]) -> Optional[bool]:
    """Whether all of the paths are watched; one that is not decides it."""
    return None if watched is None else all_of([_covers_one(seen, tool, watched, path) for path in paths])


def _covers_one(seen: Seen, tool: _Tool, watched: fim_paths.Watched, path: str) -> Optional[bool]:
    """A file counts where it lies. A path that leads there by a link is enough for no tool that is known to stay out
    of links, as AIDE is; of others that is not known."""
    real = filesystems.resolved(seen, path)
    covered = watched.covers(real)
    if covered is not False or real == path or tool.name == "aide":
        return covered
    return None if watched.covers(path) is not False else False


def _there(seen: Seen, paths: Sequence[str]) -> List[str]:
    return [path for path in paths if seen.exists(path)]


def _programs(seen: Seen) -> List[str]:
    """The programs, where they are found by name."""
    found = []
    for name in PROGRAMS:
        path = next((folder + name for folder in ("/usr/sbin/", "/sbin/") if seen.exists(folder + name)), None)
        if path is not None:
            found.append(path)
    return found or ["/usr/sbin/" + name for name in PROGRAMS]


def _files_of(watched: fim_paths.Watched, *names: str) -> List[str]:
    values = [value for name in names for value in watched.values.get(name, ())]
    return [value[len("file:") :] for value in values if value.startswith("file:/")]


def _newest(seen: Seen, patterns: Sequence[str]) -> Optional[float]:
    """The time of the newest of some files, in seconds; None where none is there."""
    times = []
    for pattern in patterns:
        for path in seen.matching(re.sub(r"/{2,}", "/", pattern)):
            try:
                times.append(os.stat(seen.context.path(path)).st_mtime)
            except OSError as exc:
                seen.miss(path, exc)
    return max(times) if times else None


def _is_of_a_first_run(seen: Seen, path: str) -> bool:
    """Whether a report of AIDE tells that a database was made, and nothing was compared."""
    try:
        # A pipe in the place of a file would hold an ordinary open for ever.
        handle = os.open(seen.context.path(path), os.O_RDONLY | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            beginning = file.read(_BEGINNING) or b"" if stat.S_ISREG(os.fstat(handle).st_mode) else b""
    except OSError:
        return False  # where its time is looked at this is told
    return b"initialized database" in beginning.lower() and b"found" not in beginning.lower()


def _own_way(seen: Seen, tool: _Tool, config: Optional[str], comms: Optional[Any]) -> Optional[bool]:
    """Whether what it finds leaves this host without a mail program: an agent of Wazuh or OSSEC that runs tells the
    server of its ``<client>``. Of other tools the connections are not read."""
    if config is None or not comms or not comms.intersection(_OSSEC_AGENTS.get(tool.name, ())):
        return None
    text = re.sub(r"<!--.*?-->", "", seen.text(config) or "", flags=re.S)
    servers = re.findall(r"<(?:address|server-ip|server-hostname)>\s*([^<\s]+)\s*<", text)
    here = ThisHost(seen.context)
    return True if any(not here.is_it(server) for server in servers) else None


def _best(tools: Sequence[Plain]) -> Optional[Plain]:
    """The tool that does most here: it is installed, scheduled, covers the log, and ran last."""
    installed = [tool for tool in tools if tool["installed"]]
    if not installed:
        return None

    def rank(tool: Plain) -> Tuple[bool, int, bool, float]:
        covered = sum(value is True for value in tool["covers"].values())
        age = tool["age_days"]
        return bool(tool["scheduled"]), covered, age is not None, -(age or 0.0)

    return max(installed, key=rank)
