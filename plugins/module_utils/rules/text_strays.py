# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words in a refused line that stand where auditctl does not look for them, and lines that are no rules at all.

As in :mod:`.text_habits`, what was meant is tried before it is said; what is
left is said of the words that no option owns.
"""

import re
from typing import Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import utf16
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_habits import Habit, instead
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_line import (
    EXAMPLES,
    WITH_VALUE,
    WITHOUT_VALUE,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import escape

_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\udc80-\udcff\ufffd]")
_ONLY_RETURNS = re.compile(r"\r *(?:#|-[aAdwWDbferic])")
_COMMAND = re.compile(r" *(?:sudo +)?(?:/[a-z/]*/)?auditctl +")
_LISTED = re.compile(r"(?:AUDIT_)?LIST_RULES: *([a-z]+),([a-z]+) +")
_IN_PARENTHESES = re.compile(r" \(0x[0-9a-f]+\)")
_SPACED_FIELD = re.compile(r"(-[FC]) +([a-z0-9_]+) *(!=|>=|<=|&=|=|>|<|&) *(?=[^ ])")
_SPACED_PLACE = re.compile(r"(-[aAd]) +([A-Za-z_]+)(?: *, *| +)(?=[A-Za-z_])")
_EQUALLED = re.compile(r"(-[ebfr]) *= *(?=[0-9])")
_PERMS = re.compile(r"[rwxaRWXA]{1,4}\Z")


class _Word(NamedTuple):
    """A word without an option: its place, and the option before it (a letter or a long name), if any."""

    at: int
    after: Optional[str]


def no_rules(line: str, arguments: List[str]) -> Iterator[Habit]:
    """What the line is if it is no text."""
    if utf16(line):
        yield Habit(
            None,
            "the file is UTF-16, of which auditctl reads next to nothing",
            "save it as plain text (UTF-8): `iconv -f UTF-16 -t UTF-8` turns it.",
        )
    if _ONLY_RETURNS.search(line):
        yield Habit(
            None,
            "there are carriage returns between the lines, and auditctl sees them as one line",
            "save the file with LF at the ends of its lines.",
        )
    found = _NO_TEXT.search(line)
    if found is not None and arguments[0][:1] != "-":
        yield Habit(
            None,
            "this is no text: {0}".format(_byte(found.group())),
            "see with `file` what the file is, and take it out of the rules.",
        )


def _byte(letter: str) -> str:
    if letter == "\ufffd":
        return "it has U+FFFD, which stands for what an editor could not read"
    return "it has the byte 0x{0:02x}".format(ord(letter) & 0xFF)


def misplaced(line: str, arguments: List[str]) -> Iterator[Habit]:
    """What the line could have been meant as."""
    for habit in _misplaced(line, arguments):
        if habit.meant is None or habit.meant.strip(" "):
            yield habit


def _misplaced(line: str, arguments: List[str]) -> Iterator[Habit]:
    for at, word in enumerate(arguments[1:], 1):
        if word[0] == "#":
            meant = _joined(arguments[:at])
            comment = shown(" ".join(arguments[at:]))
            yield Habit(
                meant,
                "auditctl knows no comment behind a rule, it reads `{0}` as words of it".format(comment),
                "put the comment on a line of its own, and {0}".format(instead(meant)),
            )
            break
    command = _COMMAND.match(line)
    if command is not None:
        meant = line[command.end() :]
        yield Habit(
            meant,
            "a line of a rules file has the options alone, not the command",
            "leave the word auditctl out: {0}".format(instead(meant)),
        )
    listed = _LISTED.match(line)
    if listed is not None:
        yield from _from_old_listing(line, listed)
    for pattern, better, fault in (
        (_SPACED_FIELD, r"\1 \2\3", "a space ends a word for auditctl"),
        (_SPACED_PLACE, r"\1 \2,", "a space ends a word for auditctl"),
        (_EQUALLED, r"\1 ", "there is no = between an option and its value"),
    ):
        meant = pattern.sub(better, line)
        if meant != line:
            yield Habit(meant, fault)
    yield from _moved(arguments)
    yield from _strays(arguments)


def _moved(arguments: List[str]) -> Iterator[Habit]:
    """The same options in the order that auditctl wants, or with the list that it wants."""
    pairs = [(at, word) for at, word in enumerate(arguments) if at and arguments[at - 1] == "-F" and word[:4] == "arch"]
    if pairs and arguments[0][:2] in ("-a", "-A", "-d"):
        first = 1 if len(arguments[0]) > 2 else 2
        places = {place for at, _word in pairs for place in (at - 1, at)}
        rest = [word for at, word in enumerate(arguments) if at >= first and at not in places]
        arches = [part for _at, word in pairs for part in ("-F", word)]
        yield Habit(_joined(arguments[:first] + arches + rest), "the order counts")
    if arguments[0] in ("-F", "-S", "-C") and not any(word[:2] in ("-a", "-A", "-d", "-w", "-W") for word in arguments):
        yield Habit(_joined(["-a", "always,exit"] + arguments), "the line names no list")


def unvalued(arguments: List[str]) -> Iterator[Habit]:
    """Options that have swallowed the next one, as lists that a template left empty make them."""
    at = 0
    while at + 1 < len(arguments):
        word, following = arguments[at], arguments[at + 1]
        if len(word) == 2 and word[0] == "-" and word[1] in WITH_VALUE:
            if following[:2] == "--" or (len(following) == 2 and following[0] == "-" and following[1].isalpha()):
                yield Habit(
                    None,
                    "{0} has no value, auditctl takes the next word, `{1}`, for it".format(word, shown(following)),
                    "write what {0} is to have, as in `{1}`; a template with an empty value makes such lines.".format(
                        word, EXAMPLES[word[1]]
                    ),
                )
            at += 1
        at += 1


def continued(arguments: List[str]) -> Iterator[Habit]:
    """A line that is to go on in the next one, as a shell would read it."""
    if arguments[-1] == "\\":
        yield Habit(
            None,
            "auditctl knows no lines that go on in the next one",
            "write the whole rule on one line, without the \\ at its end.",
        )


def left_over(arguments: List[str]) -> Iterator[Habit]:
    """The words that no option owns."""
    found = _found(arguments)
    if not found:
        return
    words = "`{0}`".format(shown(" ".join(arguments[stray.at] for stray in found)))
    if len(found) == len(arguments):
        yield Habit(
            None,
            "{0} is no option of auditctl, and no comment either".format(words),
            "put a # in front of the line, or take it out of the rules.",
        )
    elif found[0].after is None:
        yield Habit(
            None,
            "no option stands in front of {0}".format(words),
            "let the line begin with an option, as in `-w /etc/passwd -p wa`.",
        )
    else:
        yield Habit(
            None,
            "no option stands in front of {0}".format(words),
            "put one there, such as -k in front of a key, or leave it out; a space inside a word is written '\\ '.",
        )


def _found(arguments: List[str]) -> List[_Word]:
    strays = []
    after: Optional[str] = None
    at = 0
    while at < len(arguments):
        word = arguments[at]
        if word[:1] != "-" or word == "-":
            strays.append(_Word(at, after))
        elif word == "--":
            strays += [_Word(rest, after) for rest in range(at + 1, len(arguments))]
            break
        elif word[1] == "-":
            after = word.partition("=")[0]
            at += "=" not in word and word[:3] in ("--b", "--s")
        else:
            after = word[1]
            at += after in WITH_VALUE and len(word) == 2
        at += 1
    return strays


def _strays(arguments: List[str]) -> Iterator[Habit]:
    """The line as it is taken once the words without an option have one, or are gone."""
    found = _found(arguments)
    if not found:
        return
    at, after = found[0]
    word = arguments[at]
    behind = [stray.at for stray in found]
    run = [stray for stray, place in zip(behind, range(at, len(arguments))) if stray == place]
    before, rest = arguments[:at], arguments[run[-1] + 1 :]
    words = arguments[at : run[-1] + 1]
    named = "`{0}`".format(shown(" ".join(words)))
    if len(word) == 1 and (word in WITH_VALUE or word in WITHOUT_VALUE):
        yield Habit(_joined(before + ["-" + word] + arguments[at + 1 :]), "`{0}` has no hyphen".format(word))
    if after is None and word[0] == "/":
        yield Habit(_joined(["-w"] + arguments), "no option stands in front of {0}".format(named))
    if after is not None and (after in "efbr" or after in WITHOUT_VALUE or after[:2] == "--"):
        option = after if after[:2] == "--" else "-" + after
        takes = "no value" if after in WITHOUT_VALUE else "one value"
        yield Habit(_joined(before + rest), "{0} takes {1}, and {2} is left over".format(option, takes, named))
    if after == "S":
        calls = [call for part in [before[-1]] + words for call in part.split(",") if call]
        yield Habit(_joined(before[:-1] + [",".join(calls)] + rest), "calls are parted by commas, not by spaces")
    if after in ("w", "W") and _PERMS.match(word):
        yield Habit(_joined(before + ["-p"] + arguments[at:]), "no -p stands in front of {0}".format(named))
    if after == "w" and word[0] == "/":
        yield Habit(
            _joined(before + rest),
            "-w takes one path, and {0} is left over".format(named),
            "write a line with -w for each path.",
        )
    if after == "p":
        yield Habit(_joined(before[:-1] + [before[-1] + "".join(words)] + rest), "-p takes its letters in one word")
    yield from _spaced(before, words, rest, after or "", named)


def _spaced(before: List[str], words: List[str], rest: List[str], after: str, named: str) -> Iterator[Habit]:
    """A key without its -k, or a word with a space in it."""
    ends = "a space ends a word for auditctl"
    joined = ""
    if before and (after in ("w", "W", "k") or (after == "F" and before[-1].startswith(("path=", "dir=", "exe=")))):
        joined = _joined(before[:-1] + [" ".join(before[-1:] + words)] + rest)
        if rest or after == "k":
            yield Habit(joined, ends + ", and no option stands in front of " + named)
    if len(words) == 1 and "-k" not in before + rest:
        meant = _joined(before + ["-k"] + words + rest)
        remedy = ""
        if meant:
            remedy = "did you mean -k {0}? Then {1}".format(shown(words[0]), instead(meant))
            if joined:
                remedy += " If the space belongs to the word before it: `{0}`.".format(shown(joined))
        yield Habit(meant, "no option stands in front of {0}".format(named), remedy)


def _from_old_listing(line: str, listed: "re.Match[str]") -> Iterator[Habit]:
    """A line of ``auditctl -l`` before 2.3.5, in words that auditctl takes."""
    fault = "this is a line that `auditctl -l` printed before 2.3.5, not one that it takes"
    watched: List[str] = []
    fields: List[Tuple[str, str]] = []
    calls: List[str] = []
    keys: List[str] = []
    for word in _IN_PARENTHESES.sub("", line[listed.end() :]).split(" "):
        name, _equals, value = word.partition("=")
        if name in ("watch", "dir"):
            watched.append(value)
            fields.append(("-F", ("path=" if name == "watch" else "dir=") + value))
        elif name == "syscall":
            calls += ["-S", value]
        elif name == "key":
            keys += ["-k", value]
        elif word:
            fields.append(("-F", word))
    perms = [field[5:] for _option, field in fields if field.startswith("perm=")]
    words = ["-a", ",".join(listed.groups())] + [word for pair in fields for word in pair] + calls + keys
    if len(watched) == 1 and len(perms) == 1 and len(fields) == 2 and listed.groups() == ("exit", "always"):
        words = ["-w", watched[0], "-p", perms[0]] + keys
    meant = _joined(words)
    if meant:
        yield Habit(meant, fault)
    yield Habit(None, fault, "write the rule as in `-w /etc/passwd -p wa -k identity`.")


def _joined(words: List[str]) -> str:
    """The words as a line; an empty one where no line can hold them."""
    try:
        return " ".join(escape(word) for word in words)
    except RuleError:
        return ""
