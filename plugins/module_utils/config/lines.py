# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a file's bytes to the words of its lines, as the parsers of the audit programs cut them.

They read lines into a buffer of fixed size and split at blanks alone: a tab
belongs to the word, so that ``key<TAB>=<TAB>value`` is one word and no line.
Sources: get_line and nv_split in src/auditd-config.c, remote-config.c and
audispd-pconfig.c.
"""

from typing import Iterator, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config.keys import Version

_LONGER_SINCE = (4, 1, 3)
_COUNTS_ALL_SINCE = (4, 0, 5)
_BUFFER, _LONGER_BUFFER, _REMOTE_BUFFER = 160, 512, 128


class Line(NamedTuple):
    """One line as the parser sees it.

    ``words`` is empty for blank lines and remarks. ``skipped`` says why the
    parser leaves the line out, ``cut`` that it is the rest of a longer line,
    which the parser of audisp-remote.conf takes for a line of its own.
    """

    number: int
    words: Tuple[str, ...]
    skipped: Optional[str] = None
    cut: bool = False


def buffer_size(file: str, version: Version) -> int:
    """The size of the buffer for a line, its newline and the closing zero included."""
    if file == "remote":
        return _REMOTE_BUFFER
    return _LONGER_BUFFER if version >= _LONGER_SINCE else _BUFFER


def split(data: bytes, file: str, version: Version) -> List[Line]:
    """The lines of a file (auditd, audispd, remote, plugin) as this release's parser sees them."""
    size = buffer_size(file, version)
    if file == "remote":
        return list(_whatever_fits(data, size))
    return list(_without_long(data, size))


def counts_lines(data: bytes, file: str, version: Version) -> bool:
    """Whether the parser counts a line at all: without one it leaves its checks at the end out.

    A line that no newline ends is counted by audisp-remote's parser, and by auditd's from 4.0.5 on.
    """
    if file == "remote" or (file == "auditd" and version >= _COUNTS_ALL_SINCE):
        return bool(data)
    return any(ended for _number, _text, ended in _chunks(data, buffer_size(file, version)))


def _chunks(data: bytes, size: int) -> Iterator[Tuple[int, bytes, bool]]:
    """What fgets gives: the number of the line, the text up to a newline or a NUL, and whether a newline was seen."""
    for number, line in enumerate(_lines(data), 1):
        for start in range(0, len(line), size - 1):
            text = line[start : start + size - 1].partition(b"\0")[0]
            yield number, text.rstrip(b"\n"), text.endswith(b"\n")


def _lines(data: bytes) -> List[bytes]:
    """Only a newline ends a line; bytes.splitlines takes a carriage return for an end as well."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _without_long(data: bytes, size: int) -> Iterator[Line]:
    too_long = False
    for number, text, ended in _chunks(data, size):
        if ended and not too_long:
            yield Line(number, _words(text))
        elif ended:
            too_long = False
        else:
            if not too_long and _words(text):
                reason = (
                    "it is longer than {0} characters".format(size - 2)
                    if len(text) >= size - 1
                    else "no newline ends it, or a NUL byte is in it"
                )
                yield Line(number, _words(text), reason)
            too_long = True


def _whatever_fits(data: bytes, size: int) -> Iterator[Line]:
    last = 0
    for number, text, _ended in _chunks(data, size):
        words = _words(text)
        yield Line(number, words, cut=number == last and bool(words))
        last = number


def _words(text: bytes) -> Tuple[str, ...]:
    words = tuple(word for word in text.decode("utf-8", "backslashreplace").split(" ") if word)
    return () if words and words[0].startswith("#") else words
