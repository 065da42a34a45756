# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the trail goes on without a gap, and who changed what is recorded.

auditd writes DAEMON_START when it begins and DAEMON_END (or DAEMON_ABORT) when
it ends on purpose: a start without an end before it means that the daemon was
killed or the host went down. CONFIG_CHANGE comes from the kernel
(audit_log_rule_change, audit_log_config_change: kernel/auditfilter.c,
kernel/audit.c). SYSTEM_BOOT and SYSTEM_SHUTDOWN come from the system's init.

That the host booted after a stop does not tell that the stop was the host going
down: who ends the daemon and reboots when done leaves the same. Only a shutdown
on record before the end does. DAEMON_END tells who sent the signal
(audit_signal_info: kernel/auditsc.c): pid=1 is systemd, which ends the daemon at
a shutdown and at `systemctl stop`, pid=-1 that auditd could not find out.
"""

import re
from collections import deque
from typing import Any, Callable, Deque, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_fields
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import utc
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_nodes import Node, Nodes, Own
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Chunk, Head, head

Plain = Dict[str, Any]

DAEMON = ("DAEMON_START", "DAEMON_END", "DAEMON_ABORT")
SYSTEM = ("SYSTEM_BOOT", "SYSTEM_SHUTDOWN")
TYPES = frozenset(DAEMON + SYSTEM + ("CONFIG_CHANGE",))

MOST = 100
"""So many of each kind are told: first what asks for an explanation, then the newest; ``counts`` has how many there
are. An assertion over the list so sees what is wrong, however much that is in order comes after it."""

_RELOAD = 300.0
"""Seconds within which a rule that was removed is back, when the rules are loaded anew."""
_BOOT = 600.0
"""Seconds within which a boot is on record after the daemon's start, and a shutdown before its end."""
_SETTING = re.compile(r"\b(audit_\w+|lost)=(-?[0-9]{1,10}) old=(-?[0-9]{1,10})(?![0-9])")
_UID = re.compile(r"[0-9]{1,10}\Z")
_UNSET = ("4294967295", "-1", "unset")
_NOBODY = (None, "1", "-1", "?")
"""Senders of the signal that ended the daemon by which nobody is named."""


_UNRESOLVED: Dict[str, Tuple[str, Callable[[Plain], bool]]] = {
    "rules_removed_for_good": ("rules_removed", lambda one: not one["added_back"]),
    "stops_going_on": ("stops", lambda one: one["to"] is None),
    # Of which it is not known too.
    "stops_without_reboot": ("stops", lambda one: not one["reboot"]),
    "unpaired_starts_without_reboot": ("unpaired_starts", lambda one: not one["reboot"]),
    "switched_off": ("enabled_changes", lambda one: one["new"] == 0),
    "lost_records_reset": ("lost_resets", lambda one: one["old"] > 0),
    "settings_refused": ("setting_changes", lambda one: one["refused"]),
}
"""Counts of what asks for an explanation: of which list, and which of its items."""

_WEIGHTS: Dict[str, Callable[[Plain], Any]] = {
    "rules_removed": lambda one: not one["added_back"],
    # One that goes on, then those that no reboot explains, the longest first.
    "stops": lambda one: (one["to"] is None, not one["reboot"], one["seconds"] or 0.0),
    "unpaired_starts": lambda one: not one["reboot"],
    "enabled_changes": lambda one: one["new"] == 0,
    "lost_resets": lambda one: one["old"],
}


class _Event(NamedTuple):
    type: str
    time: float
    before: Optional[float]
    """The time of the record of the same node before it; None where it is the first one."""
    node: Node
    sender: Optional[str] = None
    """The pid of who ended the daemon."""


_LISTS = (
    "starts",
    "ends",
    "unpaired_starts",
    "stops",
    "rules_removed",
    "enabled_changes",
    "lost_resets",
    "setting_changes",
)
KEYS = _LISTS + ("counts", "other_nodes")
"""What :meth:`Changes.told` tells."""


