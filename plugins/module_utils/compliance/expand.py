# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a control's lines to the requirements that this host can be held to."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.compliance.calls_here import here
from ansible_collections.auditops.trail.plugins.module_utils.errors import RequirementError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules import usr_merge
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import PERM_EXEC, Dialect, Field, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import escape

OBJECTS = ("path", "dir", "watch")
_IS_64_BIT = 0x80000000  # __AUDIT_ARCH_64BIT, include/uapi/linux/audit.h


class Requirement(NamedTuple):
    """One line of a control, understood."""

    text: str
    rule: Rule


class NotDemanded(NamedTuple):
    """A line that this host is not held to, and why."""

    text: str
    reason: str


class Expansion(NamedTuple):
    """What remains of a control on a host."""

    demanded: Tuple[Requirement, ...]
    not_demanded: Tuple[NotDemanded, ...]


def expand(
    record: Sequence[str],
    missing_path: str,
    dialect: Dialect,
    paths: PathState,
    user_arches: Optional[Sequence[str]],
    release: str = "",
    calls: Optional[Sequence[str]] = None,
) -> Expansion:
    """The requirements of a control on this host.

    Args:
        record: The control's lines, in auditctl's syntax.
        missing_path: ``skip`` leaves out a line whose file or directory does not exist; ``require`` keeps it.
        dialect: The host's auditctl and machine.
        paths: The host's path state. A path without evidence is demanded: the solver then says what is missing.
        user_arches: The kinds of call that a process can make (b64, b32, x32); None where that is not known.
        release: The kernel's release; empty where it is not known, and then no call is too new for it.
        calls: As the posture's ``host.calls``: which newer calls a kernel with backports has, or None.

    Raises:
        RequirementError: a line is no event class, or auditctl would not take it.
    """
    demanded: List[Requirement] = []
    left_out: List[NotDemanded] = []
    for written in record:
        found = here(written, dialect, release, calls)
        left_out += [NotDemanded("{0} of {1}".format(call, written), why) for call, why in found.left_out]
        if found.text is None:
            continue
        for place in _where_it_lies(found.text, parse_requirement(found.text, dialect), paths):
            text, rule = _behind_links(*place, paths)
            reason = _arch_reason(rule, user_arches)
            if reason is None and missing_path == "skip":
                reason = _path_reason(rule, paths)
            if reason is None:
                demanded.append(Requirement(text, rule))
            else:
                left_out.append(NotDemanded(text, reason))
    return Expansion(tuple(demanded), tuple(left_out))


def parse_requirement(text: str, dialect: Dialect) -> Rule:
    """A line as a requirement.

    Raises:
        RequirementError: it is no rule, or auditctl would not take it.
    """
    try:
        statement = parse_line(text, dialect, "the catalogue", 1)
    except RuleError as exc:
        raise RequirementError("{0!r} cannot be read: {1}".format(text, exc.message), remedy=exc.remedy) from exc
    # `-e 1 -w /etc/passwd` is a setting and a rule: the setting would be demanded of nobody.
    if statement is None or statement.verb != "add" or statement.rule is None or statement.before:
        raise RequirementError(
            "{0!r} is not a rule.".format(text), remedy="demand events with a line that begins with -w or -a."
        )
    return statement.rule


def object_paths(rule: Rule) -> List[str]:
    """The files and directories that a rule names."""
    return [str(field.value) for name in OBJECTS for field in rule.fields(name)]


def _where_it_lies(text: str, rule: Rule, paths: PathState) -> List[Tuple[str, Rule]]:
    """A demand on something below /usr is also one on what lies beside /usr under that name, if that is another."""
    found = [(text, rule)]
    for path in object_paths(rule):
        other = usr_merge.elsewhere(path, paths)
        if other is not None:
            # Where nothing is below /usr, what is meant is the other one alone.
            kept = found if paths.lexists(path) is not False else []
            found = kept + [_renamed(text, rule, path, other)]
    return found


def _renamed(text: str, rule: Rule, path: str, other: str) -> Tuple[str, Rule]:
    """The same demand on another path.

    Raises:
        RuleError: the other path holds what no line can say.
    """
    named = text.replace(escape(path), escape(other))
    conditions = tuple(
        condition._replace(value=other) if isinstance(condition, Field) and condition.value == path else condition
        for condition in rule.conditions
    )
    return named, rule._replace(conditions=conditions, origin=rule.origin._replace(text=named))


def _behind_links(text: str, rule: Rule, paths: PathState) -> Tuple[str, Rule]:
    """A demand that a program is recorded when run is about the program: a link to it is never run itself."""
    perm = rule.value("perm")
    if perm != PERM_EXEC or rule.syscalls is not None:
        return text, rule
    for path in object_paths(rule):
        place = paths.place(path)
        real = paths.place(path, follow=True).real if place.symlinked else path
        if not place.symlinked or paths.lexists(real) is not True:
            continue
        try:
            return _renamed(text, rule, path, real)
        except RuleError:  # the name holds what no line can say: the link is demanded, and judged as one
            continue
    return text, rule


def _arch_reason(rule: Rule, user_arches: Optional[Sequence[str]]) -> Optional[str]:
    if user_arches is None:
        return None
    for field in rule.fields("arch"):
        kind = _kind(field)
        if kind is not None and kind not in user_arches:
            return "no process on this host can make {0}-bit calls".format(kind[1:])
    return None


def _kind(field: Field) -> Optional[str]:
    if field.op != "=" or not isinstance(field.value, int):
        return None
    return "b64" if field.value & _IS_64_BIT else "b32"


def _path_reason(rule: Rule, paths: PathState) -> Optional[str]:
    for path in object_paths(rule):
        if paths.lexists(path.rstrip("/") or "/") is False:
            return "{0} does not exist on this host".format(path)
    return None


def describe(expansion: Expansion) -> List[Dict[str, Any]]:
    """The lines that are not demanded, as data."""
    return [{"requirement": entry.text, "reason": entry.reason} for entry in expansion.not_demanded]
