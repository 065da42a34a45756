# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of our own files that set a value of the kernel: which lock or switch off, and what they ask for."""

import os
from typing import AbstractSet, Any, Dict, FrozenSet, Iterator, List, Mapping, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import SHIPPED, Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED

Plain = Dict[str, Any]


def without_locks(lines: Sequence[Written], given: Given) -> Tuple[List[Written], List[str]]:
    """The lines without those that lock: commit writes these, after the rules have been proven.

    Returns:
        The lines, and what to say of those that were left out.

    Raises:
        RuleError: a line locks and that was not asked for, or together with another value; or it switches audit off.
    """
    kept: List[Written] = []
    warnings: List[str] = []
    for line in lines:
        made = list(_made(line))
        if any((one.name, one.value) == ("enabled", 0) for one in made):
            raise RuleError(
                "`{0}` switches the audit system off: no rule records anything then".format(shown(line.text.strip())),
                line.file,
                line.number,
                "take the line out.",
            )
        locks = [one for one in made if (one.name, one.value) in (("enabled", LOCKED), ("loginuid_immutable", 1))]
        if not locks:
            kept.append(line)
            continue
        _refuse_lock(line, locks[0], len(made) > 1, given)
        kept.append(line._replace(note="commit writes it into {0}".format(given.final_file)))
        warnings.append("{0}: the lock is written by commit into {1}".format(line.place, given.final_file))
    return kept, warnings


def _refuse_lock(line: Written, lock: Statement, beside: bool, given: Given) -> None:
    if beside:
        raise RuleError(
            "the line sets another value beside the lock",
            line.file,
            line.number,
            "give each a line of its own: the lock is written when all rules have been proven.",
        )
    option = "immutable" if lock.name == "enabled" else "loginuid_immutable"
    if not (given.immutable if lock.name == "enabled" else given.loginuid_immutable):
        raise RuleError(
            "`{0}` locks until the next boot, and it was not asked for".format(shown(line.text.strip())),
            line.file,
            line.number,
            "take the line out and set {0}: true: the lock is written last, when all rules are proven.".format(option),
        )


def asked_for(lines: Sequence[Written], base: str) -> Dict[str, int]:
    """The values that our files set in so many words, by name; of several lines the last one counts.

    Args:
        lines: All lines of our files, in load order.
        base: The path of the file that we make of settings: it is no file that somebody has written.
    """
    found: Dict[str, int] = {}
    for line in lines:
        for one in _made(line) if line.file != base else ():
            if one.name in SHIPPED and isinstance(one.value, int):
                found[one.name] = one.value
    return found


def left_to_others(theirs: Mapping[str, Setting], given: Given) -> FrozenSet[str]:
    """The settings that files of others decide: nobody has asked for another value, or profiles for no more than that.

    Args:
        theirs: The settings in the files of others that stay, by name.
        given: What is asked for.
    """
    return frozenset(
        name
        for name, setting in theirs.items()
        if name not in given.settings
        and (name not in given.demanded or _is_enough(name, setting.value, given.demanded[name]))
    )


def _is_enough(name: str, value: int, demanded: int) -> bool:
    """Whether a value is what profiles ask for: of a queue and of what follows a loss, more is more."""
    if name == "backlog_limit":
        return value >= demanded or value == 0  # audit_log_start() of kernel/audit.c: 0 is no limit
    return value >= demanded if name == "failure" else value == demanded


def giving_way(
    lines: Sequence[Written], theirs: Mapping[str, Setting], left: AbstractSet[str], given: Given
) -> List[Written]:
    """The lines without those of the base file whose settings are left to files of others.

    Args:
        lines: All lines of our files.
        theirs: The settings in the files of others that stay, by name.
        left: The settings that are left to them.
        given: What is asked for.
    """
    base = os.path.join(given.rules_dir, given.base_file)
    kept: List[Written] = []
    for line in lines:
        made = next(_made(line), None) if line.file == base else None
        name = None if made is None or made.name not in left else made.name
        other = theirs.get(name) if name is not None else None
        # Where audit is on, a lock of others is left as well; what switches it off is not.
        gives_way = other is not None and (name in SHIPPED or other.value == LOCKED)
        kept.append(line._replace(note="{0} has it".format(other.origin)) if other is not None and gives_way else line)
    return kept


def overruled(asked: Mapping[str, int], load: Load, ours: AbstractSet[str]) -> List[Plain]:
    """The values that a load leaves otherwise than asked for, by the line of a file that is not ours.

    Args:
        asked: The values that the load is to leave, by name.
        load: The load of all files.
        ours: The names of our files.

    Returns:
        Each as ``setting``, what ``value`` it is to be, and the ``file``, ``line`` and ``rule`` that are in the way.
    """
    found: List[Plain] = []
    for name, value in asked.items():
        setting = load.settings.get(name)
        origin = None if setting is None or setting.value == value else setting.origin
        if name in SHIPPED and origin is not None and os.path.basename(origin.file or "") not in ours:
            rule = origin.text.strip()
            found.append({"setting": name, "value": value, "file": origin.file, "line": origin.line, "rule": rule})
    return found


def _made(line: Written) -> Iterator[Statement]:
    """The values that a line sets, where it stands."""
    if line.statement is None or line.note is not None:
        return iter(())
    return (one for one in (*line.statement.before, line.statement) if one.verb == "set")
