# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the syslog daemon does with a message of one facility and severity: a simple reading of its configuration.

Whether a message comes to a target is true, false, or None: behind a filter
that is not read here.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

FACILITIES = (
    "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock "
    "local0 local1 local2 local3 local4 local5 local6 local7"
).split()
SEVERITIES = "emerg alert crit err warning notice info debug".split()
_SAME = {"panic": "emerg", "error": "err", "warn": "warning", "security": "auth"}


class Message(NamedTuple):
    """What is known of the messages in question.

    ``program`` is the name under which they are written, None where that is not known; ``always`` are texts that each
    of them has in it, None where they are no audit records.
    """

    facility: str
    severity: str
    program: Optional[str] = None
    always: Optional[Tuple[str, ...]] = None


class Target(NamedTuple):
    """Where a rule puts messages.

    ``kind`` is file, host, or other: what it does with them is not known here, and ``name`` is its module or driver.
    ``reached``: whether the messages in question come
    there. ``disk_queue``: they wait on disk while the host cannot be reached;
    ``retries``: how often that is tried again (-1 for ever). ``verified``: it
    is made sure by a certificate that the other host is the one that is meant.
    ``loses`` are settings by which messages are dropped.
    """

    kind: str
    name: str
    reached: Optional[bool]
    file: str
    line: int
    port: Optional[int] = None
    transport: Optional[str] = None
    encrypted: Optional[bool] = None
    identity: Optional[str] = None
    disk_queue: bool = False
    retries: int = 0
    verified: Optional[bool] = None
    loses: Tuple[str, ...] = ()


class Daemon(NamedTuple):
    """A syslog daemon that is configured, and where it puts the messages in question."""

    name: str
    targets: Tuple[Target, ...]
    running: Optional[bool] = None


def marks(arguments: Sequence[str]) -> Tuple[str, str]:
    """Facility and severity under which audisp-syslog writes, by its arguments (LOG_INFO LOG_LOCAL6).

    audisp/plugins/syslog/audisp-syslog.c: LOG_USER and LOG_INFO are the defaults.
    """
    facility, severity = "user", "info"
    for argument in arguments:
        word = argument.lower()
        word = word[4:] if word.startswith("log_") else word
        word = _SAME.get(word, word)
        if word in FACILITIES:
            facility = word
        elif word in SEVERITIES:
            severity = word
    return facility, severity


def selects(selector: str, facility: str, severity: str) -> Optional[bool]:
    """Whether a selector (``*.info;mail,news.none``, rsyslog.conf(5)) takes such a message; None where it is none."""
    taken = False
    for part in selector.split(";"):
        names, dot, level = part.strip().rpartition(".")
        wanted = [_SAME.get(name.strip().lower(), name.strip().lower()) for name in names.split(",")]
        if not dot or not all(name in FACILITIES or name == "*" for name in wanted):
            return None
        picks = _level(level.strip().lower(), severity)
        if picks is None:
            return None
        if facility in wanted or "*" in wanted:
            kind, holds = picks
            # The parts are worked off in order: a level adds, none takes all of it away, ! takes away what it names.
            taken = False if kind == "none" else (taken and not holds) if kind == "!" else (taken or holds)
    return taken


def _level(level: str, severity: str) -> Optional[Tuple[str, bool]]:
    if level in ("none", "!*"):
        return "none", True
    if level == "*":
        return "+", True
    kind = "!" if level.startswith("!") else "+"
    exact = level.lstrip("!").startswith("=")
    name = level.lstrip("!=")
    name = _SAME.get(name, name)
    if name not in SEVERITIES:
        return None
    at, here = SEVERITIES.index(name), SEVERITIES.index(severity)
    return kind, (here == at if exact else here <= at)


def files(daemon: Daemon) -> Optional[List[str]]:
    """The files that the messages are written to; None where a filter or a template hides which they are."""
    found = [target for target in daemon.targets if target.kind == "file"]
    if any(target.reached is None for target in found):
        return None
    return sorted({target.name for target in found if target.reached})


def others(daemon: Daemon) -> List[Target]:
    """What the messages are or may be given to that may send them away by a way that is not read here."""
    return [target for target in daemon.targets if target.kind == "other" and target.reached is not False]


def hosts(daemon: Daemon) -> List[Target]:
    """The hosts that the messages are or may be sent to."""
    return [target for target in daemon.targets if target.kind == "host" and target.reached is not False]
