# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules files that are not ours: what of ours stands in them already, and what in them is at odds with ours."""

import os
from collections.abc import Hashable
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.duplicates import meaning
from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule
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
    found = []
    strip_cr = strips_cr(dialect.version)
    for name, data in files.items():
        file = os.path.join(folder, name)
        for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            text = line[:-1] if strip_cr and line.endswith("\r") else line
            try:
                statement = parse_line(text, dialect, file, number)
            except RuleError:
                continue
            if statement is not None and statement.verb == "add" and statement.rule is not None:
                found.append(Standing(file, number, statement.rule))
    return found


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
        ``text``, a sentence, and ``lost_keys``, under which nothing is recorded then. A conflict keeps the load from
        coming to its end.
    """
    places: Dict[Hashable, Standing] = {}
    for standing in theirs:
        places.setdefault(meaning(standing.rule, paths), standing)
    kept: List[Written] = []
    equal: List[Plain] = []
    conflicts: List[Plain] = []
    for line in ours:
        rule = line.rule
        found = None if rule is None else places.get(meaning(rule, paths))
        if rule is None or found is None:
            kept.append(line)
            continue
        told = {"file": found.file, "line": found.line, "ours": line.place, "rule": line.text.strip(), "lost_keys": []}
        keys = tuple(rule.keys) + tuple(line.keys)
        if adopt and set(keys) <= set(found.rule.keys):
            kept.append(line._replace(note="stands in {0}".format(found.place)))
            equal.append(dict(told, text="{0} is the same rule as {1}, which stays".format(line.place, found.place)))
            continue
        kept.append(line)
        if keys == tuple(found.rule.keys):
            text = "{0} is the same rule as {1}: auditctl answers Rule exists to the second, and stops there"
            conflicts.append(dict(told, text=text.format(line.place, found.place)))
        else:
            equal.append(dict(told, **_under_other_keys(line, keys, found)))
    return kept, equal, conflicts


def _under_other_keys(line: Written, keys: Sequence[str], found: Standing) -> Plain:
    """Of two rules that differ in their keys alone the one that is tried first gives its own to the record."""
    first = version_sorted([os.fsencode(os.path.basename(path)) for path in (line.file, found.file)])[0]
    ours_first = (os.fsdecode(first) == os.path.basename(line.file)) != found.rule.prepend
    second, has, lacks = (found.place, keys, found.rule.keys) if ours_first else (line.place, found.rule.keys, keys)
    lost = [key for key in lacks if key not in has]
    text = "{0} and {1} are the same rule under different keys: {2} is never tried".format(
        line.place, found.place, second
    )
    if lost:
        text += ", and nothing is recorded under {0}".format(", ".join(shown(key) for key in lost))
    return {"text": text, "lost_keys": lost}
