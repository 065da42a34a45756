# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assertions: JMESPath over the posture, on the controller.

In JMESPath an absent value compares as if it were something: ``a.b != `1` ``
is true when there is no ``a.b``. So every value that an assertion reads is
looked for first, and one that is absent is an error, never a verdict.
"""

from __future__ import annotations

import difflib
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError, EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture.templates import whole

try:
    import jmespath
    from jmespath import functions
    from jmespath.exceptions import JMESPathError
except ImportError as exc:
    jmespath = None
    JMESPathError = ValueError
    MISSING: ImportError | None = exc
else:
    MISSING = None

FROM_HISTORY = ("lost_in_period",)
"""What an assertion sees beside the posture: it comes from the runs before, and is null where there are none."""

MOST_TOLD = 8
"""Findings that a reason spells out; the rest are counted."""

_MEND_EITHER = "correct the control's assert, or collect the posture again if it was changed by hand."


if MISSING is None:

    class _Functions(functions.Functions):
        """The functions of JMESPath, and three that it lacks: within a list it cannot look at anything outside of it.

        ``about(texts, paths)`` are the texts that say something of one of the paths, as ``path: what is wrong``;
        ``over(items, name, most)`` the items whose number of this name is larger, or not known.
        """

        @functions.signature({"types": ["array"]}, {"types": ["array"]})
        def _func_without(self, items: list[Any], others: list[Any]) -> list[Any]:
            return [item for item in items if item not in others]

        @functions.signature({"types": ["array"]}, {"types": ["array"]})
        def _func_about(self, texts: list[str], paths: list[str]) -> list[str]:
            return [text for text in texts if any(text.startswith(f"{path}:") for path in paths)]

        @functions.signature({"types": ["array"]}, {"types": ["string"]}, {"types": ["number"]})
        def _func_over(self, items: list[dict[str, Any]], name: str, most: float) -> list[dict[str, Any]]:
            return [item for item in items if item.get(name) is None or item[name] > most]


_COMPILED: dict[str, Any] = {}


def known() -> dict[str, Any]:
    """What has been compiled so far, for another process of the same run."""
    return dict(_COMPILED)


def learn(compiled_elsewhere: dict[str, Any]) -> None:
    """Take what :func:`known` gave in another process: compiling costs more than applying."""
    _COMPILED.update(compiled_elsewhere)


def compiled(expression: str) -> Any:
    """The expression, compiled once.

    Raises:
        CatalogueError: it is not JMESPath, or jmespath is not installed on the controller.
    """
    found = _COMPILED.get(expression)
    if found is not None:
        return found
    if MISSING is not None:
        raise CatalogueError(
            "The Python library jmespath is not installed on the controller.",
            remedy="install it for the Python that runs ansible-playbook: python3 -m pip install jmespath.",
        ) from MISSING
    try:
        made = jmespath.compile(expression)
    except (JMESPathError, TypeError, AttributeError) as exc:
        raise CatalogueError(
            f"{expression!r} is not a JMESPath expression: {exc}",
            remedy="correct the expression at the place that is named.",
        ) from exc
    _check_functions(expression, made.parsed)
    _COMPILED[expression] = made
    return made


def check(expression: str, reads: tuple[str, ...], may_be_null: tuple[str, ...] = ()) -> None:
    """Whether an expression reads only what ``reads`` names, so that nothing absent is compared.

    A chain of names counts as covered by an entry of ``reads`` that is the chain, or lies below it. One that lies
    above it says nothing of the value itself, which may be absent.

    Args:
        expression: JMESPath.
        reads: Dotted paths.
        may_be_null: Further paths, whose value may be null, and what lies below them absent.

    Raises:
        CatalogueError: it is no expression, or reads another value of the posture.
    """
    parsed = compiled(expression).parsed
    if _negates_a_name(parsed):
        raise CatalogueError(
            f"{expression!r} negates the first name of a path: in JMESPath !a.b is (!a).b, which is never true.",
            remedy="write !(a.b), or a.b == `false`.",
        )
    for chain in _chains(parsed):
        if chain and chain[0] == "params":
            continue
        path = ".".join(chain)
        if not (
            any(_covers(tuple(read.split(".")), chain) for read in (*reads, *may_be_null))
            or any(_covers(chain, tuple(read.split("."))) for read in may_be_null)
        ):
            raise CatalogueError(
                f"{expression!r} uses {path or 'the whole posture'}, which reads does not name.",
                remedy=f"add {path or 'what it needs'} to reads, or correct the name.",
            )


def _check_functions(expression: str, node: dict[str, Any]) -> None:
    """jmespath looks for a function only when it is applied: on a host, and for each anew.

    Raises:
        CatalogueError: there is no such function, or it takes another number of arguments.
    """
    children = [child for child in node["children"] if isinstance(child, dict)]
    if node["type"] == "function_expression":
        name, table = node["value"], _Functions.FUNCTION_TABLE
        if name not in table:
            close = difflib.get_close_matches(name, list(table), 3) or sorted(table)
            raise CatalogueError(
                f"{expression!r} calls {name}(), and JMESPath has no such function.",
                remedy=f"use one of {', '.join(close)}.",
            )
        wanted = table[name]["signature"]
        least, variadic = len(wanted), bool(wanted) and bool(wanted[-1].get("variadic"))
        if len(children) < least or (len(children) > least and not variadic):
            more = " or more" if variadic else ""
            raise CatalogueError(
                f"{expression!r} gives {name}() {len(children)} arguments, and it takes {least}{more}.",
                remedy="correct the call.",
            )
    for child in children:
        _check_functions(expression, child)


def _negates_a_name(node: dict[str, Any]) -> bool:
    children = [child for child in node["children"] if isinstance(child, dict)]
    if node["type"] == "subexpression" and children and children[0]["type"] == "not_expression":
        return True
    return any(_negates_a_name(child) for child in children)


def parameters_of(expression: str) -> frozenset[str]:
    """The names that an expression takes from ``params``; an empty one where it takes ``params`` as a whole."""
    chains = _chains(compiled(expression).parsed)
    return frozenset("".join(chain[1:2]) for chain in chains if chain and chain[0] == "params")


def _covers(longer: tuple[str, ...], chain: tuple[str, ...]) -> bool:
    """Whether a path is the chain, or lies below it."""
    return longer[: len(chain)] == chain and bool(chain)


def _chains(node: dict[str, Any]) -> set[tuple[str, ...]]:
    """Every chain of names, from the top of the data, that an expression looks at."""
    found: set[tuple[str, ...]] = set()
    value = _walk(node, (), found)
    if value is not None:
        found.add(value)
    return found


def _walk(node: dict[str, Any], at: tuple[str, ...] | None, found: set[tuple[str, ...]]) -> tuple[str, ...] | None:
    """Where in the data the value of a node lies, or None for one that is computed; what it reads goes to ``found``.

    ``at`` is where the current value (``@``) lies; inside a list or a computed value it is None, and names there
    belong to what has been noted already.
    """
    kind, children = node["type"], node["children"]
    if kind == "field":
        return None if at is None else (*at, node["value"])
    if kind in ("current", "identity"):
        return at
    if kind in ("literal", "index", "slice"):
        return None
    if kind in ("subexpression", "pipe"):
        for child in children:
            before, at = at, _walk(child, at, found)
            if before is not None and at is None and before:
                found.add(before)
        return at
    if kind in ("index_expression", "projection", "filter_projection", "value_projection", "flatten"):
        # The first child is the list; what comes after is applied to its items.
        value = _walk(children[0], at, found)
        if value is not None:
            found.add(value)
        for child in children[1:]:
            _walk(child, None, found)
        return None
    # Operators, functions and multiselects: each child is read for its own value. `&name` is applied to items.
    for child in children:
        value = _walk(child, None if kind == "expref" else at, found)
        if value is not None:
            found.add(value)
    return None


def holds(
    expression: str,
    reads: tuple[str, ...],
    posture: dict[str, Any],
    parameters: dict[str, Any],
    may_be_null: tuple[str, ...] = (),
    found: str | None = None,
) -> bool:
    """Whether the assertion holds on this posture.

    Args:
        expression: JMESPath, with the functions of :class:`_Functions`; the site's and profiles' values are at
            ``params``.
        reads: Dotted paths of the posture's values that the expression needs.
        posture: The posture, with ``errors`` by part.
        parameters: What ``params`` holds.
        may_be_null: Paths whose value may be null; they must be there all the same.
        found: JMESPath that gives in words what decides, where the assertion is neither true nor false.

    Raises:
        EvidenceError: a value is absent, its collector failed, or the values cannot be compared.
    """
    look_up_nullable(may_be_null, posture)
    held = value(expression, reads, posture, parameters)
    if held is None:
        raise EvidenceError(
            _not_decided(expression, _in_words(found, reads, posture, parameters), posture), remedy=_to_see_it(posture)
        )
    if not isinstance(held, bool):
        raise EvidenceError(f"{expression!r} gave {held!r}, which is neither true nor false.", remedy=_MEND_EITHER)
    return held


def _in_words(found: str | None, reads: tuple[str, ...], posture: dict[str, Any], params: dict[str, Any]) -> list[str]:
    """The texts that an expression gives; none where it gives something else, or cannot be applied."""
    if found is None:
        return []
    try:
        told = value(found, reads, posture, params)
    except EvidenceError:  # that nothing is decided stands
        return []
    texts = told if isinstance(told, list) else [told]
    return texts if all(isinstance(text, str) for text in texts) else []


def _not_decided(expression: str, words: list[str], posture: dict[str, Any]) -> str:
    """Why an assertion is neither true nor false: in the control's own words, or else by the values that are null."""
    if words:
        more = f" and {len(words) - MOST_TOLD} more" if len(words) > MOST_TOLD else ""
        return f"This host does not tell enough: {', '.join(words[:MOST_TOLD])}{more}."
    chains = sorted(chain for chain in _chains(compiled(expression).parsed) if chain and chain[0] != "params")
    nulls = [".".join(chain) for chain in chains if _reached(chain, posture) is None]
    unseen = "; ".join(dict.fromkeys(text for path in nulls for text in _not_seen(path, posture)))
    names = f" ({', '.join(nulls)}{': ' if unseen else ''}{unseen})" if nulls else ""
    return f"This host does not tell all that {' '.join(expression.split())} needs{names}."


