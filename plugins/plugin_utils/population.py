# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The population: which hosts are in scope, as somebody states it, and whether a run has assessed all of them.

The inventory alone cannot tell: a host that is missing there is missing in
every report too. So the population is stated beside it, from another source.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils import yaml_lines
from ansible_collections.auditops.trail.plugins.plugin_utils.entry_fields import Entry
from ansible_collections.auditops.trail.plugins.plugin_utils.waiver import POPULATION

VARIABLE = "audit_compliance_population"
KEYS = ("hosts", "groups", "file", "source")
ABOUT = {
    "id": POPULATION,
    "title": "Every host in scope is in the inventory and was assessed",
    "severity": "high",
    "why": "A host that nobody has looked at is where a gap stays unseen, and no other control of it says so.",
    "references": [
        {"framework": "pci_dss", "version": "4.0.1", "id": "12.5.1", "relation": "supports"},
        {"framework": "soc2", "version": "2017-2022", "id": "CC4.1", "relation": "supports"},
    ],
}
ASK = (
    "Nobody has stated which hosts are in scope. Ask for the list of system components in scope, where it comes from "
    "and when it was last reviewed, and compare it with the hosts of this run; give it to the next run as "
    f"{VARIABLE}, or under population in a file of the site."
)
_NAMED = 10
_FORM = "write a list of host names, or a mapping with hosts, groups or file (one name a line), and source."


@dataclass(frozen=True)
class Population:
    """The hosts in scope, by name or by groups of the inventory; ``source`` tells where the list comes from.

    ``is_list_apart``: its list is named by a path that leads nowhere from a copy of the site's folder.
    """

    hosts: tuple[str, ...]
    groups: tuple[str, ...]
    source: str | None
    list_file: str | None
    file: str
    line: int | None
    is_list_apart: bool = False


def parse(value: Any, file: str, line: int | None, folder: str, outside: str | None = None) -> Population | None:
    """A population as a site's file or a variable states it.

    Args:
        value: A list of names, the path of a file with one name a line, or a mapping with :data:`KEYS`; what is
            empty states nothing.
        file: Where it stands: a file, or the name of the variable.
        line: The line there.
        folder: Where the relative path of a list starts.
        outside: A folder with a copy of the list, which then counts in its place: that of a bundle of evidence.

    Raises:
        CatalogueError: it has another form, names nobody, or its list cannot be read; with file and line.
    """
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, str):
        value = {"file": value}
    elif isinstance(value, list):
        value = {"hosts": value}
    if not isinstance(value, dict):
        raise CatalogueError("The population is no list of hosts.", file=file, line=line, remedy=_FORM)
    entry = Entry(value, "The population", file, int(value.get(yaml_lines.LINE, line or 1)))
    if line is None:
        entry = _Unplaced(value, "The population", file, 0)
    entry.only(KEYS)
    names = list(entry.texts("hosts"))
    listed = entry.maybe("file")
    apart = False
    if listed is not None:
        listed = os.path.expanduser(listed)
        apart = os.path.isabs(listed)
        copy = os.path.join(outside, os.path.basename(listed)) if outside else None
        listed = copy if copy and os.path.isfile(copy) else os.path.join(folder, listed)
        names += _listed(listed, entry)
    groups = entry.texts("groups")
    if not names and not groups:
        raise entry.error("The population names no host and no group.", _FORM)
    hosts = tuple(dict.fromkeys(name.strip() for name in names))
    return Population(hosts, groups, entry.maybe("source"), listed, file, line, apart)


def joined(stated: Iterable[Population]) -> Population | None:
    """What several sites state, as one: who is in scope for one of them is in scope.

    Args:
        stated: As :func:`parse` gives them.
    """
    found = list(stated)
    if len(found) < 2:
        return found[0] if found else None
    sources = dict.fromkeys(one.source for one in found if one.source)
    return Population(
        hosts=tuple(dict.fromkeys(name for one in found for name in one.hosts)),
        groups=tuple(dict.fromkeys(name for one in found for name in one.groups)),
        source="; ".join(sources) or None,
        list_file=None,
        file=", ".join(one.list_file or one.file for one in found),
        line=None,
    )


