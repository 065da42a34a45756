# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verdicts on controls say about each requirement of the frameworks that were judged by.

A requirement that is in force has one of four states, and no other word is ever said about it:

- ``gaps``: some control that refers to it fails or could not be checked on some host; a gap with an accepted risk
  is still a gap, and is counted apart. It is ``gaps`` too where every assessed host shows evidence, but a host in scope
  was not assessed, or not by a profile of the framework, or shows it only by a threshold that asks for less than the
  catalogue's: ``reasons`` says so;
- ``evidence present``: no gap, and on every host in scope a control that *demonstrates* it passes;
- ``not decidable here``: no gap, but nothing on the hosts demonstrates it: people have to be asked;
- ``not assessed``: no host was judged by a control that refers to it. A host that was judged by no profile of the
  framework is that too, whatever passes there: another profile holds only some of its controls. Its gaps are gaps.

One that the framework itself has replaced by another is ``superseded``, and counts among none of them; a gap of a
control that refers to it is a gap all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from ansible_collections.auditops.trail.plugins.plugin_utils import thresholds
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import frameworks, scope
from ansible_collections.auditops.trail.plugins.plugin_utils.reports.frameworks import Framework, Requirement

EVIDENCE, GAPS, UNDECIDABLE, NOT_ASSESSED = "evidence present", "gaps", "not decidable here", "not assessed"
STATES = (GAPS, EVIDENCE, UNDECIDABLE, NOT_ASSESSED)
SUPERSEDED = "superseded"
"""The state of a requirement that is no longer in force; ``hosts`` of its entry tells what each host would come to."""
VERDICTS = ("fail", "error", "waived", "manual", "pass", "not_applicable")
RELATIONS = ("demonstrates", "supports", "prerequisite")
_OPEN = ("fail", "error")

Plain = dict[str, Any]
Controls = list[tuple[Plain, str]]
"""Controls of one host with the relation in which they stand to a requirement."""


class View(NamedTuple):
    """A requirement as :func:`compute` gives it, and the controls that refer to it.

    ``controls`` are those of each of ``fleet["results"]`` and ``states`` what they come to there; ``run`` are those of
    the run as a whole (scope.py).
    """

    entry: Plain
    controls: list[Controls]
    states: list[str]
    run: Controls


def compute(fleet: Plain) -> list[Plain]:
    """The requirements of every framework that the fleet was judged by, in the order of the framework.

    Args:
        fleet: The fleet result.

    Returns:
        Entries ``framework``, ``framework_title``, ``version``, ``id``, ``subject``, ``on_host`` (``yes``, ``partly``,
        ``no``: whether hosts can decide it), ``ask`` (what else to ask for, or null), ``superseded_by`` (that
        which is in force in its place, or null), ``state``, ``controls`` (``id``, ``relation``), ``hosts`` (how many
        have each state), ``verdicts`` (of its controls, over all hosts and the run),
        ``unchecked`` and ``accepted`` (hosts on which something could not be checked, or a risk was accepted),
        ``questions`` (controls that need an answer from people) and ``reasons`` (what keeps it from being evidence
        although no control fails, and how many hosts in scope it says nothing of).

    Raises:
        CatalogueError: A framework's file cannot be read.
    """
    return [view.entry for view in views(fleet)]


def views(fleet: Plain) -> list[View]:
    """The requirements of :func:`compute`, each with the controls of each host that refer to it."""
    found = []
    for framework in chosen(fleet):
        hosts = [by_requirement(result, framework.id, framework.version) for result in fleet["results"]]
        run = by_requirement({"controls": scope.controls(fleet)}, framework.id, framework.version)
        asked = [_is_asked(result, framework) for result in fleet["results"]]
        found += [_view(framework, one, hosts, asked, run.get(one.id, []), fleet) for one in framework.requirements]
    return found