def _reached(steps: tuple[str, ...], posture: dict[str, Any]) -> Any:
    value: Any = posture
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _not_seen(path: str, posture: dict[str, Any]) -> list[str]:
    """What the part of a path could not see."""
    held = posture.get(path.split(".")[0])
    return list(held.get("not_seen") or ()) if isinstance(held, dict) else []


def value(expression: str, reads: tuple[str, ...], posture: dict[str, Any], parameters: dict[str, Any]) -> Any:
    """What an expression gives on this posture; arguments and errors as of :func:`holds`."""
    look_up(reads, posture)
    try:
        options = jmespath.Options(custom_functions=_Functions())
        return compiled(expression).search({**posture, "params": parameters}, options=options)
    except (JMESPathError, TypeError, ValueError) as exc:  # a text compared with a number is a TypeError
        raise EvidenceError(f"{expression!r} could not be applied: {exc}", remedy=_MEND_EITHER) from exc


def look_up_nullable(paths: tuple[str, ...], posture: dict[str, Any]) -> dict[str, Any]:
    """The named values, null among them: that there is none is an answer, that there is no such key is not.

    Raises:
        EvidenceError: a part could not be collected, or has no such key.
    """
    values = {}
    for path in paths:
        steps = path.split(".")
        value: Any = {steps[0]: whole(steps[0], posture)}
        for step in steps:
            if value is not None and not (isinstance(value, dict) and step in value):
                raise EvidenceError(f"This host does not tell {path}.", remedy=_to_see_it(posture))
            value = None if value is None else value[step]
        values[path] = value
    return values


