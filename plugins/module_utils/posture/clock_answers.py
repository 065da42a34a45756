# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running time service says: whether the clock is synchronised, by how much it is off, and to whom."""

import re
from typing import Callable, Dict, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen


class Heard(NamedTuple):
    """A source that the service tells of; ``selected`` is the one that the clock follows."""

    address: str
    kind: str
    selected: bool


class Answer(NamedTuple):
    """None where the service does not say; ``offset`` is in seconds; ``numeric`` tells that the addresses are numbers,
    whatever the configuration names."""

    synchronised: Optional[bool] = None
    offset: Optional[float] = None
    sources: Optional[List[Heard]] = None
    numeric: bool = False


_OWN_CLOCK = re.compile(r"7F7F01[0-9A-F]{2}\Z", re.IGNORECASE)
"""The reference 127.127.1.x: the host's own clock (chrony.conf(5), local). To follow it is to follow nothing."""
_OWN_ADDRESS = "127.127.1."
_CHRONY_KINDS = {"^": "server", "=": "peer", "#": "refclock"}
_UNITS = {"us": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def chrony(seen: Seen) -> Answer:
    """``chronyc -c tracking`` (reference, leap status, offset of the system clock) and ``-c sources``."""
    tracking = seen.ask("chronyc", "-c", "tracking")
    if tracking is None:
        return Answer()
    fields = tracking.strip().split(",")
    synchronised = offset = None
    own = _OWN_CLOCK.match(fields[0]) is not None
    if len(fields) > 13:
        synchronised = fields[13] != "Not synchronised" and fields[0] not in ("", "00000000") and not own
        offset = _number(fields[4])
    # With -N sources have the names of the configuration; releases before 4.0 do not know it.
    named = seen.ask("chronyc", "-c", "-N", "sources")
    answer = named or seen.ask("chronyc", "-c", "-n", "sources")
    sources = None
    if answer is not None:
        rows = [line.split(",") for line in answer.strip().split("\n")]
        sources = [Heard(row[2], _CHRONY_KINDS.get(row[0], row[0]), row[1] == "*") for row in rows if len(row) > 2]
        if own:
            sources.append(Heard("local", "local", True))
    return Answer(synchronised, offset if synchronised else None, sources, not named)


def timesyncd(seen: Seen) -> Answer:
    """``timedatectl``: NTPSynchronized, the servers that timesyncd knows (also of a network), and its last offset."""
    shown = seen.ask("timedatectl", "show", "-p", "NTPSynchronized")
    known = seen.ask("timedatectl", "show-timesync", "--all")
    status = seen.ask("timedatectl", "timesync-status")
    values = dict(line.partition("=")[::2] for line in (known or "").split("\n") if "=" in line)
    selected = values.get("ServerName") or ""
    sources = None
    if known is not None:
        kinds = (("LinkNTPServers", "server"), ("RuntimeNTPServers", "server"), ("SystemNTPServers", "server"))
        heard = [
            Heard(name, kind, name == selected) for key, kind in kinds for name in values.get(key, "").split() if name
        ]
        if not heard:
            heard = [Heard(name, "fallback", name == selected) for name in values.get("FallbackNTPServers", "").split()]
        sources = heard
    found = re.search(r"^\s*Offset:\s*(.*)$", status or "", re.MULTILINE)
    synchronised = None if shown is None else "NTPSynchronized=yes" in shown
    return Answer(synchronised, None if found is None else _span(found.group(1)), sources)


def ntp(seen: Seen) -> Answer:
    """``ntpq -pn``: the line with ``*`` (or ``o``, by a pulse) is what the clock follows; offsets are milliseconds."""
    answer = seen.ask("ntpq", "-pn")
    if answer is None:
        return Answer()
    sources, offset = [], None
    for line in answer.split("\n"):
        fields = line[1:].split()
        if len(fields) < 10 or fields[0] == "remote" or fields[1] == ".POOL.":
            continue
        selected = line[0] in "*o"
        kind = "refclock" if fields[0].startswith("127.127.") or fields[3] == "l" else "server"
        if fields[0].startswith(_OWN_ADDRESS) or fields[1] in (".LOCL.", "LOCAL(0)"):
            kind = "local"
        sources.append(Heard(fields[0], kind, selected))
        milliseconds = _number(fields[8])
        if selected and kind != "local" and milliseconds is not None:
            offset = milliseconds / 1000
    followed = any(source.selected and source.kind != "local" for source in sources)
    return Answer(followed, offset, sources, True)


def openntpd(seen: Seen) -> Answer:
    """``ntpctl -s all``: "clock synced", and the peers, with ``*`` at the one that is followed."""
    answer = seen.ask("ntpctl", "-s", "all")
    if answer is None:
        return Answer()
    sources, offset, peer = [], None, ""
    for line in answer.split("\n"):
        numbers = re.match(r"\s*(\*?)\s+\d+\s+\d+\s+\d+\s+\S+\s+\S+\s+(-?[\d.]+)ms", line)
        if numbers is not None and peer:
            sources.append(Heard(peer.split()[0], "server", bool(numbers.group(1))))
            offset = float(numbers.group(2)) / 1000 if numbers.group(1) else offset
        peer = line.strip() if re.match(r"[0-9a-fA-F.:]+(\s|\Z)", line) else ""
    unsynced = "clock unsynced" in answer
    return Answer(False if unsynced else True if "clock synced" in answer else None, offset, sources)


ASKED: Dict[str, Callable[[Seen], Answer]] = {
    "chrony": chrony,
    "systemd-timesyncd": timesyncd,
    "ntpsec": ntp,
    "ntpd": ntp,
    "openntpd": openntpd,
}


def _number(text: str) -> Optional[float]:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e12 else None  # neither infinite nor what is no number


def _span(text: str) -> Optional[float]:
    """A span of time as systemd writes it: ``-1.5ms``, ``+1min 2.3s``."""
    pieces = re.findall(r"([\d.]+)\s*([a-zμ]+)", text)
    if not pieces or any(unit not in _UNITS for _value, unit in pieces):
        return None
    total = sum((_number(value) or 0.0) * _UNITS[unit] for value, unit in pieces)
    return -total if text.strip().startswith("-") else total
