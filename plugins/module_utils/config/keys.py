# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keys a configuration file has in one audit release, and what each takes: the table as values."""

from typing import Dict, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.config.tables import KEYS
from ansible_collections.auditops.trail.plugins.module_utils.host import NEWEST_AUDIT, known_version, parse_version

Version = Tuple[int, ...]


class Key(NamedTuple):
    """One key in one release.

    ``kind`` names how its value is read (config/values.py), ``words`` are the
    legal ones, ``least`` and ``most`` bound a number (None: no bound),
    ``default`` is the compiled default as text, or None where it is unset.
    """

    name: str
    kind: str
    words: Tuple[str, ...]
    least: Optional[int]
    most: Optional[int]
    default: Optional[str]


def release(version: Optional[Version]) -> Version:
    """The release as which a version is read: the newest for an unknown one, else the nearest that is known."""
    return NEWEST_AUDIT if version is None else known_version(tuple(version))[0]


def keys_of(file: str, version: Optional[Version]) -> Dict[str, Key]:
    """The keys that ``file`` (auditd, audispd, remote, plugin) has in this release, by name."""
    wanted = release(version)
    found = {}
    for name, kind, accepts, default, since, until, _wrong in KEYS[file]:
        if holds(wanted, since, until):
            found[name] = _key(name, kind, accepts, default, wanted)
    return found


def first_release(file: str, name: str) -> Optional[str]:
    """The first release whose parser knows a key, for messages; None where none does, "2.8" where the oldest does."""
    rows = [row for row in KEYS[file] if row[0] == name]
    return None if not rows else rows[0][4] or "2.8"


def last_release(file: str, name: str) -> Optional[str]:
    """The first release without a key that older ones have, for messages; None where the newest has it."""
    rows = [row for row in KEYS[file] if row[0] == name]
    return rows[-1][5] or None if rows else None


def word_releases(file: str, name: str, word: str) -> Tuple[Optional[str], Optional[str]]:
    """Since which release a key takes a word, and before which: None where no such bound is known."""
    for row in KEYS[file]:
        for part in row[2].split(",") if row[0] == name else ():
            for mark in (">=", "<"):
                found, bound, edge = part.partition(mark)
                if bound and found == word:
                    return (edge, None) if mark == ">=" else (None, edge)
    return None, None


def holds(version: Version, since: str, until: str) -> bool:
    """Whether what came with one release and went with another is in this one; empty where there is no such bound."""
    return (not since or version >= parse_version(since)) and (not until or version < parse_version(until))


def _key(name: str, kind: str, accepts: str, default: str, version: Version) -> Key:
    least = most = None
    words: Tuple[str, ...] = ()
    if ".." in accepts:
        low, _dots, high = accepts.partition("..")
        least, most = int(low), int(high) if high else None
    else:
        words = tuple(word for word in (_word(part, version) for part in accepts.split(",")) if word)
    return Key(name, kind, words, least, most, default or None)


def _word(part: str, version: Version) -> Optional[str]:
    for mark in (">=", "<"):
        word, found, edge = part.partition(mark)
        if found:
            legal = version >= parse_version(edge) if mark == ">=" else version < parse_version(edge)
            return word if legal else None
    return part