class Changes:
    """Collects from chunk to chunk; :meth:`told` gives the part's lists."""

    def __init__(self) -> None:
        self._events: List[_Event] = []
        self._removed: List[Plain] = []
        self._added: List[Plain] = []
        self._settings: List[Plain] = []
        self._last: Dict[Node, float] = {}
        self._nodes = Nodes()

    def take(self, chunk: Chunk) -> None:
        """The records of a chunk that tell of the daemon, of boots and of changes."""
        # In the order of the log, which a clock that is set does not change.
        marks = [(at, kind) for kind in TYPES for at in chunk.picked.get(kind, ())]
        for at, name in sorted(marks):
            found = head(chunk.lines[at])
            if found is None:
                continue
            self._nodes.take(found.node)
            if name == "CONFIG_CHANGE":
                self._config_change(found, chunk.lines[at])
                continue
            sender = _sender(chunk.lines[at]) if name == "DAEMON_END" else None
            before = self._before(chunk.lines, at, found.node)
            self._events.append(_Event(name, found.time, before, found.node, sender))
        for last in map(head, chunk.lines[-100:]):
            if last is not None:
                self._last[last.node] = last.time

    def _before(self, lines: List[bytes], at: int, node: Node) -> Optional[float]:
        for line in reversed(lines[max(0, at - 100) : at]):
            found = head(line)
            if found is not None and found.node == node:
                return found.time
        return self._last.get(node)

    def _config_change(self, found: Head, line: bytes) -> None:
        text = line.decode("utf-8", "surrogateescape")
        fields = trail_fields.fields(text, "CONFIG_CHANGE")
        op, auid = trail_fields.value(fields, "op"), trail_fields.value(fields, "auid")
        who = None if auid is None or auid in _UNSET or not _UID.match(auid) else int(auid)
        if op in ("remove_rule", "add_rule") and trail_fields.value(fields, "res") != "0":
            key = trail_fields.value(fields, "key")
            change = {
                "at": found.at,
                "key": None if key == "(null)" else key,
                "auid": who,
                "text": _body(text),
                "time": found.time,
                "node": found.node,
                "list": trail_fields.value(fields, "list"),
            }
            (self._removed if op == "remove_rule" else self._added).append(change)
        refused = trail_fields.value(fields, "res") == "0"
        for setting, new, old in _SETTING.findall(text.partition(trail_fields.ENRICHED)[0]):
            if new != old:
                name = setting[len("audit_") :] if setting.startswith("audit_") else setting
                self._settings.append(
                    {
                        "at": found.at,
                        "node": found.node,
                        "setting": name,
                        "old": int(old),
                        "new": int(new),
                        "auid": who,
                        "refused": refused,
                    }
                )

    # -- what it comes to ------------------------------------------------------

    def told(self, host: Own) -> Plain:
        """What this host's own records tell: ``starts, ends, unpaired_starts, stops, rules_removed, enabled_changes,
        lost_resets, setting_changes``, and ``counts`` of each, and of what asks for an explanation (``_UNRESOLVED``).
        Null where it is not known which are its own. ``other_nodes`` are the names in all others.

        What the kernel refused, because the settings were locked, has changed nothing: it is among
        ``setting_changes`` alone.
        """
        own = self._nodes.own(host)
        told: Plain = dict.fromkeys(_LISTS + ("counts",))
        told["other_nodes"] = self._nodes.others(host)[:MOST]
        if own is None:
            return told
        told.update(self._of(own))
        return told

    def _of(self, own: FrozenSet[Node]) -> Plain:
        self._events = [event for event in self._events if event.node in own]
        self._removed, self._added, settings = (
            [change for change in changes if change["node"] in own]
            for changes in (self._removed, self._added, self._settings)
        )
        settings = [{name: change[name] for name in change if name != "node"} for change in settings]
        done = [change for change in settings if not change["refused"]]
        enabled = [change for change in done if change["setting"] == "enabled"]
        lost = [change for change in done if change["setting"] == "lost" and change["new"] == 0]
        lists: Dict[str, List[Plain]] = {
            "starts": [{"at": utc(event.time)} for event in self._events if event.type == "DAEMON_START"],
            "ends": [
                {"at": utc(event.time), "abort": event.type == "DAEMON_ABORT"}
                for event in self._events
                if event.type in ("DAEMON_END", "DAEMON_ABORT")
            ],
            "unpaired_starts": self._unpaired(),
            "stops": self._stops(),
            "rules_removed": self._gone(),
            "enabled_changes": [{name: change[name] for name in ("at", "old", "new", "auid")} for change in enabled],
            "lost_resets": [{"at": change["at"], "old": change["old"], "auid": change["auid"]} for change in lost],
            "setting_changes": settings,
        }
        told: Plain = {name: _kept(found, _WEIGHTS.get(name)) for name, found in lists.items()}
        counts = {name: len(found) for name, found in lists.items()}
        for count, (name, is_one) in _UNRESOLVED.items():
            counts[count] = len([one for one in lists[name] if is_one(one)])
        told["counts"] = counts
        return told

    def _unpaired(self) -> List[Plain]:
        """Starts without an end before them, unless they are the first of what the log holds."""
        found = []
        last: Optional[_Event] = None
        for at, event in enumerate(self._events):
            if event.type not in DAEMON:
                continue
            # A host that has got a new name has no record of that name before it.
            before = event.before if event.before is not None or last is None else last.time
            unpaired = event.type == "DAEMON_START" and (last is None or last.type == "DAEMON_START")
            if unpaired and before is not None:
                gap = event.time - before
                found.append(
                    {
                        "at": utc(event.time),
                        "after": utc(before),
                        "seconds": round(gap, 3) if gap >= 0 else None,
                        "reboot": self._boots(at),
                    }
                )
            last = event
        return found

    def _stops(self) -> List[Plain]:
        found: List[Plain] = []
        end: Optional[int] = None
        for at, event in enumerate(self._events):
            if event.type in ("DAEMON_END", "DAEMON_ABORT"):
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
            stop = {"from": utc(self._events[end].time), "to": None, "seconds": None, "reboot": self._shuts(end)}
            found.append(stop)
        return found

    def _rebooted(self, end: int, start: int) -> Optional[bool]:
        """Whether the host going down explains a stop; None where it may, and the shutdown is not on record."""
        if self._shuts(end):
            return True
        ended = self._events[end]
        may_be = ended.type == "DAEMON_END" and ended.sender in _NOBODY and self._boots(start)
        return None if may_be else False

    def _boots(self, start: int) -> bool:
        """Whether a boot is on record after this start, before the daemon does anything else."""
        for event in self._events[start + 1 :]:
            if event.type in DAEMON or event.time - self._events[start].time > _BOOT:
                return False
            if event.type == "SYSTEM_BOOT":
                return True
        return False

    def _shuts(self, end: int) -> bool:
        for event in reversed(self._events[:end]):
            if event.type in DAEMON or self._events[end].time - event.time > _BOOT:
                return False
            if event.type == "SYSTEM_SHUTDOWN":
                return True
        return False

    def _gone(self) -> List[Plain]:
        """The rules that were removed; ``added_back`` where as many of the same list and key came soon after."""
        waiting: Dict[Any, Deque[float]] = {}
        for change in self._added:
            waiting.setdefault((change["list"], change["key"]), deque()).append(change["time"])
        told = []
        for change in self._removed:
            later = waiting.get((change["list"], change["key"]), deque())
            while later and later[0] < change["time"]:
                later.popleft()
            back = bool(later) and later[0] - change["time"] <= _RELOAD
            if back:
                later.popleft()
            told.append(dict({name: change[name] for name in ("at", "key", "auid", "text")}, added_back=back))
        return told


def _kept(found: List[Plain], weight: Optional[Callable[[Plain], Any]]) -> List[Plain]:
    """The :data:`MOST` that weigh most, of the same weight the newest; in the order of the log."""
    if weight is None or len(found) <= MOST:
        return found[-MOST:]
    order = sorted(range(len(found)), key=lambda at: (weight(found[at]), at), reverse=True)
    return [found[at] for at in sorted(order[:MOST])]


def _sender(line: bytes) -> Optional[str]:
    found = trail_fields.fields(line.decode("utf-8", "surrogateescape"), "DAEMON_END")
    return trail_fields.value(found, "pid")


def _body(text: str) -> str:
    """A record without its head, and without what enrichment adds."""
    return text.partition(trail_fields.ENRICHED)[0].partition("): ")[2].strip()
