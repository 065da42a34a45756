# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of shell files that hold parts of a command line: /etc/default/grub and its kind.

Which assignments are alive is the shell's: a later one takes the place of those before it, unless it names the variable
in its own value, or adds to it with ``+=``.
"""

import re
from typing import Dict, List, Mapping, NamedTuple, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.boot import words
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError

_BEGINNING = r"\s*(?:export\s+)?({0})(\+?)="
_VALUE = re.compile(
    r"(?:\"(?P<double>(?:[^\"\\`]|\\.)*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s;#'\"\\`$()<>|&]*))(?=\s|;|\Z)"
)


class Assignment(NamedTuple):
    """An assignment; ``start`` and ``end`` are of its value in the line, quotes and all."""

    file: str
    line: int
    name: str
    adds: bool
    start: int
    end: int
    text: str
    quote: str


def alive(contents: Mapping[str, str], name: str) -> List[Assignment]:
    """The assignments that make up a variable's value, in order.

    Args:
        contents: The text of each file, in the order in which they are read.
        name: The variable.

    Raises:
        TrailError: a value is of a form that is not edited here.
    """
    found: List[Assignment] = []
    for file, content in contents.items():
        for number, line in enumerate(content.split("\n"), 1):
            match = re.match(_BEGINNING.format(name), line)
            if match is None:
                continue
            assignment = _parsed(file, number, line, match.end(), name, bool(match.group(2)))
            found = found + [assignment] if assignment.adds else [assignment]
    return found


def _parsed(file: str, number: int, line: str, start: int, name: str, adds: bool) -> Assignment:
    match = _VALUE.match(line, start)
    if match is None:
        raise TrailError(
            "the value of {0} is more than one quoted text, and is not edited".format(name),
            file,
            number,
            'write it as {0}="…" on one line.'.format(name),
        )
    quote = '"' if match.group("double") is not None else "'" if match.group("single") is not None else ""
    text = match.group("double") or match.group("single") or match.group("bare") or ""
    named = quote == '"' and re.search(r"\$(?:{0}\b|\{{{0}\}})".format(name), text) is not None
    return Assignment(file, number, name, adds or named, start, match.end(), text, quote)


def settled(
    contents: Mapping[str, str], names: Sequence[str], parameters: words.Wanted, home: str, start: str = ""
) -> Dict[str, str]:
    """The files with the parameters in the variables as they are wanted.

    Args:
        contents: The text of each file, in the order in which they are read; ``home`` is among them.
        names: The variables, in the order in which the command line has them. What none of them has goes to the first.
        parameters: What is wanted.
        home: The file that gets a new assignment, where none makes up the first variable.
        start: What the first variable holds where nothing assigns it.

    Returns:
        The files that change.

    Raises:
        TrailError: a value is of a form that is not edited here.
    """
    by_name = [alive(contents, name) for name in names]
    found = [assignment for assignments in by_name for assignment in assignments]
    texts = [words.Text(assignment.text, assignment.quote == '"') for assignment in found]
    place = len(by_name[0]) - 1
    if place < 0:
        texts, place = [words.Text(start, True)] + texts, 0
    new = words.settle(texts, parameters, place)
    result = dict(contents)
    if not by_name[0]:
        added, new = new[0], new[1:]
        if added != start:
            result[home] = _ended(result[home]) + '{0}="{1}"\n'.format(names[0], added)
    for assignment, text in zip(found, new):
        if text != assignment.text:
            lines = result[assignment.file].split("\n")
            line = lines[assignment.line - 1]
            quote = assignment.quote or '"'
            lines[assignment.line - 1] = line[: assignment.start] + quote + text + quote + line[assignment.end :]
            result[assignment.file] = "\n".join(lines)
    return {file: text for file, text in result.items() if text != contents[file]}


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"
