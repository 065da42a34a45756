# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings as lines of a rules file: which option sets what, and one value put in place of another."""

import re
from typing import List, Match, Optional

OPTIONS = {
    "backlog_limit": "-b",
    "failure": "-f",
    "rate_limit": "-r",
    "backlog_wait_time": "--backlog_wait_time",
    "enabled": "-e",
}
"""auditctl(8): the option of each setting, in the order in which new lines are written."""

_WORD = re.compile(rb"[^ \r]+")  # auditctl splits at spaces; a carriage return is the end of the line's
_SHORTEST = b"--b"  # getopt_long takes any beginning that only one option has: every one of these, from here on


def written(name: str, value: int) -> bytes:
    """The line that sets a value."""
    return "{0} {1}".format(OPTIONS[name], value).encode("ascii")


def with_value(line: bytes, name: str, value: int) -> Optional[bytes]:
    """The same line with another value, every other byte of it as it was.

    Args:
        line: A line of a rules file, without its newline.
        name: The setting, a key of OPTIONS.
        value: What it is to set.

    Returns:
        The line, or None where the option is not found in it. Where the option is there more than once it is the last
        that counts, and that is the one that is changed.
    """
    words = list(_WORD.finditer(line))
    for place in range(len(words) - 1, -1, -1):
        span = _value(words, place, OPTIONS[name].encode("ascii"))
        if span is not None:
            return line[: span[0]] + str(value).encode("ascii") + line[span[1] :]
    return None


def _value(words: List[Match[bytes]], place: int, option: bytes) -> Optional[List[int]]:
    """Where the value of the option at this word stands: as ``-b 64``, ``-b64``, ``--name 64`` or ``--name=64``."""
    word = words[place].group()
    start, end = words[place].span()
    if option.startswith(b"--"):
        name, sign, _rest = word.partition(b"=")
        if not (name.startswith(_SHORTEST) and option.startswith(name)):
            return None
        if sign:
            return [start + len(name) + 1, end]
    elif not word.startswith(option):
        return None
    elif len(word) > len(option):
        return [start + len(option), end]
    return list(words[place + 1].span()) if place + 1 < len(words) else None
