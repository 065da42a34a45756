# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules files that are not ours: what of ours stands in them already, and what in them is at odds with ours."""

import os
from collections.abc import Hashable
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.duplicates import meaning
from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, RuleError
from ansible_collections.auditops.trail.plugins.module_utils.host import open_file
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import MOST_BYTES
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

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


def contents(folder: str) -> Dict[str, bytes]:
    """The files of rules.d that augenrules reads, by name; nothing where the folder is not there.

    Raises:
        EvidenceError: one cannot be read, or is no file.
    """
    found: Dict[str, bytes] = {}
    try:
        for name in names(folder):
            with open_file(os.path.join(folder, name)) as opened:
                found[name] = opened.read(MOST_BYTES + 1)
            if len(found[name]) > MOST_BYTES:
                raise EvidenceError(
                    "has more than {0} bytes".format(MOST_BYTES), os.path.join(folder, name), remedy="look at it."
                )
    except OSError as exc:
        raise EvidenceError(
            "cannot be read ({0})".format(exc.strerror),
            str(exc.filename or folder),
            remedy="mend or remove it: augenrules cannot read it either.",
        ) from None
    return found


def rules_in(folder: str, files: Dict[str, bytes], dialect: Dialect) -> List[Standing]:
    """The rules of these files. Lines that auditctl refuses are left to the simulated load, which tells of them."""
    found = []
    for name, data in files.items():
        file = os.path.join(folder, name)
        for number, line in enumerate(data.decode("utf-8", "surrogateescape").split("\n"), 1):
            try:
                statement = parse_line(line, dialect, file, number)
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
        adopt: Leave out of ours what stands in theirs.

    Returns:
        Our lines; ``equal`` and ``conflicts``, each entry with ``file, line`` (theirs), ``ours`` (file:line), ``rule``
        and ``text``, a sentence. A conflict keeps the load from coming to its end.
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
        told = {"file": found.file, "line": found.line, "ours": line.place, "rule": line.text.strip()}
        if adopt:
            kept.append(line._replace(note="stands in {0}".format(found.place)))
            equal.append(dict(told, text="{0} is the same rule as {1}, which stays".format(line.place, found.place)))
            continue
        kept.append(line)
        if tuple(rule.keys) + tuple(line.keys) == tuple(found.rule.keys):
            text = "{0} is the same rule as {1}: auditctl answers Rule exists to the second, and stops there"
            conflicts.append(dict(told, text=text.format(line.place, found.place)))
        else:
            text = "{0} and {1} are the same rule under different keys: the second is never tried"
            equal.append(dict(told, text=text.format(line.place, found.place)))
    return kept, equal, conflicts
