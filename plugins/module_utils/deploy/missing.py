# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules on paths that the host does not have: which of them the kernel takes, and what is done with the others.

The kernel needs the directory that a watched file lies in, the directory of a
``dir`` rule, and the directory of an ``exe`` (``audit_add_watch``,
``audit_add_tree_rule`` and ``audit_alloc_mark`` of kernel/audit_*.c); else it
answers ENOENT, and the load ends there where no -i stands before the line. A
file that is missing in a directory that is there is watched for.
"""

import os
from typing import AbstractSet, Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy.own_lines import Written
from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.filter_lists import (
    ancestors,
    named_paths,
    refusal,
    resolve_watch,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.version_sort import version_sorted

KEEP, SKIP, FAIL = "keep", "skip", "fail"
POLICIES = (KEEP, SKIP, FAIL)


class Missing(NamedTuple):
    """A path that a line names and the host lacks.

    ``loads``: the kernel takes the rule all the same. ``left_out``: the line is a comment until a run finds the path.
    """

    path: str
    file: str
    line: int
    loads: bool
    text: str
    left_out: bool = False

    def as_dict(self) -> Dict[str, Any]:
        """Plain data for a result."""
        return dict(self._asdict())


def apply(
    lines: Sequence[Written],
    policy: str,
    paths: PathState,
    kernel: Optional[Tuple[int, ...]],
    leave: AbstractSet[str] = frozenset(),
) -> Tuple[List[Written], List[Missing]]:
    """The lines after the policy, and what the host lacks.

    Args:
        lines: All lines of all files.
        policy: ``keep``: a line whose rule the kernel takes stays, another becomes a comment until a later run finds
            the directory; ``skip``: both become comments; ``fail``: the first such line is an error.
        paths: What there is on the host.
        kernel: The kernel's release.
        leave: Files whose lines are looked at as with ``keep``, whatever the policy.

    Raises:
        RuleError: the policy is ``fail`` and a path is missing.
    """
    kept: List[Written] = []
    found: List[Missing] = []
    for line in lines:
        missing = _missing(line, paths, kernel)
        if missing is None:
            kept.append(line)
            continue
        chosen = KEEP if line.file in leave else policy
        if chosen == FAIL:
            raise RuleError(
                missing.text,
                line.file,
                line.number,
                "create it, take the line out, or set on_missing_path to keep or skip.",
            )
        stays = missing.loads and chosen == KEEP
        found.append(missing if stays else missing._replace(left_out=True))
        if stays:
            kept.append(line)
        else:
            kept.append(line._replace(note="{0}; a run that finds it puts the line back".format(missing.text)))
    return kept, found


def _missing(line: Written, paths: PathState, kernel: Optional[Tuple[int, ...]]) -> Optional[Missing]:
    rule = line.rule
    if rule is None:
        return None
    named = named_paths(rule)
    rule, _warning = resolve_watch(rule, paths, ancestors(named))
    refused = refusal(rule, paths, kernel)
    for path in named:
        if refused is not None and paths.parent_exists(path) is False:
            parent = path.rstrip("/").rpartition("/")[0] or "/"
            text = "{0} does not exist, and the kernel watches {1} only below a directory that does".format(
                shown(parent), shown(path)
            )
            return Missing(path, line.file, line.number, False, text)
        if paths.lexists(path) is False:
            loads = refused is None
            text = "{0} does not exist".format(shown(path))
            if not loads:
                text = "the directory {0}".format(text)
            return Missing(path, line.file, line.number, loads, text)
    return None


def read_early(folder: str, base: str, names: Iterable[str], loaded: Iterable[Rule]) -> List[str]:
    """What to say of rules on paths that stand before the line by which a boot goes on without one.

    Args:
        folder: rules.d.
        base: The file with that line.
        names: The files of the folder, ``base`` among them.
        loaded: The rules of all.
    """
    order = [os.fsdecode(name) for name in version_sorted(os.fsencode(name) for name in names)]
    early = order[: order.index(base)]
    with_paths = {rule.origin.file for rule in loaded if named_paths(rule)}
    text = (
        "{0} is read before {1}: once a directory that its rules name has gone away, a boot loads nothing from such a "
        "rule on; give the file a name that sorts behind"
    )
    paths = [os.path.join(folder, name) for name in early]
    return [text.format(path, base) for path in paths if path in with_paths]
