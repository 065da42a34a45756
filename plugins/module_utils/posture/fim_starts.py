# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether cron or a timer starts a program at least weekly: timers that are enabled, crontabs, folders of scripts."""

import os
import re
import stat
from typing import List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import fim_schedule, fim_times, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.flags import any_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

_ANACRON = 3
_CRONTABS = {
    # How many fields are before the command: the times, and the user in those of the system.
    "/etc/crontab": 6,
    "/etc/anacrontab": _ANACRON,
    "/etc/cron.d/*": 6,
    "/var/spool/cron/root": 5,
    "/var/spool/cron/crontabs/root": 5,
    "/var/spool/cron/tabs/root": 5,  # SUSE
    "/etc/crontabs/root": 5,  # busybox, Alpine
}
_FOLDERS = ("/etc/cron.hourly", "/etc/cron.daily", "/etc/cron.weekly") + (
    "/etc/periodic/15min",
    "/etc/periodic/hourly",
    "/etc/periodic/daily",
    "/etc/periodic/weekly",
)
"""Not the monthly ones: PCI DSS 11.5.2 wants a comparison each week. Those below /etc/periodic are Alpine's."""
_UNITS = ("/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system") + (
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
)
"""Where systemd looks for a unit; the first that has it counts (systemd.unit(5))."""
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+\Z")
_LEFT_OUT = re.compile(r"[.#]|.*(?:~|,|\.rpm(?:save|orig|new)|\.cfsaved|\.swp|\.dpkg-\w+)\Z", re.S)
"""Names that cronie and the run-parts of its distributions leave out."""
_DEBIAN = "/etc/debian_version"
_CRONIE = ("/var/lib/rpm", "/usr/lib/sysimage/rpm")
"""Distributions whose packages are RPM's have cronie, and a run-parts of their own."""
_SCRIPT = "#!"


def scheduled(seen: Seen, word: str) -> Optional[bool]:
    """Whether cron or a timer that is enabled starts the program of this name at least weekly; None where that is not
    found and something was not seen, or the times of one are not understood."""
    before = len(seen.not_seen)
    found = _by_timers(seen, word) + _by_crontabs(seen, word) + _by_folders(seen, word)
    return any_of(found, len(seen.not_seen) == before)


def _by_timers(seen: Seen, word: str) -> List[Optional[bool]]:
    named = re.compile(r"(?<![A-Za-z0-9])(?:daily)?{0}".format(re.escape(word)))
    found: List[Optional[bool]] = []
    for folder in _UNITS:
        for path in seen.matching(folder + "/*.wants/*.timer"):
            name = path.rpartition("/")[2]
            if not named.search(name):
                continue
            units = [one + "/" + name for one in _UNITS if _is_there(seen, one + "/" + name)] or [path]
            if host_files.is_masked(seen.context, path) or host_files.is_masked(seen.context, units[0]):
                continue
            more = [one for above in reversed(_UNITS) for one in seen.matching("{0}/{1}.d/*.conf".format(above, name))]
            lines = [
                line
                for file in units[:1] + more
                if not host_files.is_masked(seen.context, file)
                for _at, line in seen.lines(file)
            ]
            found.append(fim_times.timer(lines))
    return found


def _is_there(seen: Seen, path: str) -> bool:
    return os.path.islink(seen.context.path(path)) or seen.exists(path)


def _by_crontabs(seen: Seen, word: str) -> List[Optional[bool]]:
    found: List[Optional[bool]] = []
    for pattern, fields in _CRONTABS.items():
        for path in seen.matching(pattern):
            read = _is_taken(seen, path.rpartition("/")[2]) if pattern.endswith("*") else True
            if read is False:
                continue
            for _at, line in seen.lines(path):
                if fim_schedule.runs(fim_schedule.command(line, fields), word):
                    weekly = fim_times.cron(line, anacron=fields == _ANACRON)
                    found.append(weekly if read or not weekly else None)
    return found


def _is_taken(seen: Seen, name: str) -> Optional[bool]:
    """Whether a file of a folder of cron's is read or run: Debian's names are letters, digits, ``_`` and ``-`` alone
    (cron(8), run-parts(8)); cronie takes others too, busybox does not; None where that is not known."""
    if _PLAIN_NAME.match(name):
        return True
    if _LEFT_OUT.match(name) or seen.exists(_DEBIAN):
        return False
    return True if any(seen.exists(path) for path in _CRONIE) else None


def _by_folders(seen: Seen, word: str) -> List[Optional[bool]]:
    found: List[Optional[bool]] = []
    for folder in _FOLDERS:
        for name in seen.names(folder):
            path = folder + "/" + name
            runs = _script(seen, path, word)
            taken = _is_taken(seen, name) if runs is not False and _is_executable(seen, path) else False
            if taken is not False:
                found.append(runs if taken else None)
    return found


def _is_executable(seen: Seen, path: str) -> bool:
    """run-parts leaves out what nobody may run."""
    try:
        mode = os.stat(seen.context.path(path)).st_mode
    except OSError:
        return False  # where it was read this is told
    return stat.S_ISREG(mode) and bool(mode & 0o111)


def _script(seen: Seen, path: str, word: str) -> Optional[bool]:
    """Whether a script runs the program; None of one that is named after it, where that is not found in it."""
    named = fim_schedule.is_program(path.rpartition("/")[2], word)
    before = len(seen.not_seen)
    text = seen.text(path)
    if text is None:
        return None if named and len(seen.not_seen) > before else False
    # Debian's script leaves it to the timer where systemd runs.
    if "/run/systemd/system" in text and seen.exists("/run/systemd/system"):
        return False
    lines = fim_schedule.until_exit([line.strip() for line in text.replace("\\\n", " ").split("\n")])
    if any(fim_schedule.runs(line, word) for line in lines):
        return True
    if not named:
        return False
    if not text.startswith(_SCRIPT):
        return True  # the program itself, or a link to it
    return None if any(line and not line.startswith("#") for line in lines) else False
