# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Some hosts among those of the run, told so that two hundred names do not have to be printed for each gap."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.plugin_utils.reports import scope

_FEW = 8
_SOME = 5


class Told(NamedTuple):
    """Hosts in words: ``lead``, then ``shown`` names, and ``rest`` names that may be folded away."""

    count: int
    lead: str
    shown: list[str]
    rest: list[str]
    places: str
    """Their places in the list of hosts, as ``0-4,7``; what the page's filter reads."""


class Roll:
    """The assessed hosts of a run, in order."""

    def __init__(self, results: list[dict[str, Any]]) -> None:
        self.names = [str(result["host"]) for result in results]
        self._places = {name: place for place, name in enumerate(self.names)}
        self._known: dict[tuple[str, ...], Told] = {}

    def told(self, hosts: Iterable[str]) -> Told:
        """These hosts, each of which is in the run; or the run as a whole."""
        key = tuple(hosts)
        if key == (scope.PLACE,):
            return Told(1, scope.PLACE, [], [], "")
        if key not in self._known:
            self._known[key] = self._tell(sorted(set(key), key=self._places.__getitem__))
        return self._known[key]

    def _tell(self, hosts: list[str]) -> Told:
        here, every = len(hosts), len(self.names)
        places = _ranges([self._places[name] for name in hosts])
        if here == every:
            lead = "the one assessed host" if every == 1 else f"all {every} assessed hosts"
            return Told(here, lead, hosts if every == 1 else [], [], places)
        lead = f"{here} of {every} hosts"
        if here <= _FEW:
            return Told(here, lead, hosts, [], places)
        inside = set(hosts)
        missing = [name for name in self.names if name not in inside]
        if len(missing) <= here // 2:
            return Told(here, f"{lead}, all but", missing[:_FEW], missing[_FEW:], places)
        return Told(here, lead, hosts[:_SOME], hosts[_SOME:], places)


def _ranges(places: list[int]) -> str:
    """Ascending numbers as ``0-4,7``."""
    found: list[list[int]] = []
    for place in places:
        if found and place == found[-1][1] + 1:
            found[-1][1] = place
        else:
            found.append([place, place])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in found)
