# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the trail goes on without a gap, and who changed what is recorded.

The gaps are those of trail_gaps. CONFIG_CHANGE comes from the kernel (audit_log_rule_change, audit_log_config_change:
kernel/auditfilter.c, kernel/audit.c).
"""

import re
from collections import deque
from typing import Any, Callable, Deque, Dict, Iterator, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import trail_fields
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_gaps import DAEMON, SYSTEM, Boots, Gaps
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_nodes import Nodes, Own
from ansible_collections.auditops.trail.plugins.module_utils.posture.trail_records import Chunk, Head, head

Plain = Dict[str, Any]

TYPES = frozenset(DAEMON + SYSTEM + ("CONFIG_CHANGE",))

MOST = 100
"""So many of each kind are told: first what asks for an explanation, then the newest; ``counts`` has how many there
are. An assertion over the list so sees what is wrong, however much that is in order comes after it."""

_RELOAD = 300.0
"""Seconds within which a rule that was removed is back, when the rules are loaded anew."""
_AROUND = 100
"""Lines before and after a record of the daemon or of the system that are looked at."""
_OFTEN = 256
"""After so many lines the time is asked for."""
_SETTING = re.compile(r"\b(audit_\w+|lost)=(-?[0-9]{1,10}) old=(-?[0-9]{1,10})(?![0-9])")
_UID = re.compile(r"[0-9]{1,10}\Z")
_UNSET = ("4294967295", "-1", "unset")


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

    def __init__(self, host: Own, is_spent: Callable[[], bool], boots: Boots) -> None:
        self._is_spent = is_spent
        self._gaps = Gaps(boots)
        self._nodes = Nodes(host)
        self._removed: List[Plain] = []
        self._added: List[Plain] = []
        self._settings: List[Plain] = []

    def take(self, chunk: Chunk) -> None:
        """The records of a chunk that tell of the daemon, of boots and of changes; it ends where the time is over."""
        marks = frozenset(at for kind in TYPES for at in chunk.picked.get(kind, ()))
        for number, at in enumerate(self._looked_at(chunk)):
            if number % _OFTEN == 0 and self._is_spent():
                return
            line = chunk.lines[at]
            if not self._nodes.is_own(line) and at not in marks:
                continue
            found = head(line)
            if found is None or (at in marks and not self._nodes.take(line)):
                continue
            self._gaps.take(found, line)
            if found.type == "CONFIG_CHANGE":
                self._config_change(found, line)

    def _looked_at(self, chunk: Chunk) -> Iterator[int]:
        """The lines that matter, each once. Among those of other hosts any may be the last one of this host."""
        lines = chunk.lines
        if self._nodes.told_apart() and any(line.startswith(b"node=") for line in lines):
            yield from range(len(lines))
            return
        spans = [(0, _AROUND), (max(0, len(lines) - _AROUND), len(lines))]
        for kind in DAEMON + SYSTEM:
            spans += [(max(0, at - _AROUND), at + _AROUND) for at in chunk.picked.get(kind, ())]
        spans += [(at, at + 1) for at in chunk.picked.get("CONFIG_CHANGE", ())]
        done = 0
        for start, end in sorted(spans):
            if start > done:
                self._gaps.skip()
            yield from range(max(start, done), min(end, len(lines)))
            done = max(done, end)

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
                        "setting": name,
                        "old": int(old),
                        "new": int(new),
                        "auid": who,
                        "refused": refused,
                    }
                )

    # -- what it comes to ------------------------------------------------------

    def told(self) -> Plain:
        """What this host's own records tell: ``starts, ends, unpaired_starts, stops, rules_removed, enabled_changes,
        lost_resets, setting_changes``, and ``counts`` of each, and of what asks for an explanation (``_UNRESOLVED``).
        Null where it is not known which are its own. ``other_nodes`` are the names in all others.

        What the kernel refused, because the settings were locked, has changed nothing: it is among
        ``setting_changes`` alone.
        """
        told: Plain = dict.fromkeys(_LISTS + ("counts",))
        told["other_nodes"] = self._nodes.others()[:MOST]
        if self._nodes.known():
            told.update(self._own())
        return told

    def _own(self) -> Plain:
        settings = self._settings
        done = [change for change in settings if not change["refused"]]
        enabled = [change for change in done if change["setting"] == "enabled"]
        lost = [change for change in done if change["setting"] == "lost" and change["new"] == 0]
        lists: Dict[str, List[Plain]] = {
            "starts": self._gaps.starts(),
            "ends": self._gaps.ends(),
            "unpaired_starts": self._gaps.unpaired(),
            "stops": self._gaps.stops(),
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


def _body(text: str) -> str:
    """A record without its head, and without what enrichment adds."""
    return text.partition(trail_fields.ENRICHED)[0].partition("): ")[2].strip()
