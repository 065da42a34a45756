# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of rsyslog's configuration: its statements with what is included, their parameters, and their blocks."""

import re
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

MAIN = "/etc/rsyslog.conf"
_MOST_FILES = 200
_MOST_SIGNS = 65536
"""No statement is longer; what is, has lost its end."""
_PARAMETER = re.compile(r"([\w.]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|'[^']*'|\[[^\]]*\]|[^\s\")]+)")
_ITEM = re.compile(r"\"((?:[^\"\\]|\\.)*)\"|'([^']*)'|([^\s,\[\]\"']+)")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'[^']*'")
_IF = re.compile(r"(?:\}\s*)?(?:else\s+)?if\b", re.I)
_THEN = re.compile(r"\bthen\b", re.I)
_CLOSES = {'"': re.compile(r'(?:[^"\\]|\\.)*"'), "'": re.compile(r"[^']*'")}


class Statement(NamedTuple):
    """One statement, on one line; ``line`` is where it begins."""

    file: str
    line: int
    text: str


def statements(seen: Seen, path: str = MAIN) -> List[Statement]:
    """The statements of a file and of what it includes, comments left out, objects of several lines put together."""
    return list(_statements(seen, path, []))


def _statements(seen: Seen, path: str, read: List[str]) -> Iterator[Statement]:
    if path in read or len(read) >= _MOST_FILES:
        return
    read.append(path)
    held: List[str] = []
    start, signs, depth, quote, open_if = 0, 0, 0, "", False
    for number, line in seen.lines(path):
        text = (line if quote else _without_remark(line)).strip()
        if not text:
            continue
        if not held:
            start, signs, depth, quote, open_if = number, 0, 0, "", bool(_IF.match(text))
        more, quote = _opened(text, quote)
        depth += more
        signs += len(text) + 1
        open_if = open_if and not _THEN.search(outside_quotes(text))
        held.append(text)
        if signs > _MOST_SIGNS:
            seen.miss(path, "the statement in line {0} has no end".format(start))
        elif text.endswith("\\"):
            held[-1] = text[:-1]
            continue
        elif depth > 0 or open_if:
            continue
        whole, held, quote = " ".join(held).strip(), [], ""
        included = _included(whole)
        if included is None:
            yield Statement(path, start, whole)
        else:
            for other in seen.matching(included):
                yield from _statements(seen, other, read)
    if held:
        yield Statement(path, start, " ".join(held))


def _opened(text: str, quote: str) -> Tuple[int, str]:
    """How many parentheses a line opens more than it closes, and the quote that is still open behind it."""
    if quote:
        closed = _CLOSES[quote].match(text)
        if not closed:
            return 0, quote
        text = text[closed.end() :]
    bare = outside_quotes(text)
    left = re.search("[\"']", bare)
    if left:
        bare = bare[: left.start()]
    return bare.count("(") - bare.count(")"), left.group() if left else ""


def _included(text: str) -> Optional[str]:
    old = re.match(r"\$IncludeConfig\s+(\S+)", text, re.I)
    if old:
        return old.group(1).strip('"')
    return parameters(text).get("file") if re.match(r"include\s*\(", text, re.I) else None


def _without_remark(line: str) -> str:
    at = outside_quotes(line).find("#")
    return line if at < 0 else line[:at]


def outside_quotes(text: str) -> str:
    """The text with what stands in quotes blanked, of the same length."""
    return _QUOTED.sub(lambda match: " " * len(match.group()), text)


def parameters(text: str) -> Dict[str, str]:
    """``name="value"`` inside the first pair of parentheses, names in lower case; a list stays as it is written."""
    depth, end = 0, len(text)
    for match in re.finditer(r"[()]", outside_quotes(text)):
        depth += 1 if match.group() == "(" else -1
        if depth == 0:
            end = match.start()
            break
    return {name.lower(): value.strip("\"'") for name, value in _PARAMETER.findall(text[:end])}


def items(value: str) -> List[str]:
    """The items of a list, ``["a", "b"]``; of another value itself."""
    if not value.startswith("["):
        return [value] if value else []
    return [next(part for part in parts if part) for parts in _ITEM.findall(value) if any(parts)]


def pieces(text: str) -> Iterator[Tuple[str, str]]:
    """What stands between the braces of a statement, each with the brace behind it: ``{``, ``}``, or "" at the end."""
    depth, start = 0, 0
    for match in re.finditer(r"[(){}]", outside_quotes(text)):
        sign = match.group()
        if sign in "()":
            depth = max(0, depth + (1 if sign == "(" else -1))
        elif depth == 0:
            yield text[start : match.start()].strip(), sign
            start = match.end()
    yield text[start:].strip(), ""
