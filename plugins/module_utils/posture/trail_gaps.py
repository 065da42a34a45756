# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the trail stops, and whether the host was down meanwhile.

auditd writes DAEMON_START when it begins and DAEMON_END (or DAEMON_ABORT) when
it ends on purpose: a start without an end before it means that the daemon was
killed or the host went down. DAEMON_END tells who sent the signal
(audit_signal_info: kernel/auditsc.c): pid=1 is systemd, which ends the daemon at
a shutdown and at `systemctl stop`, pid=-1 that auditd could not find out.

The kernel numbers events from 1 on at each boot (audit_serial: kernel/audit.c),
and everything but DAEMON_* bears its number. So a start with lower numbers after
it than before it is one after a boot. SYSTEM_BOOT and SYSTEM_SHUTDOWN come from
systemd-update-utmp, which can be started and stopped by hand, and is not there
where systemd is built without utmp (Debian 13).

A boot alone explains no stop: who ends the daemon and reboots when done leaves
the same. A shutdown alone does not either: nothing says that it came to one.
"""

from collections import deque
from typing import Any, Callable, Deque, Dict, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_fields
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Head

Plain = Dict[str, Any]
Boots = Callable[[], Optional[List[Tuple[float, float]]]]
"""When each boot of the host began and ended, from the oldest on; None where it is not known."""

DAEMON = ("DAEMON_START", "DAEMON_END", "DAEMON_ABORT")
SYSTEM = ("SYSTEM_BOOT", "SYSTEM_SHUTDOWN")

_ENDS = ("DAEMON_END", "DAEMON_ABORT")
_NEAR = 600.0
"""Seconds between the daemon's start and its boot, and between a shutdown and the daemon's end, at most."""
_DOWN = 300.0
"""Seconds after the daemon's end within which the host was down, where only the journal tells."""
_EVENTS = 10
"""So many numbers on each side are compared. An event gets its number before it is written, so that a later one can
come before it; of ten the highest is a new one, as each start of the daemon is an event of its own."""
_FEW = 1000
"""Numbers up to which those of the next boot may have come before the first is on record."""
_NOBODY = (None, "1", "-1", "?")
"""Senders of the signal that ended the daemon by which nobody is named."""


class _Event(NamedTuple):
    type: str
    time: float
    before: Optional[float]
    """The time of this host's record before it; None where it is the first one."""
    sender: Optional[str]
    """The pid of who ended the daemon."""
    number: Optional[int]
    """Of a start: the highest number of the kernel's last events before it, since the start before it."""
    numbers: List[int]
    """Of a start: the numbers of the kernel's first events after it."""


