# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools that find changed files: whether one looks at the audit log and what makes it, and when it ran."""

import os
import re
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    fim_paths,
    fim_schedule,
    fim_times,
    trail_files,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import any_of
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
_CRONTABS = {
    # How many fields are before the command: the times, and the user in those of the system.
    "/etc/crontab": 6,
    "/etc/anacrontab": 3,
    "/etc/cron.d/*": 6,
    "/var/spool/cron/root": 5,
    "/var/spool/cron/crontabs/root": 5,
}
_CRON_FOLDERS = ("/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly")
"""Not the monthly ones: PCI DSS 11.5.2 wants a comparison each week."""
_BEGINNING = 4096
_TIMERS = ("/etc/systemd/system/*.wants", "/usr/lib/systemd/system/*.wants", "/lib/systemd/system/*.wants")
_DROP_INS = ("/usr/lib/systemd/system", "/run/systemd/system", "/etc/systemd/system")
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
    running = services(context)
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
            "log_directory": _covers(watched, [log]),
            "configuration": _covers(watched, _there(seen, CONFIGURATION) or CONFIGURATION[:1]),
            "tools": _covers(watched, _programs(seen)),
        },
        "last_run": utc(last),
        "age_days": days(age),
        "baseline": utc(_newest(seen, [] if watched is None else _files_of(watched, "database_in", "database"))),
        "scheduled": True if tool.comms and runs else _scheduled(seen, tool),
        "own_way": False if tool.mailed else _own_way(seen, tool, config, comms),
    }


def _covers(watched: Optional[fim_paths.Watched], paths: Sequence[str]) -> Optional[bool]:
    """Whether all of the paths are watched; one that is not decides it."""
    if watched is None:
        return None
    found = {watched.covers(path) for path in paths}
    return False if False in found else None if None in found else True


def _there(seen: Seen, paths: Sequence[str]) -> List[str]:
    return [path for path in paths if seen.exists(path)]


def _programs(seen: Seen) -> List[str]:
    """The programs where they are: AIDE follows no link, and /sbin is one on most hosts."""
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
        with open(seen.context.path(path), "rb") as file:
            beginning = file.read(_BEGINNING)
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


def _scheduled(seen: Seen, tool: _Tool) -> Optional[bool]:
    """Whether cron or a timer that is enabled starts it at least weekly; None where that is not found and something
    was not seen, or the times of one are not understood."""
    before = len(seen.not_seen)
    found = _by_timers(seen, tool) + _by_crontabs(seen, tool) + _by_folders(seen, tool)
    return any_of(found, len(seen.not_seen) == before)


def _by_timers(seen: Seen, tool: _Tool) -> List[Optional[bool]]:
    named = re.compile(r"(?<![A-Za-z0-9])(?:daily)?{0}".format(re.escape(tool.word)))
    found: List[Optional[bool]] = []
    for folder in _TIMERS:
        for path in seen.matching(folder + "/*.timer"):
            name = path.rpartition("/")[2]
            if not named.search(name):
                continue
            more = [one for above in _DROP_INS for one in seen.matching("{0}/{1}.d/*.conf".format(above, name))]
            found.append(fim_times.timer([line for file in [path] + more for _at, line in seen.lines(file)]))
    return found


def _by_crontabs(seen: Seen, tool: _Tool) -> List[Optional[bool]]:
    found: List[Optional[bool]] = []
    for pattern, fields in _CRONTABS.items():
        for path in seen.matching(pattern):
            for _at, line in seen.lines(path):
                if fim_schedule.runs(fim_schedule.command(line, fields), tool.word):
                    found.append(fim_times.cron(line, anacron=fields == _CRONTABS["/etc/anacrontab"]))
    return found


def _by_folders(seen: Seen, tool: _Tool) -> List[Optional[bool]]:
    for folder in _CRON_FOLDERS:
        for name in seen.names(folder):
            text = seen.text(folder + "/" + name) or ""
            lines = [line.strip() for line in text.replace("\\\n", " ").split("\n")]
            runs = any(fim_schedule.runs(line, tool.word) for line in lines)
            if not runs and not fim_schedule.is_program(name, tool.word):
                continue
            # Debian's script leaves it to the timer where systemd runs.
            if "/run/systemd/system" in text and seen.exists("/run/systemd/system"):
                continue
            return [True]
    return []


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
