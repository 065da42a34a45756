# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One control of the catalogue, as it is written in YAML and checked before anything is judged by it."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.compliance.calls_here import here
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import parse_requirement
from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError, RequirementError
from ansible_collections.auditops.trail.plugins.module_utils.form import stranger
from ansible_collections.auditops.trail.plugins.module_utils.host import MACHINES, NEWEST_AUDIT
from ansible_collections.auditops.trail.plugins.module_utils.posture.forms import PARTS
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import UID_MIN
from ansible_collections.auditops.trail.plugins.module_utils.rules import names
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.plugin_utils import assertion, yaml_lines
from ansible_collections.auditops.trail.plugins.plugin_utils.assertion import FROM_HISTORY
from ansible_collections.auditops.trail.plugins.plugin_utils.entry_fields import Entry

SEVERITIES = ("low", "medium", "high", "critical")
RELATIONS = ("demonstrates", "supports", "prerequisite")
MISSING_PATH = ("require", "skip")
KINDS = ("record", "emit", "assert", "sample", "manual")
"""What a control demands: events, record types of programs, a state, one real record, or an answer from people."""
DIRECTIONS = ("higher", "lower", "subset")
EMPTY = ("manual", "not_applicable", "fail")
OF_ALL = ("posture_version", "tool", "collected", "privilege")
"""What a posture says of itself."""
KEYS = (
    "id", "title", "severity", "why", "record", "for_each", "empty", "missing_path", "key", "emit", "assert", "reads",
    "may_be_null", "found", "wanted", "shows", "sample", "manual", "applies", "parameters", "sources",
    "stricter", "deploy", "remedy", "references",
)  # fmt: skip
_ONLY_FOR = {
    "record": ("for_each", "empty", "missing_path", "key"),
    "assert": ("found", "wanted", "may_be_null"),
}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Applies:
    """When a control makes sense; ``otherwise`` says why it does not."""

    when: str
    reads: tuple[str, ...]
    otherwise: str


@dataclass(frozen=True)
class Empty:
    """What a control is where there is nothing to expand it from."""

    verdict: str
    say: str


@dataclass(frozen=True)
class Control:
    """One control. ``kind`` is one of :data:`KINDS`, and says which of the fields below are set."""

    id: str
    title: str
    severity: str
    why: str
    references: tuple[dict[str, str], ...]
    kind: str = "record"
    record: tuple[str, ...] = ()
    for_each: str | None = None
    empty: Empty | None = None
    missing_path: str = "require"
    key: str | None = None
    emit: tuple[str, ...] = ()
    expression: str | None = None
    reads: tuple[str, ...] = ()
    found: str | None = None
    wanted: str | None = None
    sample: dict[str, Any] = field(default_factory=dict)
    manual: str | None = None
    applies: Applies | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    stricter: dict[str, str] = field(default_factory=dict)
    shows: tuple[str, ...] = ()
    may_be_null: tuple[str, ...] = ()
    deploy: dict[str, Any] = field(default_factory=dict)
    remedy: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


def parse(data: dict[str, Any], file: str) -> Control:
    """A control of a YAML file.

    Args:
        data: The mapping, with its line (yaml_lines.py).
        file: Where it stands.

    Raises:
        CatalogueError: it does not hold together; with file and line.
    """
    entry = Entry.of(data, "control", file, KEYS)
    kinds = [kind for kind in KINDS if entry.data.get(kind)]
    if len(kinds) != 1:
        raise entry.error(f"{entry.what} must have one of {', '.join(KINDS)}; it has {' and '.join(kinds) or 'none'}.")
    kind = kinds[0]
    for owner, keys in _ONLY_FOR.items():
        strays = [name for name in keys if entry.data.get(name) is not None and kind != owner]
        if strays:
            raise entry.error(f"{entry.what} has {strays[0]}, which only a control with {owner} can have.")
    control = Control(
        id=entry.text("id"),
        title=entry.text("title"),
        severity=entry.one_of("severity", SEVERITIES),
        why=entry.text("why").strip(),
        references=_references(entry),
        kind=kind,
        record=entry.texts("record"),
        for_each=entry.maybe("for_each"),
        empty=_empty(entry),
        missing_path=entry.one_of("missing_path", MISSING_PATH, "require"),
        key=entry.maybe("key"),
        emit=entry.texts("emit"),
        expression=entry.maybe("assert"),
        reads=entry.texts("reads"),
        found=entry.maybe("found"),
        wanted=entry.maybe("wanted"),
        sample=_sample(entry),
        manual=entry.maybe("manual"),
        applies=_applies(entry),
        parameters=entry.mapping("parameters"),
        sources=_sources(entry),
        stricter=_stricter(entry),
        shows=entry.texts("shows"),
        may_be_null=entry.texts("may_be_null"),
        deploy=entry.mapping("deploy"),
        remedy=entry.texts("remedy"),
        file=file,
        line=entry.line,
    )
    _check_expressions(control, entry)
    _check_for_each(control, entry)
    _check_parameters(control, entry)
    _check_lines(control, entry)
    return control