def others(fleet: Plain) -> list[View]:
    """Controls that refer to none of these requirements, gathered by the first word of their names.

    The entries look like those of :func:`compute`, with an empty ``framework`` and ``version``.
    """
    keys = {(framework.id, framework.version) for framework in chosen(fleet)}
    hosts = [_others(result["controls"], keys) for result in fleet["results"]]
    run = _others(scope.controls(fleet), keys)
    names = list(dict.fromkeys(name for view in [*hosts, run] for name in view))
    none = Framework("", "", "", ())
    asked = [True] * len(hosts)
    return [_view(none, Requirement(name, "", "yes", None), hosts, asked, run.get(name, []), fleet) for name in names]


def _is_asked(result: Plain, framework: Framework) -> bool:
    """Whether a host was judged by a profile of the framework."""
    return any(
        (profile.get("framework"), str(profile["version"])) == (framework.id, framework.version)
        for profile in result["profiles"]
    )


def _not_asked(fleet: Plain, asked: list[bool], framework: Framework) -> list[str]:
    """How many of the hosts in scope were judged by other profiles only, in words."""
    beyond = set((fleet.get("population") or {}).get("beyond") or ())
    counted = [one for result, one in zip(fleet["results"], asked, strict=True) if result["host"] not in beyond]
    number = counted.count(False)
    if not number:
        return []
    were = "was" if number == 1 else "were"
    which = f"{framework.title} {framework.version}"
    return [f"{number} of {len(counted)} assessed hosts {were} judged by no profile of {which}"]


def _others(controls: Iterable[Plain], keys: set[tuple[str, str]]) -> dict[str, Controls]:
    found: dict[str, Controls] = {}
    for control in controls:
        told = {(one["framework"], str(one["version"])) for one in control.get("references") or ()}
        if not told & keys:
            found.setdefault(control["id"].partition(".")[0], []).append((control, "demonstrates"))
    return found


def chosen(fleet: Plain) -> list[Framework]:
    """The frameworks that the profiles speak of, completed by what the controls refer to beyond our own lists."""
    keys = {
        (profile["framework"], str(profile["version"]))
        for result in fleet["results"]
        for profile in result["profiles"]
        if profile.get("framework")
    }
    known = frameworks.load()
    return [_complete(known.get(key) or Framework(key[0], key[1], key[0], ()), fleet) for key in sorted(keys)]


def relations(control: Plain, framework: str, version: str) -> dict[str, str]:
    """To which requirements of a framework a control refers, and how; the strongest relation counts."""
    found: dict[str, str] = {}
    for reference in control.get("references") or ():
        if (reference["framework"], str(reference["version"])) == (framework, version):
            before = found.get(reference["id"])
            if before is None or RELATIONS.index(reference["relation"]) < RELATIONS.index(before):
                found[reference["id"]] = reference["relation"]
    return found


def by_requirement(result: Plain, framework: str, version: str) -> dict[str, Controls]:
    """The controls of a host result by the requirement to which they refer, with the relation."""
    found: dict[str, Controls] = {}
    for control in result["controls"]:
        for name, relation in relations(control, framework, version).items():
            found.setdefault(name, []).append((control, relation))
    return found


def host_state(controls: Iterable[tuple[Plain, str]], on_host: str, asked: bool = True) -> str:
    """The state of a requirement on one host.

    Args:
        controls: Those that refer to it, with the relation.
        on_host: Whether a host can decide it.
        asked: Whether the host was judged by a profile of the framework.
    """
    controls = list(controls)
    if any(is_open(control) for control, _relation in controls):
        return GAPS
    if not asked:
        return NOT_ASSESSED
    if on_host != "no" and any(one["verdict"] == "pass" for one, relation in controls if relation == "demonstrates"):
        return GAPS if loosened(controls) else EVIDENCE
    return UNDECIDABLE if controls or on_host == "no" else NOT_ASSESSED


