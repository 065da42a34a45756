# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the host as collectors read them, with a note of each one that could not be read."""

import fnmatch
import os
import stat
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import containers, entry
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.processes import comm as comm_of
from ansible_collections.auditops.trail.plugins.module_utils.posture.processes import owners, pids

MOST_BYTES = 4 * 1024 * 1024
"""No configuration is larger; what is, is not read, and told as not seen."""

COMM_LENGTH = 15
"""So much of a program's name is the name of its process (TASK_COMM_LEN of include/linux/sched.h)."""
_FIRST_PERSON = 1000
_MADE_BY_SYSTEMD = range(61184, 65520)  # systemd.exec(5), DynamicUser=
_NOBODY = 65534

_ABSENT = (FileNotFoundError, NotADirectoryError)


class Seen:
    """Reads files and folders below the context's root; ``not_seen`` tells what is there and could not be read."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.not_seen: List[str] = []
        self._running: Optional[List[Tuple[int, str]]] = None
        self._asked = False

    def miss(self, path: str, why: Any) -> None:
        """Note once that something could not be seen."""
        reason = why.strerror if isinstance(why, OSError) and why.strerror else why
        text = "{0}: {1}".format(path, reason)
        if text not in self.not_seen:
            self.not_seen.append(text)

    def text(self, path: str) -> Optional[str]:
        """What a file holds; None where it is not there, and where it cannot be read, which is noted."""
        place = self.context.path(path)
        try:
            # A pipe would keep the reader waiting, and a device has no end.
            if not stat.S_ISREG(os.stat(place).st_mode):
                self.miss(path, "not a file")
                return None
            with open(place, encoding="utf-8", errors="surrogateescape") as file:
                text = file.read(MOST_BYTES + 1)
        except _ABSENT:
            return None
        except (OSError, ValueError) as exc:
            self.miss(path, exc)
            return None
        if len(text) > MOST_BYTES:
            self.miss(path, "larger than {0} bytes".format(MOST_BYTES))
            return None
        return text

    def lines(self, path: str) -> List[Tuple[int, str]]:
        """The numbered lines of a file, without white space at their ends; none where :meth:`text` has none."""
        text = self.text(path)
        return [] if text is None else [(at, line.strip()) for at, line in enumerate(text.split("\n"), 1)]

    def joined(self, path: str) -> List[Tuple[int, str]]:
        """The lines of a file that are not empty; one that ends with a backslash goes on in the next."""
        found: List[Tuple[int, str]] = []
        text, start = "", 0
        for number, line in self.lines(path):
            start = start if text else number
            text += line
            if text.endswith("\\"):
                text = text[:-1] + " "
                continue
            if text.strip():
                found.append((start, text.strip()))
            text = ""
        return found

    def names(self, folder: str) -> List[str]:
        """The names in a folder, sorted; none where it is not there, and where it cannot be read, which is noted."""
        try:
            return sorted(os.listdir(self.context.path(folder)))
        except _ABSENT:
            return []
        except OSError as exc:
            self.miss(folder, exc)
            return []

    def matching(self, pattern: str) -> List[str]:
        """The paths that an absolute pattern of the shell means, sorted; the folders above the name may be patterns."""
        found = [""]
        for part in [part for part in pattern.split("/") if part]:
            below: List[str] = []
            for folder in found:
                if any(sign in part for sign in "*?["):
                    names = fnmatch.filter(self.names(folder or "/"), part)
                    below += [folder + "/" + name for name in names if part[0] == "." or name[0] != "."]
                else:
                    below.append(folder + "/" + part)
            found = below
        return [path for path in found if self.exists(path)]

    def exists(self, path: str) -> bool:
        """Whether something is there; where that cannot be told, it is noted."""
        try:
            os.stat(self.context.path(path))
        except _ABSENT:
            return False
        except OSError as exc:
            self.miss(path, exc)
            return False
        return True

    def entry(self, path: str) -> Optional[Dict[str, Any]]:
        """The object that a path leads to (posture/entry.py); None where it is not there or cannot be looked at."""
        try:
            return entry.look(self.context, path)
        except EvidenceError as exc:
            self.miss(path, exc.message)
            return None

    def entries(self, paths: Sequence[str]) -> List[Dict[str, Any]]:
        """The entries of those paths that are there, each path once."""
        found = [self.entry(path) for path in sorted(set(paths))]
        return [one for one in found if one is not None]

    def running(self, names: Sequence[str], users: Sequence[str] = ()) -> Optional[bool]:
        """Whether a daemon of the host runs: a process of one of these names that is root's or a system user's.

        Anybody can call a process of his own as he likes; ``users`` are names of users of the daemon's own, whatever
        their number. None where not all processes show, and where one could be a container's, which is noted.
        """
        if not self._asked:
            self._running, self._asked = _named(self.context), True
        if self._running is None:
            return None
        short = {name[:COMM_LENGTH] for name in names}
        found: Optional[bool] = False
        for pid, name in self._running:
            if name not in short or not self._is_daemons(pid, users):
                continue
            own = containers.is_hosts(self.context, pid)
            if not _is_still(self.context, pid, name):
                continue
            if own:
                return True
            if own is None:
                self.miss("/proc/{0}".format(pid), "whether this {0} is the host's or a container's".format(name))
                found = None
        return found

    def _is_daemons(self, pid: int, users: Sequence[str]) -> bool:
        numbers = owners(self.context, pid)
        return all(is_system(number) or entry.user_name(number) in users for number in numbers)

    def ask(self, name: str, *arguments: str) -> Optional[str]:
        """What a program that only tells something prints; None where it is not there, fails or does not answer."""
        program = self.context.program(name)
        if program is None:
            return None
        try:
            status, answer = self.context.run((program,) + arguments)
        except EvidenceError as exc:
            self.miss(name, exc.message)
            return None
        if status != 0:
            self.miss(" ".join((name,) + arguments), "it ends with status {0}".format(status))
            return None
        return answer


def is_system(uid: int) -> bool:
    """Whether a user is root, one for a daemon, one that systemd made for a unit (DynamicUser=), or nobody."""
    return uid < _FIRST_PERSON or uid in _MADE_BY_SYSTEMD or uid == _NOBODY


def processes(context: Context, names: Sequence[str] = ()) -> Optional[List[Tuple[int, str]]]:
    """Every process of the host as (pid, comm); None where not all of them show (proc(5), hidepid; no /proc).

    Those of containers are left out, and those of which it is not known; where one of these has one of ``names``
    (as comm has them), nothing can be said of that name, and the answer is None.
    """
    return _hosts(context, _named(context), names)


def services(context: Context, names: Sequence[str] = ()) -> Optional[List[Tuple[int, str]]]:
    """The same of the processes that root or a system user runs: anybody can call a process of his own as he likes."""
    running = _named(context)
    if running is not None:
        running = [(pid, comm) for pid, comm in running if all(is_system(number) for number in owners(context, pid))]
    return _hosts(context, running, names)


def _named(context: Context) -> Optional[List[Tuple[int, str]]]:
    """Every process that /proc shows, or None where not all of them show."""
    named = ((pid, comm_of(context, pid)) for pid in pids(context))
    found = [(pid, comm.strip()) for pid, comm in named if comm is not None]  # without one it has ended meanwhile
    # Process 1 is always there: who does not see it, or not its name, does not see all.
    return found if any(pid == 1 for pid, _comm in found) else None


def _is_still(context: Context, pid: int, name: str) -> bool:
    """Whether a process is there yet: of one that has ended nobody can tell whose it was, and it does not run."""
    now = comm_of(context, pid)
    return now is not None and now.strip() == name


def _hosts(
    context: Context, running: Optional[List[Tuple[int, str]]], names: Sequence[str]
) -> Optional[List[Tuple[int, str]]]:
    if running is None:
        return None
    own = [(pid, comm, containers.is_hosts(context, pid)) for pid, comm in running]
    own = [(pid, comm, is_hosts) for pid, comm, is_hosts in own if _is_still(context, pid, comm)]
    if any(is_hosts is None and comm in names for _pid, comm, is_hosts in own):
        return None
    return [(pid, comm) for pid, comm, is_hosts in own if is_hosts]
