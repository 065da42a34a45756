# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""As much of GRUB's script language as update-grub and grub2-mkconfig write, to find the menu's entries.

Words are those of GRUB's manual, "Shell-like scripting": single quotes keep all,
double quotes expand variables, a backslash keeps one letter.
"""

import re
from typing import Callable, Dict, Iterator, List, Match, NamedTuple, Optional, Tuple

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_0-9?@*#]+)\}|([A-Za-z_0-9]+|[?@*#]))")
_PLAIN = re.compile(r"[^\s'\"\\$;#]+")
_ESCAPED = re.compile(r"\\([\"\\$`])|" + _VARIABLE.pattern)
_READING = (
    "source . configfile normal extract_entries_source extract_entries_configfile legacy_source legacy_configfile "
    "extract_legacy_entries_source extract_legacy_entries_configfile syslinux_source syslinux_configfile"
).split()
_NUMBER = re.compile(r"[0-9]+\Z")
_LINUX = re.compile(r"(linux|linux16|linuxefi|module|module2)\Z")
_KERNEL = re.compile(r"vmlinu|bzImage|/linux|/Image|kernel", re.IGNORECASE)
_WHOLE_IF = re.compile(r"\bif\b.*[;\s]fi\s*\Z")


class Entry(NamedTuple):
    """A menu entry that starts a Linux kernel; ``place`` counts it and the submenus around it from 0."""

    line: int
    title: str
    id: Optional[str]
    titles: Tuple[str, ...]
    place: Tuple[int, ...]
    command_line: str
    file: str = ""
    """The file that it stands in where that is another one, which the menu reads."""
    leads: bool = False
    """It opens another menu, which is not followed."""


Follow = Callable[[str, bool], Optional[Tuple[str, str]]]
"""Of a path that a command reads commands from, and of whether it stands in an entry: the file and its text; None where
it is not followed."""


class Menu(NamedTuple):
    """What a grub.cfg holds; ``variables`` are those it sets, over those it was given."""

    entries: List[Entry]
    variables: Dict[str, str]
    loads_entries: bool
    """Whether it asks for the entries in loader/entries (blscfg)."""


def read(text: str, given: Dict[str, str], follow: Optional[Follow] = None) -> Menu:
    """The menu of a grub.cfg.

    Args:
        text: The file.
        given: The variables of grubenv, which the file loads before it sets its own.
        follow: Gives the files that it reads.
    """
    reader = _Reader(given, follow)
    reader.read("", text)
    return Menu(reader.entries, reader.variables, reader.loads)


class _Level:
    """A submenu, or the menu itself."""

    def __init__(self, titles: Tuple[str, ...], place: Tuple[int, ...]) -> None:
        self.titles = titles
        self.place = place
        self.number = 0

    def next(self, title: str) -> Tuple[Tuple[str, ...], Tuple[int, ...]]:
        """The titles and the place of the next thing in this menu."""
        place = self.place + (self.number,)
        self.number += 1
        return self.titles + (title,), place


class _Reader:
    """Takes the entries wherever they stand, for they can be booted, and sets variables where the conditions hold."""

    def __init__(self, given: Dict[str, str], follow: Optional[Follow]) -> None:
        self._follow = follow
        self._file = ""
        # An old GRUB lacks it; its entries have no id then, and numbers and titles still tell.
        self.variables = dict(given, menuentry_id_option="--id")
        self.entries: List[Entry] = []
        self.loads = False
        self._levels = [_Level((), ())]
        self._braces: List[str] = []
        self._entry: Optional[Entry] = None
        self._conditions: List[List[Optional[bool]]] = []

    def read(self, file: str, text: str) -> None:
        above, self._file = self._file, file
        for number, line in _lines(text):
            self.take(number, line)
        self._file = above

    def take(self, number: int, line: str) -> None:
        words = split(line, self.variables)
        if not words:
            return
        if words[-1] == "{":
            self._open(number, words)
        elif words[0] == "}":
            if self._braces and self._braces.pop() == "submenu":
                self._levels.pop()
        elif words[0] in ("if", "elif", "else", "fi"):
            if not _WHOLE_IF.search(line):
                self._condition(words)
        elif words[0] == "blscfg":
            self.loads = True
        elif words[0] == "set" and len(words) > 1 and self._runs():
            name, _sign, value = words[1].partition("=")
            self.variables[name] = value
        elif words[0] in _READING and len(words) > 1 and self._runs():
            self._other(words[1])
        elif self._entry is not None and "menuentry" in self._braces and _is_kernel(words):
            command_line = " ".join(_quoted(word) for word in words[2:])
            self.entries.append(self._entry._replace(line=number, command_line=command_line, file=self._file))

    def _other(self, path: str) -> None:
        """GRUB reads commands from another file: ``source`` into this menu, ``configfile`` into one of its own. The
        entries of both can be booted."""
        inside = self._entry if "menuentry" in self._braces else None
        other = None if self._follow is None else self._follow(path, inside is not None)
        if other is not None:
            self.read(*other)
        elif inside is not None:
            self.entries.append(inside._replace(file=self._file, leads=True))

    def _open(self, number: int, words: List[str]) -> None:
        self._braces.append(words[0])
        title = words[1] if len(words) > 2 else ""
        if words[0] == "submenu":
            self._levels.append(_Level(*self._levels[-1].next(title)))
        elif words[0] == "menuentry":
            name = words[words.index("--id") + 1] if "--id" in words[:-1] else None
            titles, place = self._levels[-1].next(title)
            self._entry = Entry(number, title, name, titles, place, "")

    def _condition(self, words: List[str]) -> None:
        """Of each open ``if``, what its branches so far came to; the last one is the branch that is read."""
        if words[0] == "if":
            self._conditions.append([_holds(words[1:])])
        elif self._conditions and words[0] == "fi":
            self._conditions.pop()
        elif self._conditions:
            earlier = self._conditions[-1]
            own = True if words[0] == "else" else _holds(words[1:])
            earlier.append(False if True in earlier else None if None in earlier and own else own)

    def _runs(self) -> bool:
        """Not in a branch that is not taken, and not in a function; what is not known counts as taken."""
        return "function" not in self._braces and not any(branches[-1] is False for branches in self._conditions)


def _sides(words: List[str], link: str) -> List[List[str]]:
    """The words between the links, all at once: a test may have thousands."""
    sides: List[List[str]] = [[]]
    for word in words:
        if word == link:
            sides.append([])
        else:
            sides[-1].append(word)
    return sides


def _holds(words: List[str]) -> Optional[bool]:
    """``[ A -a B ]`` and the like over texts; None for what asks for files, or is no test."""
    if words[:1] != ["["] or "]" not in words:
        return None
    words = words[1 : words.index("]")]
    for link, decides in (("-o", True), ("-a", False)):
        if link in words:
            sides = [_holds(["["] + side + ["]"]) for side in _sides(words, link)]
            return decides if decides in sides else None if None in sides else not decides
    if len(words) == 1:
        return words[0] != ""
    if len(words) == 2 and words[0] in ("-n", "-z"):
        return (words[1] != "") == (words[0] == "-n")
    if len(words) == 3 and words[1] in ("=", "==", "!="):
        return (words[0] == words[2]) == (words[1] != "!=")
    return None


def split(line: str, variables: Dict[str, str]) -> List[str]:
    """The words of one command, its variables filled in; a comment or ``;`` ends it."""
    words: List[str] = []
    pieces: Optional[List[str]] = None  # of the word that is being read, of which there may be none yet
    at = 0
    while at < len(line):
        letter = line[at]
        variable = _VARIABLE.match(line, at)
        plain = _PLAIN.match(line, at)
        if plain is not None:
            pieces = _added(pieces, plain.group())
            at = plain.end() - 1
        elif letter in "'\"":
            close = _closing(line, at)
            pieces = _added(pieces, _inside(line[at + 1 : close], letter, variables))
            at = close
        elif letter == "\\" and at + 1 < len(line):
            at += 1
            pieces = _added(pieces, line[at])
        elif variable is not None:
            # Outside of quotes a value with spaces becomes several words.
            for number, piece in enumerate(_value(variable, variables).split()):
                words += ["".join(pieces)] if number and pieces is not None else []
                pieces = [piece] if number else _added(pieces, piece)
            at = variable.end() - 1
        elif letter == ";" or (letter == "#" and pieces is None):
            break
        elif letter.isspace():
            words += [] if pieces is None else ["".join(pieces)]
            pieces = None
        else:
            pieces = _added(pieces, letter)
        at += 1
    return words if pieces is None else words + ["".join(pieces)]


def _added(pieces: Optional[List[str]], piece: str) -> List[str]:
    if pieces is None:
        return [piece]
    pieces.append(piece)
    return pieces


def _inside(text: str, quote: str, variables: Dict[str, str]) -> str:
    if quote == "'":
        return text
    return _ESCAPED.sub(lambda match: match.group(1) or _value(match, variables, 2), text)


def _value(variable: Match[str], variables: Dict[str, str], group: int = 1) -> str:
    return variables.get(variable.group(group) or variable.group(group + 1), "")


def expand(text: str, variables: Dict[str, str]) -> str:
    """A text with its variables filled in; one that is not set is empty."""
    return _VARIABLE.sub(lambda match: _value(match, variables), text)


def is_set(text: str, variables: Dict[str, str]) -> bool:
    """Whether each variable in a text has a value."""
    return all((match.group(1) or match.group(2)) in variables for match in _VARIABLE.finditer(text))


def is_default(wanted: Optional[str], entry: Entry) -> Optional[bool]:
    """Whether GRUB's variable ``default`` names this entry: by number, title or id, with ``>`` between levels.

    None where the file sets no default; an empty one is the first entry.
    """
    if wanted is None:
        return None
    steps = (wanted or "0").split(">")
    if len(steps) == 1 and steps[0] in (entry.title, entry.id):
        return True
    if len(steps) != len(entry.titles):
        return False
    # The ids of submenus are not kept; update-grub's begin with gnulinux-advanced.
    return all(
        step.lstrip("0") == str(number or "")
        if _NUMBER.match(step)
        else step in (title, entry.id) or step.startswith("gnulinux-advanced")
        for step, title, number in zip(steps, entry.titles, entry.place)
    )


def _closing(line: str, at: int) -> int:
    quote = line[at]
    end = at + 1
    while end < len(line) and line[end] != quote:
        end += 2 if quote == '"' and line[end] == "\\" else 1
    return min(end, len(line))


def _lines(text: str) -> Iterator[Tuple[int, str]]:
    """The lines with their numbers, continued ones joined."""
    pending, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        start = number if not pending else start
        pending += line
        if pending.endswith("\\"):
            pending = pending[:-1]
            continue
        yield start, pending
        pending = ""


def _is_kernel(words: List[str]) -> bool:
    """Not memtest, and of a Xen entry's modules the kernel, not the initial RAM disk."""
    if len(words) < 2 or not _LINUX.match(words[0]) or "memtest" in words[1]:
        return False
    return not words[0].startswith("module") or bool(_KERNEL.search(words[1]))


def _quoted(word: str) -> str:
    """GRUB puts a word with a space into quotes for the kernel (grub_create_loader_cmdline)."""
    return '"{0}"'.format(word) if " " in word else word
