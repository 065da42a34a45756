# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and settings from text, read as ``auditctl -R`` and ``auditctl`` read them.

One entry for a line of a rules file, one for an argument vector. What a
dialect's auditctl refuses, or the kernel after it without looking at the disk,
is a RuleError with auditctl's own words; refusals that depend on the disk (a
parent that is missing, ``dir=`` of what is not there) are left to the
simulation of a load.
"""

from typing import Iterator, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import compact
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_habits import (
    MARK,
    Habit,
    after_mark,
    explain,
    habits,
    plain_faults,
    with_carriage_return,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_line import LEFT_OVER, Line
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import words
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_strays import (
    continued,
    left_over,
    misplaced,
    no_rules,
    unvalued,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_tables import Tables, tables_for


def parse_line(
    line: str, dialect: Dialect, file: Optional[str] = None, number: Optional[int] = None
) -> Optional[Statement]:
    """One line of a rules file as ``auditctl -R`` reads it.

    Args:
        line: The line; a newline at its end is ignored, a carriage return is
            not: auditctl takes it for part of the last word.
        dialect: Whose auditctl reads it, on which machine.
        file: Where it was read.
        number: Its 1-based number there.

    Returns:
        The statement; None for a blank line or a comment.

    Raises:
        RuleError: It is refused. ``before`` of the error has what the line
            does until then.
    """
    if line[-1:] == "\n":
        line = line[:-1]
    tables = tables_for(dialect)
    origin = Origin(file, number, line)
    try:
        arguments = words(line, tables.version)
        if arguments is None:
            return None
        statement = Line(tables, arguments, origin).read()
    except RuleError as refused:
        raise _placed(_explained(refused, line, tables), origin) from None
    return with_carriage_return(statement) if line[-1:] == "\r" else statement


def parse_args(argv: Sequence[str], dialect: Dialect, origin: Origin = Origin()) -> Statement:  # noqa: B008
    """An argument vector of auditctl, without the program's name, as auditctl reads it.

    Args:
        argv: The arguments, the shell's quoting done.
        dialect: As for :func:`parse_line`.
        origin: What to note as the statement's origin; its text is made from
            ``argv`` where it has none.

    Raises:
        RuleError: It is refused.
    """
    if not origin.text:
        origin = origin._replace(text=" ".join(argv))
    try:
        if not argv:
            raise RuleError("no option is given", remedy="write a rule.")
        return Line(tables_for(dialect), list(argv), origin).read()
    except RuleError as refused:
        raise _placed(refused, origin) from None


def _explained(refused: RuleError, line: str, tables: Tables) -> RuleError:
    """The refusal with its cause, where the line is taken once that is gone, or it is plain."""
    if line[:1] == MARK:
        rest = _refusal(line[1:], tables)
        return after_mark(refused, None if rest is None else _explained(rest, line[1:], tables))
    for habit in _causes(refused, line, tables):
        if habit.meant is None or _refusal(habit.meant, tables) is None:
            return explain(refused, habit)
    return refused


def _causes(refused: RuleError, line: str, tables: Tables) -> Iterator[Habit]:
    try:
        arguments = words(line, tables.version)
    except RuleError:
        return
    if not arguments:
        return
    yield from no_rules(line, arguments)
    yield from continued(arguments)
    yield from unvalued(arguments)
    yield from habits(line)
    yield from misplaced(line, arguments)
    yield from plain_faults(line)
    if refused.message == LEFT_OVER:
        yield from left_over(arguments)


def _refusal(line: str, tables: Tables) -> Optional[RuleError]:
    """Why a line is refused, or None."""
    try:
        arguments = words(line, tables.version)
        if arguments is not None:
            Line(tables, arguments, Origin()).read()
    except RuleError as refused:
        return refused
    return None


def _placed(refused: RuleError, origin: Origin) -> RuleError:
    refused.file, refused.line = origin.file, origin.line
    refused.message, refused.remedy = compact(refused.message), compact(refused.remedy or "")
    return refused
