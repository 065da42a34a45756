# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict on one control of one host: what the host judged, and what is decided on the controller."""

from __future__ import annotations

import hashlib
import json
import re
from itertools import accumulate
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import whole
from ansible_collections.auditops.trail.plugins.plugin_utils import assertion
from ansible_collections.auditops.trail.plugins.plugin_utils import control as controls_of
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import Control, Selection

_NO_JUDGEMENT = EvidenceError(
    "the host gave no judgement on this control.", remedy="run it again, with one version of the collection throughout."
)
_LONGEST = 2000
"""Evidence that is longer, as JSON, is kept by its first items: the posture holds it whole."""
_LENGTH_TOLD = 500
"""Characters of what a control shows that are read in one sentence: some four lines of a terminal."""
_FIRST = 3
_BY_DIGITS = 8

Plain = dict[str, Any]


def of(control: Control, selection: Selection, posture: Plain, judged: Plain | None) -> Plain:
    """A control's entry in a host's result, as docs/reference/result.md describes it.

    Args:
        control: The control.
        selection: What the run judges by.
        posture: The host's posture, with ``lost_in_period`` where earlier runs tell it.
        judged: What compliance/evaluate.py said of it, where it has requirements.
    """
    result: Plain = {
        "id": control.id,
        "title": control.title,
        "severity": control.severity,
        "why": control.why,
        "kind": control.kind,
        "profiles": [profile.id for profile in selection.profiles if control.id in profile.controls],
        "references": list(control.references),
        "criterion": criterion(control, selection),
        "parameters": {
            name: _parameter(name, control, selection)
            for name in sorted(controls_of.uses(control) & set(selection.parameters))
        },
        "judged_by": judged_by(control, selection),
        "evidence": {},
        "evidence_sha256": None,
        "coverage": [],
        "not_demanded": [],
        "expanded": None,
        "sample": None,
        "ask": None,
        "remedy": [],
        "reasons": [],
        "waiver": None,
        "history": None,
    }
    try:
        if control.applies is not None and not assertion.holds(
            control.applies.when, control.applies.reads, posture, selection.parameters
        ):
            return dict(result, verdict="not_applicable", reasons=[control.applies.otherwise])
        return dict(result, **_JUDGES[control.kind](control, selection, posture, judged))
    except TrailError as exc:
        return dict(result, **_error(exc))


def judged_by(control: Control, selection: Selection) -> str:
    """A short hash of what decides the verdict on a control: its rule and the values that it is given.

    Where it differs between two runs a pass after a fail says nothing of the host: perhaps less is asked now.
    """
    rule = [
        control.record, control.for_each, control.empty and control.empty.verdict, control.missing_path, control.key,
        control.emit, control.expression, control.may_be_null, control.sample, control.manual is not None,
        control.applies and control.applies.when,
    ]  # fmt: skip
    values = {name: selection.parameters[name] for name in controls_of.uses(control) & set(selection.parameters)}
    told = json.dumps([rule, values], sort_keys=True, default=list)
    return hashlib.sha256(told.encode()).hexdigest()[:_BY_DIGITS]


def criterion(control: Control, selection: Selection) -> str | None:
    """What an assertion demands, in words where the control has some; None for the other kinds."""
    if control.expression is None:
        return None
    return _filled(control.wanted or _spelled(control.expression, selection.parameters), selection.parameters)


def _parameter(name: str, control: Control, selection: Selection) -> Plain:
    """A value that a control uses, and how it compares with the catalogue's own."""
    value, default = selection.parameters[name], control.parameters[name]
    return {
        "value": value,
        "source": control.sources.get(name),
        "default": default,
        "set_by": None if value == default else selection.set_by.get(name, "this run"),
        "looser": _looser(value, default, control.stricter.get(name)),
    }


def _looser(value: Any, default: Any, direction: str | None) -> bool:
    """Whether a value asks for less than the catalogue's own; of a list, what it allows beyond that one's entries."""
    if direction == "subset":
        return any(one not in default for one in value)
    return direction is not None and (value < default if direction == "higher" else value > default)


def _requirement(control: Control, selection: Selection, posture: Plain, judged: Plain | None) -> Plain:
    if judged is None:
        raise _NO_JUDGEMENT
    return _with_advice(judged, control, selection)


def _with_advice(judged: Plain, control: Control, selection: Selection) -> Plain:
    """The host's judgement; where it found no steps that mend it, the control's own advice."""
    if judged["verdict"] != "fail" or judged["remedy"] or not control.remedy:
        return judged
    return dict(judged, remedy=_advice(control, selection))


def _assertion(control: Control, selection: Selection, posture: Plain, _judged: Plain | None) -> Plain:
    evidence = assertion.look_up(control.reads, posture)
    evidence.update(assertion.look_up_nullable(control.may_be_null, posture))
    told = _told({**evidence, **_shown(control, posture)})
    if assertion.holds(
        control.expression or "", control.reads, posture, selection.parameters, control.may_be_null, control.found
    ):
        return dict(told, verdict="pass")
    return dict(
        told,
        verdict="fail",
        reasons=[_reason(control, selection, posture, evidence)],
        remedy=_advice(control, selection),
    )


