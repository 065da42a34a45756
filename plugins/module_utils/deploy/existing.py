# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules files that are not ours: what of ours stands in them already, and what in them is at odds with ours."""

import os
from collections.abc import Hashable
from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.duplicates import meaning
from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import kernel_identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule, Statement
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import strips_cr
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.version_sort import version_sorted

Plain = Dict[str, Any]


class Standing(NamedTuple):
    """A rule in a file that is not ours."""

    file: str
    line: int
    rule: Rule

    @property
    def place(self) -> str:
        """``file:line``."""
        return "{0}:{1}".format(self.file, self.line)


def names(folder: str) -> List[str]:
    """The names in rules.d that augenrules looks at; none where the folder is not there.

    Raises:
        OSError: the folder cannot be listed.
    """
    try:
        found = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(name for name in found if name.endswith(".rules") and not name.startswith("."))


def rules_in(folder: str, files: Dict[str, bytes], dialect: Dialect) -> List[Standing]:
    """The rules of these files. Lines that auditctl refuses are left to the simulated load, which tells of them."""
    return [
        Standing(str(one.origin.file), int(one.origin.line or 0), one.rule)
        for one in _statements(folder, files, dialect)
        if one.verb == "add" and one.rule is not None
    ]


def _statements(folder: str, files: Dict[str, bytes], dialect: Dialect) -> Iterator[Statement]:
    """What the lines of these files say, in load order."""
    strip_cr = strips_cr(dialect.version)
    for name in version_sorted([os.fsencode(name) for name in files]):
        file = os.path.join(folder, os.fsdecode(name))
        for number, line in enumerate(files[os.fsdecode(name)].decode("utf-8", "surrogateescape").split("\n"), 1):
            text = line[:-1] if strip_cr and line.endswith("\r") else line
            try:
                statement = parse_line(text, dialect, file, number)
            except RuleError:
                continue
            if statement is not None:
                yield statement


def compare(
    ours: Sequence[Written], theirs: Sequence[Standing], paths: PathState, adopt: bool
) -> Tuple[List[Written], List[Plain], List[Plain]]:
    """Our lines beside theirs.

    Args:
        ours: All lines of our files.
        theirs: The rules of the files that are not ours.
        paths: What there is on the host.
        adopt: Leave out of ours what stands in theirs, under our keys at least.

    Returns:
        Our lines; ``equal`` and ``conflicts``, each entry with ``file, line`` (theirs), ``ours`` (file:line), ``rule``,
        ``text``, a sentence, and ``lost_keys``, under which nothing is recorded then. Of a conflict auditctl refuses
        the second rule.
    """
    places: Dict[Hashable, List[Standing]] = {}
    for standing in theirs:
        places.setdefault(meaning(standing.rule, paths), []).append(standing)
    kept: List[Written] = []
    equal: List[Plain] = []
    conflicts: List[Plain] = []
    for line in ours:
        rule = line.rule
        same = [] if rule is None else places.get(meaning(rule, paths), [])
        if rule is None or not same:
            kept.append(line)
            continue
        keys = tuple(rule.keys) + tuple(line.keys)
        with_ours = [one for one in same if set(keys) <= set(one.rule.keys)]
        found = (with_ours or same)[0]
        told = {"file": found.file, "line": found.line, "ours": line.place, "rule": line.text.strip(), "lost_keys": []}
        if adopt and with_ours:
            kept.append(line._replace(note="stands in {0}".format(found.place), stands_in=(found.file, found.line)))
            equal.append(dict(told, text="{0} is the same rule as {1}, which stays".format(line.place, found.place)))
            continue
        kept.append(line)
        if _exists(rule._replace(keys=keys), found.rule, paths):
            text = "{0} is the same rule as {1}: auditctl answers Rule exists to the second, and refuses it"
            conflicts.append(dict(told, text=text.format(line.place, found.place)))
        else:
            equal.append(dict(told, **_beside(line, keys, found)))
    return kept, equal, conflicts


def _exists(one: Rule, other: Rule, paths: PathState) -> bool:
    """Whether the kernel takes the second of two for the first; an ``-A`` is never found among the loaded rules."""
    return not one.prepend and kernel_identity(one, paths.stat_is_dir) == kernel_identity(other, paths.stat_is_dir)


def _beside(line: Written, keys: Sequence[str], found: Standing) -> Plain:
    """Of two rules that mean the same the one that is tried first gives its keys to the record."""
    first = version_sorted([os.fsencode(os.path.basename(path)) for path in (line.file, found.file)])[0]
    ours_first = (os.fsdecode(first) == os.path.basename(line.file)) != found.rule.prepend
    second, has, lacks = (found.place, keys, found.rule.keys) if ours_first else (line.place, found.rule.keys, keys)
    lost = [key for key in lacks if key not in has]
    under = " under different keys" if set(keys) != set(found.rule.keys) else ""
    text = "{0} and {1} are the same rule{2}: {3} is never tried".format(line.place, found.place, under, second)
    if lost:
        text += ", and nothing is recorded under {0}".format(", ".join(shown(key) for key in lost))
    return {"text": text, "lost_keys": lost}
