# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of the files that are to be deployed: read, numbered, and written again with what was left out of them.

A line that is left out becomes a comment with the reason in front of it, on
its own line, so that the numbers in every message are those of the text that
was given.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.host import spelled
from ansible_collections.auditops.trail.plugins.module_utils.rules.keys import with_keys
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line

LEFT_OUT = "# left out ({0}): {1}"
_MOST_TOLD = 5


class Written(NamedTuple):
    """One line of a file.

    ``statement`` is None for a comment or a blank line; ``note`` is why the
    line is left out, None where it stands. ``keys`` are those that it gets
    from lines that were merged into it. ``stands_in`` is the line of another
    file, by path and number, that is the same rule and the reason for leaving
    it out.
    """

    file: str
    number: int
    text: str
    statement: Optional[Statement] = None
    note: Optional[str] = None
    keys: Sequence[str] = ()
    stands_in: Optional[Tuple[str, int]] = None

    @property
    def place(self) -> str:
        """``file:line``."""
        return "{0}:{1}".format(self.file, self.number)

    @property
    def rule(self) -> Optional[Rule]:
        """The rule that the line adds, where it stands and adds one."""
        if self.note is not None or self.statement is None or self.statement.verb != "add":
            return None
        return self.statement.rule


def read(file: str, content: str, dialect: Dialect) -> List[Written]:
    """The lines of a file that is to be written, each understood as the host's auditctl will read it.

    A text with the line ends of Windows is read, and written, without its carriage returns: auditctl would take each
    for a part of the last word, which is a key more often than not.

    Args:
        file: The path that it will have.
        content: Its text; the last newline may be missing.
        dialect: Whose auditctl reads it.

    Raises:
        RuleError: auditctl would refuse a line; the first is named with file and line, and the others after it.
    """
    lines = (content[:-1] if content.endswith("\n") else content).split("\n")
    written: List[Written] = []
    refused: List[RuleError] = []
    for number, given in enumerate(lines, 1):
        text = given.rstrip("\r")
        try:
            whole = from_texts([text], file)  # what auditctl makes of a line that is too long, or holds a NUL
            if len(whole) > 1 or (whole and whole[0].origin.text != text):
                raise RuleError(
                    "auditctl reads 6143 bytes at once, up to the first NUL: it would take this line for another",
                    file,
                    number,
                    "split the rule.",
                )
            statement = parse_line(text, dialect, file, number)
        except RuleError as exc:
            exc.file, exc.line = file, number
            refused.append(exc)
            continue
        written.append(Written(file, number, text, statement))
    if refused:
        raise _together(refused, dialect)
    return written


def _together(refused: List[RuleError], dialect: Dialect) -> RuleError:
    """One error for all refused lines: a user mends them in one go."""
    first = refused[0]
    message = "{0} (read as auditctl {1} reads it)".format(first.message.rstrip("."), spelled(dialect.version))
    others = ["line {0}: {1}".format(one.line, one.message) for one in refused[1 : _MOST_TOLD + 1]]
    if len(refused) > _MOST_TOLD + 1:
        others.append("and {0} more".format(len(refused) - _MOST_TOLD - 1))
    if others:
        message += ". Refused too: {0}".format("; ".join(others))
    return RuleError(message, first.file, first.line, first.remedy)


def content(written: Sequence[Written]) -> bytes:
    """The text of a file: what stands in it, and what was left out as comments."""
    return "".join(shown(line) + "\n" for line in written).encode("utf-8", "surrogateescape")


def shown(line: Written) -> str:
    """A line as it is written into its file."""
    if line.note is not None:
        return LEFT_OUT.format(line.note, line.text)
    return with_keys(line.text, line.keys)