def uses(control: Control) -> frozenset[str]:
    """The parameters that a control uses."""
    found = frozenset().union(*(assertion.parameters_of(one) for one in expressions(control)))
    if control.for_each is not None and control.for_each.startswith("params."):
        found |= {control.for_each.split(".")[1]}
    return found


def expressions(control: Control) -> list[str]:
    """The JMESPath expressions of a control."""
    applies = control.applies.when if control.applies else None
    return [one for one in (control.expression, control.found, applies) if one is not None]


def parts(control: Control) -> frozenset[str]:
    """The parts of the posture that a control needs beside those of every requirement."""
    paths = [*control.reads, *control.may_be_null, *control.shows, *(control.applies.reads if control.applies else ())]
    if control.for_each is not None and not control.for_each.startswith("params."):
        paths.append(control.for_each)
    found = {path.split(".")[0] for path in paths} - {*FROM_HISTORY, *OF_ALL, "params"}
    return frozenset(found | ({"trail"} if control.kind == "sample" else set()))


def _check_expressions(control: Control, entry: Entry) -> None:
    if control.kind == "assert" and not control.reads:
        raise entry.error(
            f"{entry.what} has assert without reads.",
            "name the posture's values that the expression needs: what is absent would compare as true.",
        )
    when, when_reads = (control.applies.when, control.applies.reads) if control.applies else (None, ())
    seen = (*control.reads, *control.may_be_null, *control.shows)
    for expression, reads, nullable in (
        (control.expression, control.reads, control.may_be_null),
        (control.found, seen, seen),  # only shown
        (when, when_reads, when_reads),
    ):
        if expression is None:
            continue
        try:
            assertion.check(expression, reads, nullable)
        except CatalogueError as exc:
            raise entry.error(f"{entry.what}: {exc.message}", exc.remedy) from exc
    read = [*seen, *when_reads, control.for_each or "params.none"]
    for path in read:
        part = path.split(".")[0]
        if part not in (*PARTS, *FROM_HISTORY, *OF_ALL, "params"):
            known = ", ".join(sorted((*PARTS, *FROM_HISTORY)))
            raise entry.error(f"{entry.what} reads {path}, but a posture has no part {part}.", f"use one of {known}.")
        _check_name(path, entry)


def _check_name(path: str, entry: Entry) -> None:
    """A name that no posture has would be an error on each host, and the host would be blamed."""
    part, *steps = path.split(".")
    strange = stranger(PARTS[part], steps) if part in PARTS else None
    if strange is not None:
        at, known = strange
        close = difflib.get_close_matches(steps[at], known, 3) or known
        raise entry.error(
            f"{entry.what} reads {path}, but {'.'.join([part, *steps[:at]])} of a posture has no {steps[at]}.",
            f"use one of {', '.join(close)} (docs/reference/posture.md).",
        )


def _check_for_each(control: Control, entry: Entry) -> None:
    if control.kind != "record":
        return
    named = {name for line in control.record for name in _PLACEHOLDER.findall(line)} - {UID_MIN}
    if control.for_each is None and named:
        raise entry.error(
            f"{entry.what} has {{{sorted(named)[0]}}} in a line, and nothing to put there.",
            "name under for_each the list that the lines are made from.",
        )
    if control.for_each is not None and not named:
        raise entry.error(
            f"{entry.what} has for_each, but no line with a place for its items.",
            "write {item}, or {path} where the items are mappings with a path.",
        )
    if control.empty is not None and control.for_each is None:
        raise entry.error(f"{entry.what} has empty without for_each.")


