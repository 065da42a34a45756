# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of our own files that set a value of the kernel: which lock or switch off, and what they ask for."""

from typing import Dict, Iterator, List, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import SHIPPED, Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Origin, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import LOCKED


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
        values = list(made(line))
        if any((one.name, one.value) == ("enabled", 0) for one in values):
            raise RuleError(
                "`{0}` switches the audit system off: no rule records anything then".format(shown(line.text.strip())),
                line.file,
                line.number,
                "take the line out.",
            )
        locks = [one for one in values if (one.name, one.value) in (("enabled", LOCKED), ("loginuid_immutable", 1))]
        if not locks:
            kept.append(line)
            continue
        _refuse_lock(line, locks[0], len(values) > 1, given)
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


def asked_for(lines: Sequence[Written], base: str) -> Dict[str, Setting]:
    """The values that our files set in so many words, by name; of several lines the last one counts.

    Args:
        lines: All lines of our files, in load order.
        base: The path of the file that we make of settings: it is no file that somebody has written.
    """
    found: Dict[str, Setting] = {}
    for line in lines:
        for one in made(line) if line.file != base else ():
            if one.name in SHIPPED and isinstance(one.value, int):
                found[one.name] = Setting(one.value, Origin(line.file, line.number, line.text))
    return found


def made(line: Written) -> Iterator[Statement]:
    """The values that a line sets, where it stands."""
    if line.statement is None or line.note is not None:
        return iter(())
    return (one for one in (*line.statement.before, line.statement) if one.verb == "set")
