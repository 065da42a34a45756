# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a running time service says: whether the clock is synchronised, by how much it is off, and to whom."""

import calendar
import re
import time
from typing import Callable, Dict, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen


class Heard(NamedTuple):
    """A source that the service tells of; ``selected`` is the one that the clock follows."""

    address: str
    kind: str
    selected: bool


class Answer(NamedTuple):
    """None where the service does not say; ``offset`` is in seconds; ``numeric`` tells that the addresses are numbers,
    whatever the configuration names; ``silent`` that the kernel's word does not stand for that of the service."""

    synchronised: Optional[bool] = None
    offset: Optional[float] = None
    sources: Optional[List[Heard]] = None
    numeric: bool = False
    silent: bool = False


_OWN_CLOCK = re.compile(r"7F7F01[0-9A-F]{2}\Z", re.IGNORECASE)
"""The reference 127.127.1.x: the host's own clock (chrony.conf(5), local). To follow it is to follow nothing."""
_OWN_ADDRESS = "127.127.1."
_CHRONY_KINDS = {"^": "server", "=": "peer", "#": "refclock"}
_UNITS = {"us": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


_FRESH_INTERVALS, _LONG_INTERVAL = 10, 1024.0
_SHORT_INTERVAL = 32.0  # timesyncd's shortest (timesyncd.conf(5), PollIntervalMinSec)
"""So many intervals without an answer, and the clock follows nothing: chrony and ntpd hold a source for lost after
eight. 1024 s is the longest interval that they choose by themselves (maxpoll 10)."""


def chrony(seen: Seen) -> Answer:
    """``chronyc -c tracking`` (reference, its time, offset of the system clock, leap status) and ``-c sources``.

    When its last source is lost, chronyd goes on saying Normal about the time that it had from it: the clock is
    synchronised only while a source is selected (``*``), and the reference is not much older than its interval.
    """
    tracking = seen.ask("chronyc", "-c", "tracking")
    if tracking is None:
        return Answer()
    fields = tracking.strip().split(",")
    # With -N sources have the names of the configuration; releases before 4.0 do not know it.
    named = seen.ask("chronyc", "-c", "-N", "sources")
    answer = named or seen.ask("chronyc", "-c", "-n", "sources")
    own = _OWN_CLOCK.match(fields[0]) is not None
    sources = None
    if answer is not None:
        rows = [line.split(",") for line in answer.strip().split("\n")]
        sources = [Heard(row[2], _CHRONY_KINDS.get(row[0], row[0]), _followed(row)) for row in rows if len(row) > 2]
        if own:
            sources.append(Heard("local", "local", True))
    synchronised = offset = None
    if len(fields) > 13:
        synchronised = fields[13] != "Not synchronised" and fields[0] not in ("", "00000000") and not own
        synchronised = synchronised and _fresh(_number(fields[3]), _number(fields[12]))
        if sources is not None:
            synchronised = synchronised and any(source.selected for source in sources)
        offset = _number(fields[4])
    return Answer(synchronised, offset if synchronised else None, sources, not named)


def _followed(row: List[str]) -> bool:
    """Whether a row of ``-c sources`` is what the clock follows; the sixth field is the register of reach, in octal."""
    return row[1] == "*" and row[5:6] != ["0"]


def _fresh(heard: Optional[float], interval: Optional[float], least: float = _LONG_INTERVAL) -> bool:
    """Whether a source was heard within the last intervals; all are seconds, the first since 1970.

    An interval is ``least`` at the least.
    """
    if heard is None:
        return False
    return abs(time.time() - heard) <= _FRESH_INTERVALS * max(interval or 0.0, least)


def timesyncd(seen: Seen) -> Answer:
    """``timedatectl``: NTPSynchronized, the servers that timesyncd knows (also of a network), and its last offset.

    NTPSynchronized is the kernel's word, and for nine hours that of a server that was lost. Where ``show-timesync``
    answers (systemd 239 and newer), a server has to be followed, and to have sent something of late.
    """
    shown = seen.ask("timedatectl", "show", "-p", "NTPSynchronized")
    known = seen.ask("timedatectl", "show-timesync", "--all")
    status = seen.ask("timedatectl", "timesync-status")
    values = dict(line.partition("=")[::2] for line in (known or "").split("\n") if "=" in line)
    lost = known is not None and not _hears(values)
    selected = "" if lost else values.get("ServerName") or ""
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
    if lost:
        return Answer(False, None, sources)
    return Answer(synchronised, None if found is None else _span(found.group(1)), sources)


def _hears(values: Dict[str, str]) -> bool:
    """Whether a server is followed and its last packet is not old (timedatectl.c, show_timesync_status)."""
    message = values.get("NTPMessage")
    if not values.get("ServerName"):
        return False
    if message is None:  # as before the first packet
        return False
    arrived = re.search(r"DestinationTimestamp=\w{3} ([\d-]+ [\d:]+)( UTC)?", message)
    if "PacketCount=0," in message or arrived is None:
        return False
    try:
        # As a tool for people it writes the time of the host's own zone, which is that of this process as well.
        written = time.strptime(arrived.group(1), "%Y-%m-%d %H:%M:%S")
        told = calendar.timegm(written) if arrived.group(2) else time.mktime(written)
    except (ValueError, OverflowError):
        return False
    # Nothing else tells of a server that was lost, and the interval is what timesyncd waits just now.
    return _fresh(told, _span(values.get("PollIntervalUSec", "")), _SHORT_INTERVAL)


def ntp(seen: Seen) -> Answer:
    """``ntpq -pn``: the line with ``*`` (or ``o``, by a pulse) is what the clock follows, as long as it is reached
    (the seventh column, in octal); offsets are milliseconds."""
    answer = seen.ask("ntpq", "-pn")
    if answer is None:
        return Answer()
    if not re.search(r"^\s*remote\s+refid\s", answer, re.MULTILINE):
        seen.miss("ntpq -pn", "it tells no table of peers")  # it was refused, or nobody answered in time
        return Answer()
    sources, offset = [], None
    for line in answer.split("\n"):
        fields = line[1:].split()
        if len(fields) < 10 or fields[0] == "remote" or fields[1] == ".POOL.":
            continue
        selected = line[0] in "*o" and fields[6] != "0"
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
    """``ntpctl -s all``: "1/2 peers valid, clock synced", and the peers, with ``*`` at the one that is followed.

    It goes on saying "clock synced" when no peer is valid any more.
    """
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
    valid = re.findall(r"\b(\d+)/\d+ (?:peers|sensors) valid", answer)
    unsynced = "clock unsynced" in answer or (bool(valid) and not any(int(number) for number in valid))
    synchronised = False if unsynced else True if "clock synced" in answer else None
    return Answer(synchronised, None if unsynced else offset, sources)


def ptp(seen: Seen) -> Answer:
    """``pmc GET TIME_STATUS_NP``: whether there is a grandmaster. phc2sys tells the kernel that its clock is
    synchronised as long as it runs, also when the network card's clock follows nobody any more; so the kernel's word
    is none, and without pmc it is not known. The offset that pmc tells is that of the card's clock."""
    answer = seen.ask("pmc", "-u", "-b", "0", "GET TIME_STATUS_NP")
    found = re.search(r"^\s*gmPresent\s+(true|false)\s*$", answer or "", re.MULTILINE)
    return Answer(None if found is None else found.group(1) == "true", silent=True)


ASKED: Dict[str, Callable[[Seen], Answer]] = {
    "chrony": chrony,
    "systemd-timesyncd": timesyncd,
    "ntpsec": ntp,
    "ntpd": ntp,
    "openntpd": openntpd,
    "linuxptp": ptp,
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