def _shown(control: Control, posture: Plain) -> Plain:
    """What stands beside the evidence of a control without deciding anything; it may be null."""
    shown: Plain = {}
    for path in control.shows:
        value: Any = posture
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        shown[path] = value
    return shown


def _told(evidence: Plain) -> Plain:
    """Evidence as a result keeps it, with the hash of all of it."""
    return {
        "evidence": {name: _cut(value) for name, value in evidence.items()},
        "evidence_sha256": digest(evidence) if evidence else None,
    }


def _sample(control: Control, _selection: Selection, posture: Plain, _judged: Plain | None) -> Plain:
    # Not whole(): a sample out of a part of the log is a sample.
    trail = posture.get("trail") or whole("trail", posture)
    samples = trail.get("samples")
    if samples is None:  # no log could be read, and the part says why
        samples = whole("trail", posture).get("samples") or {}
    if control.id not in samples:
        raise EvidenceError(
            "no record was looked for when this posture was collected.", remedy="collect it again with this profile."
        )
    found = samples[control.id]
    types = " or ".join(control.sample["types"])
    if found is None:
        span = f" from {trail['from']} to {trail['to']}" if trail.get("from") else ""
        return {
            "verdict": "manual",
            "ask": f"The log that was read{span} holds no {types} record. Ask for one, or make the event"
            " and run again.",
        }
    told = {"sample": found}
    if not found["missing"]:
        return dict(told, verdict="pass")
    return dict(
        told,
        verdict="fail",
        reasons=[f"the {found['type']} record of {found['at']} lacks {', '.join(found['missing'])}"],
        remedy=_advice(control, _selection),
    )


def _manual(control: Control, _selection: Selection, posture: Plain, _judged: Plain | None) -> Plain:
    evidence: Plain = {}
    reasons = []
    for path in control.reads:
        try:
            evidence.update(assertion.look_up((path,), posture))
        except TrailError as exc:
            reasons.append(exc.message)
    told = _told({**evidence, **_shown(control, posture)})
    return dict(told, verdict="manual", ask=control.manual, reasons=reasons)


_JUDGES = {
    "record": _requirement,
    "emit": _requirement,
    "assert": _assertion,
    "sample": _sample,
    "manual": _manual,
}


def _reason(control: Control, selection: Selection, posture: Plain, evidence: Plain) -> str:
    wanted = criterion(control, selection)
    found = _found(control, selection, posture)
    if found is None:
        shown = ", ".join(f"{name} is {_short(_cut(value))}" for name, value in evidence.items())
        return f"{shown}; wanted: {wanted}"
    told = [_short(one) for one in found] if isinstance(found, list) else [_short(found)]
    most = _as_many_as_are_read(told)
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return f"{', '.join(told[:most])}{more}; wanted: {wanted}"


def _as_many_as_are_read(told: list[str]) -> int:
    """How many of these texts stand in a sentence: the first, and others as long as it is not too long."""
    lengths = list(accumulate(len(one) for one in told[: assertion.MOST_TOLD]))
    return max(1, sum(length <= _LENGTH_TOLD for length in lengths))


def _found(control: Control, selection: Selection, posture: Plain) -> Any:
    """What a control shows of a state that is wrong; None where it has nothing to show, or that cannot be applied."""
    if control.found is None:
        return None
    try:
        return assertion.value(control.found, control.reads, posture, selection.parameters) or None
    except EvidenceError:  # the verdict stands; the values themselves are shown
        return None


def _advice(control: Control, selection: Selection) -> list[Plain]:
    return [{"do": "advise", "text": _filled(line, selection.parameters)} for line in control.remedy]


def _error(exc: TrailError) -> Plain:
    advice = [{"do": "advise", "text": exc.remedy}] if exc.remedy else []
    where = f"{exc.where}: " if exc.where else ""
    return {"verdict": "error", "reasons": [where + exc.message], "remedy": advice}


def digest(data: Any) -> str:
    """The SHA-256 of plain data, written as JSON with sorted keys and no spaces."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _short(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _cut(value: Any) -> Any:
    """Evidence as a result keeps it: long lists by number and first items."""
    if not isinstance(value, (list, dict)) or len(json.dumps(value)) <= _LONGEST:
        return value
    first = value[:_FIRST] if isinstance(value, list) else {name: value[name] for name in sorted(value)[:_FIRST]}
    return {"number": len(value), "first": first, "whole": "in the posture"}


def _spelled(expression: str, parameters: Plain) -> str:
    """An expression for people: parameters by value, literals without their backquotes."""
    for name in sorted(parameters, key=len, reverse=True):
        expression = re.sub(
            rf"\bparams\.{re.escape(name)}\b", lambda _found, name=name: str(parameters[name]), expression
        )
    return expression.replace("`", "").replace(" || ", " or ").replace(" && ", " and ").replace("==", "=")


def _filled(line: str, parameters: Plain) -> str:
    for name, value in parameters.items():
        shown = ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
        line = line.replace("{" + name + "}", shown)
    return line
