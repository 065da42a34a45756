# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that are the same rule: merged into the one that is tried first, since the kernel refuses a rule that it has.

``Rule exists`` ends the load of everything behind the second one. Where the
two differ in their keys alone both would load, and one of them never be
tried: the other gets both keys. Of ``-a`` lines the first is tried first, of
``-A`` lines, each of which goes to the front of the list, the last.
"""

from collections.abc import Hashable
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.keys import more_keys
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState


class Merged(NamedTuple):
    """A line that is the same rule as another one; ``keys`` are those that the other one got from it."""

    file: str
    line: int
    text: str
    into: str
    keys: Tuple[str, ...]

    def as_dict(self) -> Dict[str, Any]:
        """Plain data for a result."""
        return dict(self._asdict(), keys=list(self.keys))


def merge(lines: Sequence[Written], paths: PathState) -> Tuple[List[Written], List[Merged]]:
    """The lines, each rule once, in load order.

    Deletions among them (``-d``, ``-W``, ``-D`` with a key) give a second line of one rule a meaning of its own: then
    nothing is merged, and the simulated load tells what becomes of it.
    """
    if any(_deletes(line) for line in lines):
        return list(lines), []
    out: List[Written] = []
    first: Dict[Hashable, int] = {}
    merged: List[Merged] = []
    for line in lines:
        rule = line.rule
        if rule is None:
            out.append(line)
            continue
        same = meaning(rule, paths)
        at = first.get(same)
        if at is None:
            first[same] = len(out)
            out.append(line)
            continue
        if rule.prepend:
            first[same] = len(out)
        out.append(line)
        tried, other = (len(out) - 1, at) if rule.prepend else (at, len(out) - 1)
        keys = more_keys(_keys(out[tried]), _keys(out[other]))
        if keys is None:  # no room for them: both lines load, and the one that is not tried does no harm
            continue
        gone, into = out[other], out[tried]
        out[tried] = into._replace(keys=tuple(into.keys) + keys)
        out[other] = gone._replace(note="the same rule as {0}".format(into.place))
        merged.append(Merged(gone.file, gone.number, gone.text, into.place, keys))
    return out, merged


def _keys(line: Written) -> Tuple[str, ...]:
    """A line's own keys and those that it has got, as the record is to show them."""
    return tuple(line.keys) + (tuple(line.rule.keys) if line.rule is not None else ())


def meaning(rule: Rule, paths: PathState) -> Hashable:
    """Equal for two rules that record the same; ``-A`` and ``-a`` are told apart, as their places differ."""
    return rule.prepend, identity(rule, paths.stat_is_dir, with_keys=False)


def _deletes(line: Written) -> bool:
    statement = line.statement
    if statement is None or line.note is not None:
        return False
    return statement.verb == "delete" or (statement.verb == "delete_all" and statement.value is not None)