class Gaps:
    """This host's records in the order of the log, which a clock that is set does not change."""

    def __init__(self, boots: Boots) -> None:
        self._boots = boots
        self._up: Optional[List[Tuple[float, float]]] = None
        self._events: List[_Event] = []
        self._types: Set[str] = set()
        self._last: Optional[float] = None
        self._recent: Deque[int] = deque(maxlen=_EVENTS)
        self._after: Optional[List[int]] = None

    def take(self, found: Head, line: bytes) -> None:
        """The next record."""
        if found.type in DAEMON or found.type in SYSTEM:
            self._event(found, line)
        if found.type not in DAEMON:
            number = int(found.serial)
            if number not in self._recent:
                self._recent.append(number)
            if self._after is not None and number not in self._after and len(self._after) < _EVENTS:
                self._after.append(number)
        self._last = found.time

    def skip(self) -> None:
        """Records are left out here, and the numbers before it are no longer the last ones."""
        self._recent.clear()
        self._after = None

    def _event(self, found: Head, line: bytes) -> None:
        sender = _sender(line) if found.type == "DAEMON_END" else None
        number = max(self._recent) if self._recent and found.type == "DAEMON_START" else None
        event = _Event(found.type, found.time, self._last, sender, number, [])
        self._events.append(event)
        self._types.add(found.type)
        if found.type == "DAEMON_START":
            self._recent.clear()
            self._after = event.numbers
        elif found.type in _ENDS:
            self._after = None

    # -- what it comes to ------------------------------------------------------

    def starts(self) -> List[Plain]:
        """``at`` of each start of the daemon."""
        return [{"at": utc(event.time)} for event in self._events if event.type == "DAEMON_START"]

    def ends(self) -> List[Plain]:
        """``at`` of each end, and whether it was an ``abort``."""
        return [
            {"at": utc(event.time), "abort": event.type == "DAEMON_ABORT"}
            for event in self._events
            if event.type in _ENDS
        ]

    def unpaired(self) -> List[Plain]:
        """Starts without an end before them, unless they are the first of what the log holds."""
        found = []
        last: Optional[_Event] = None
        for at, event in enumerate(self._events):
            if event.type not in DAEMON:
                continue
            unpaired = event.type == "DAEMON_START" and (last is None or last.type == "DAEMON_START")
            if unpaired and event.before is not None:
                gap = event.time - event.before
                found.append(
                    {
                        "at": utc(event.time),
                        "after": utc(event.before),
                        "seconds": round(gap, 3) if gap >= 0 else None,
                        "reboot": self._booted(at) is True,
                    }
                )
            last = event
        return found

    def stops(self) -> List[Plain]:
        """From each end of the daemon to its next start; ``reboot``: whether the host going down explains it."""
        found: List[Plain] = []
        end: Optional[int] = None
        for at, event in enumerate(self._events):
            if event.type in _ENDS:
                end = at if end is None else end
            elif event.type == "DAEMON_START" and end is not None:
                began = self._events[end].time
                gap = event.time - began
                found.append(
                    {
                        "from": utc(began),
                        "to": utc(event.time),
                        # A clock that was set back hides how long it was.
                        "seconds": round(gap, 3) if gap >= 0 else None,
                        "reboot": self._rebooted(end, at),
                    }
                )
                end = None
        if end is not None:
            found.append({"from": utc(self._events[end].time), "to": None, "seconds": None, "reboot": False})
        return found

    def _rebooted(self, end: int, start: int) -> Optional[bool]:
        """True with a shutdown before and a boot after, False without either, or where no boot can have been; None
        where one is on record alone, and nobody is named who ended the daemon."""
        booted, shut, ended = self._booted(start), self._shuts(end), self._events[end]
        named = ended.type == "DAEMON_END" and ended.sender not in _NOBODY
        if booted is False or not (booted or shut):
            return False
        if shut:
            # Systemd ends the daemon at a shutdown: somebody who does it then may have made the record too.
            return True if booted and not named else None
        if named or ended.type != "DAEMON_END":
            return False
        return True if self._went_down(ended, self._events[start]) else None

    def _booted(self, start: int) -> Optional[bool]:
        """Whether this start comes after a boot; None where it is not known."""
        event = self._events[start]
        recorded = self._boots_on_record(start)
        if event.number is None or not event.numbers:
            return True if recorded else None
        if max(event.numbers) < event.number:
            # A host that writes SYSTEM_BOOT does so soon: without it the daemon may have been started long after it.
            return True if recorded or "SYSTEM_BOOT" not in self._types else None
        if event.number >= _FEW:
            return False
        return True if recorded else None

    def _boots_on_record(self, start: int) -> bool:
        """Whether SYSTEM_BOOT is on record after this start, before the daemon does anything else."""
        for event in self._events[start + 1 :]:
            # What the kernel kept for the daemon is older than its start.
            if event.type in DAEMON or abs(event.time - self._events[start].time) > _NEAR:
                return False
            if event.type == "SYSTEM_BOOT":
                return True
        return False

    def _shuts(self, end: int) -> bool:
        for event in reversed(self._events[:end]):
            if event.type in DAEMON or self._events[end].time - event.time > _NEAR:
                return False
            if event.type == "SYSTEM_SHUTDOWN":
                return True
        return False

    def _went_down(self, ended: _Event, started: _Event) -> bool:
        """Whether the journal tells what a host without utmp does not: that its boot was over soon after systemd ended
        the daemon, and that the daemon was there soon after the next began."""
        if ended.sender != "1" or self._types.intersection(SYSTEM):
            return False
        if self._up is None:
            self._up = self._boots() or []
        return any(
            begun <= ended.time <= last <= ended.time + _DOWN and abs(started.time - first) <= _NEAR
            for (begun, last), (first, _ended) in zip(self._up, self._up[1:])
        )


def _sender(line: bytes) -> Optional[str]:
    found = trail_fields.fields(line.decode("utf-8", "surrogateescape"), "DAEMON_END")
    return trail_fields.value(found, "pid")