def _check_lines(control: Control, entry: Entry) -> None:
    """Whether the lines are rules, and the record types are ones: of any machine and the newest auditctl."""
    for written in control.record:
        text = _PLACEHOLDER.sub("/placeholder", written.replace(f"{{{UID_MIN}}}", "1000"))
        faults = []
        for machine in MACHINES:
            dialect = Dialect(NEWEST_AUDIT, machine)
            try:
                found = here(text, dialect, "")
                if found.text is not None:
                    parse_requirement(found.text, dialect)
                break
            except RequirementError as exc:
                faults.append(exc)
        else:
            raise entry.error(f"{entry.what}: {faults[0].message}", faults[0].remedy)
    for name in control.emit:
        if names.msgtype_number(name) is None:
            raise entry.error(f"{entry.what}: there is no record type {name}.", "ausearch -m help lists them.")


def _check_parameters(control: Control, entry: Entry) -> None:
    # Profiles and the site set parameters; it is the control that declares them.
    unknown = sorted(uses(control) - set(control.parameters))
    if unknown:
        told = f"params.{unknown[0]}" if unknown[0] else "params as a whole"
        raise entry.error(
            f"{entry.what} uses {told}, which it does not declare.",
            "give it a default under parameters, or correct the name.",
        )
    strays = sorted(set(control.sources) - set(control.parameters))
    if strays:
        raise entry.error(f"{entry.what} tells the source of {strays[0]}, which is no parameter of it.")


def _sample(entry: Entry) -> dict[str, Any]:
    inner = entry.inner("sample", ("types", "fields"))
    if inner is None:
        return {}
    found = {"types": list(inner.texts("types")), "fields": list(inner.texts("fields"))}
    if not found["types"] or not found["fields"]:
        raise inner.error(f"{inner.what} needs types and fields, each a list of texts.")
    return found


def _applies(entry: Entry) -> Applies | None:
    inner = entry.inner("applies", ("when", "reads", "otherwise"))
    if inner is None:
        return None
    if not inner.texts("reads"):
        raise inner.error(f"{inner.what} needs reads: what is absent would compare as true.")
    return Applies(inner.text("when").strip(), inner.texts("reads"), inner.text("otherwise").strip())


def _empty(entry: Entry) -> Empty | None:
    inner = entry.inner("empty", ("verdict", "say"))
    return None if inner is None else Empty(inner.one_of("verdict", EMPTY), inner.text("say").strip())


def _sources(entry: Entry) -> dict[str, str]:
    found = entry.mapping("sources")
    if not all(isinstance(name, str) and isinstance(value, str) and value for name, value in found.items()):
        raise entry.error(f"{entry.what}: sources names, for a parameter, where its value comes from: a text.")
    return found


def _stricter(entry: Entry) -> dict[str, str]:
    found = entry.mapping("stricter")
    for name, direction in found.items():
        if direction not in DIRECTIONS or name not in (entry.data.get("parameters") or {}):
            known = " or ".join(DIRECTIONS)
            raise entry.error(f"{entry.what}: stricter says of a parameter of it which values are stricter: {known}.")
    return found


def _references(entry: Entry) -> tuple[dict[str, str], ...]:
    found = entry.data.get("references") or []
    if not isinstance(found, list):
        raise entry.error(f"{entry.what}: references must be a list.")
    kept = []
    for reference in found:
        at = reference.get(yaml_lines.LINE, entry.line) if isinstance(reference, dict) else entry.line
        told = yaml_lines.without_lines(reference)
        # YAML reads an unquoted 10.2 or 6.10 as a number, and 6.10 then as 6.1.
        if (
            not isinstance(told, dict)
            or set(told) != {"framework", "version", "id", "relation"}
            or not all(isinstance(value, str) for value in told.values())
        ):
            raise CatalogueError(
                f"{entry.what}: a reference has framework, version, id and relation, each a quoted text.",
                file=entry.file,
                line=at,
            )
        if told["relation"] not in RELATIONS:
            raise CatalogueError(f"{entry.what}: relation is one of {', '.join(RELATIONS)}.", file=entry.file, line=at)
        kept.append(told)
    return tuple(kept)