def judge(
    stated: Population | None,
    groups: Mapping[str, Iterable[str]],
    assessed: Iterable[str],
    not_assessed: Iterable[str],
    pending: Iterable[str] = (),
) -> dict[str, Any]:
    """The verdict on the control ``scope.population`` of a run.

    Args:
        stated: Who is in scope, or None where nobody says it.
        groups: The inventory: by group, its hosts; ``all`` holds every one.
        assessed: The hosts that were judged.
        not_assessed: The hosts of the play that were not, for whatever reason.
        pending: The hosts of the play whose batch is still to come (``serial``).

    Returns:
        What :data:`ABOUT` says, the ``verdict`` with ``reasons``, ``ask`` and ``remedy``, the numbers ``in_scope``
        (None where it is not stated), ``inventory``, ``assessed``, ``not_assessed`` and ``pending``, and the lists of
        names ``missing`` (in scope, not in the inventory), ``left_out`` (in scope and in the inventory, not in the
        play) and ``beyond`` (in the inventory, not in scope); None where it is not stated. ``source`` and ``file``
        tell whose word it is.
    """
    done, gone, waiting = set(assessed), set(not_assessed), set(pending)
    known = set(groups.get("all", ()))
    told: dict[str, Any] = dict(
        ABOUT,
        in_scope=None,
        inventory=len(known | done | gone | waiting),
        assessed=len(done),
        not_assessed=len(gone),
        pending=len(waiting),
        missing=None,
        left_out=None,
        beyond=None,
        source=stated.source if stated else None,
        file=(stated.list_file or stated.file) if stated else None,
        ask=None,
        remedy=[],
    )
    reasons = []
    if stated is not None:
        scope, unknown = _in_scope(stated, groups)
        missing = scope - known - done - gone - waiting
        left_out = scope - missing - done - gone - waiting
        told.update(
            in_scope=len(scope),
            missing=sorted(missing),
            left_out=sorted(left_out),
            beyond=sorted((known | done | gone) - scope),
        )
        for names, text in (
            (unknown, "the population names a group that the inventory does not have: {0}"),
            (missing, "in scope, but not in the inventory: {0}"),
            (left_out, "in scope, but left out of this run: {0}"),
        ):
            if names:
                reasons.append(text.format(_some(names)))
        if not scope and not unknown:
            reasons.append("the population's groups hold no host")
    if gone:
        reasons.append(f"not assessed: {_some(gone)}")
    if waiting:
        reasons.append(f"still to come: {_some(waiting)}")
    if reasons:
        steps = ["assess every host in scope in one run, or correct the population where it is out of date."]
        return dict(told, verdict="fail", reasons=reasons, remedy=[{"do": "advise", "text": text} for text in steps])
    if stated is None:
        return dict(told, verdict="manual", reasons=[], ask=ASK)
    return dict(told, verdict="pass", reasons=[])


def findings(told: Mapping[str, Any]) -> list[dict[str, str]]:
    """The gap in the population as a finding of the fleet result; none where there is no gap.

    Args:
        told: As :func:`judge` gives it.
    """
    if told["verdict"] != "fail":
        return []
    return [
        {
            "id": "population.gap",
            "title": "Not every host in scope was assessed",
            "text": "; ".join(told["reasons"]),
            "severity": str(told["severity"]),
            "remedy": " ".join(step["text"] for step in told["remedy"]),
        }
    ]


class _Unplaced(Entry):
    """The value of a variable: there is no line to name."""

    def error(self, message: str, remedy: str | None = None) -> CatalogueError:
        return CatalogueError(message, file=self.file, remedy=remedy)


def _in_scope(stated: Population, groups: Mapping[str, Iterable[str]]) -> tuple[set[str], set[str]]:
    """The names in scope, and the groups that there are not."""
    unknown = {name for name in stated.groups if name not in groups}
    return {*stated.hosts, *(host for name in stated.groups for host in groups.get(name, ()))}, unknown


def _listed(path: str, entry: Entry) -> list[str]:
    """The names of a list: one a line, and what follows a # is a comment."""
    try:
        with open(path, encoding="utf-8") as handle:
            lines = [line.partition("#")[0].strip() for line in handle]
    except (OSError, UnicodeDecodeError) as exc:
        told = exc.strerror if isinstance(exc, OSError) else exc
        raise entry.error(f"The population's list {path} cannot be read: {told}", _FORM) from exc
    for number, line in enumerate(lines, 1):
        if len(line.split()) > 1:
            raise CatalogueError(
                f"A line of the population's list holds one host name, not {line!r}.", file=path, line=number
            )
    names = [line for line in lines if line]
    if not names:
        raise entry.error(f"The population's list {path} names no host.", _FORM)
    return names


def _some(names: Iterable[str]) -> str:
    found = sorted(names)
    more = len(found) - _NAMED
    return ", ".join(found[:_NAMED]) + (f" and {more} more" if more > 0 else "")