def _to_see_it(posture: dict[str, Any]) -> str:
    """What to do about a value that was looked for and is not known."""
    if (posture.get("privilege") or {}).get("euid") == 0:
        return "see on the host why it is not known; until it is, this control is not decided."
    return "collect it as root (become: true), which sees more."


_OF_LISTS = {
    "logs": ("files", "there is no audit log", "have auditd write one: see what log.written says of this host.")
}
"""By part of the posture, the list of what all else in it is about; what to say and to do where that is empty."""


def look_up(reads: tuple[str, ...], posture: dict[str, Any]) -> dict[str, Any]:
    """The named values of the posture; of :data:`FROM_HISTORY` also null, which says that there was no earlier run.

    Raises:
        EvidenceError: one is absent or null, or its collector failed; the collector's own words are kept.
    """
    values = {}
    for path in reads:
        part = path.split(".")[0]
        if part == "params":
            continue  # never absent: each has a default
        if path in FROM_HISTORY:
            values[path] = posture.get(path)
            continue
        value: Any = {part: whole(part, posture)}
        for step in path.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if value is None:
            held = posture.get(part)
            if isinstance(held, dict) and part in _OF_LISTS and held.get(_OF_LISTS[part][0]) == []:
                _name, empty, remedy = _OF_LISTS[part]
                raise EvidenceError(f"This host does not tell {path}: {empty}.", remedy=remedy)
            unseen = "; ".join(_not_seen(path, posture))
            raise EvidenceError(
                f"This host does not tell {path}{': ' if unseen else ''}{unseen}.", remedy=_to_see_it(posture)
            )
        values[path] = value
    return values