def loosened(controls: Iterable[tuple[Plain, str]]) -> list[str]:
    """The thresholds by which controls pass although they ask for less than the catalogue's, in words."""
    return [
        f"{control['id']} passes by a threshold that asks for less than the catalogue's, {text}"
        for control, _relation in controls
        if control["verdict"] == "pass"
        for text in thresholds.loosened(control)
    ]


def is_open(control: Plain) -> bool:
    """Whether a control leaves a gap: it fails, could not be checked, or would do so without its waiver."""
    verdict = control["verdict"]
    if verdict == "waived":
        return (control.get("unwaived") or "fail") in _OPEN
    return verdict in _OPEN


def _view(
    framework: Framework,
    requirement: Requirement,
    found: list[dict[str, Controls]],
    asked_of: list[bool],
    run: Controls,
    fleet: Plain,
) -> View:
    related: dict[str, str] = {}
    asked: set[str] = set()
    hosts = dict.fromkeys(STATES, 0)
    verdicts = dict.fromkeys(VERDICTS, 0)
    unchecked = accepted = 0
    by_host = [view.get(requirement.id, []) for view in found]
    for controls in [*by_host, run]:
        for control, relation in controls:
            related.setdefault(control["id"], relation)
            verdicts[control["verdict"]] += 1
            if control["verdict"] == "manual":
                asked.add(control["id"])
    states = [host_state(one, requirement.on_host, is_asked) for one, is_asked in zip(by_host, asked_of, strict=True)]
    for controls, of_host in zip(by_host, states, strict=True):
        hosts[of_host] += 1
        unchecked += any(control["verdict"] == "error" for control, _relation in controls)
        accepted += any(control["verdict"] == "waived" for control, _relation in controls)
    reasons = [
        *scope.reasons(fleet),
        *_not_asked(fleet, asked_of, framework),
        *dict.fromkeys(text for controls in by_host for text in loosened(controls)),
    ]
    state = _state(hosts, sum(asked_of), run, reasons, requirement)
    hosts[NOT_ASSESSED] += len(fleet["not_assessed"])
    entry = {
        "framework": framework.id,
        "framework_title": framework.title,
        "version": framework.version,
        "id": requirement.id,
        "subject": requirement.subject,
        "on_host": requirement.on_host,
        "ask": requirement.ask,
        "superseded_by": requirement.superseded_by,
        "state": state,
        "controls": [{"id": name, "relation": relation} for name, relation in related.items()],
        "hosts": hosts,
        "verdicts": verdicts,
        "unchecked": unchecked,
        "accepted": accepted,
        "questions": len(asked),
        # Where nothing refers to it, there is nothing to keep from being evidence.
        "reasons": reasons if related else [],
    }
    return View(entry, by_host, states, run)


def _state(hosts: dict[str, int], assessed: int, run: Controls, reasons: list[str], requirement: Requirement) -> str:
    """The state over the fleet: one gap is a gap, and evidence has to be there on every host in scope."""
    if hosts[GAPS] or any(is_open(control) for control, _relation in run):
        return GAPS
    if requirement.superseded_by is not None:
        return SUPERSEDED
    if assessed and hosts[EVIDENCE] == assessed:
        return GAPS if reasons else EVIDENCE
    return UNDECIDABLE if hosts[EVIDENCE] or hosts[UNDECIDABLE] or run else NOT_ASSESSED


def _complete(framework: Framework, fleet: Plain) -> Framework:
    """The framework with requirements that controls of the site refer to and our list does not hold."""
    listed = {requirement.id for requirement in framework.requirements}
    more = {
        name
        for result in fleet["results"]
        for control in result["controls"]
        for name in relations(control, framework.id, framework.version)
        if name not in listed
    }
    extra = tuple(Requirement(name, "", "partly", None) for name in sorted(more, key=_natural))
    return Framework(framework.id, framework.version, framework.title, framework.requirements + extra)


def _natural(name: str) -> list[tuple[int, str]]:
    """An order in which 10.10 comes after 10.2."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"[.\s]", name)]
