# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the files as they were found load, and what goes with a change that none of them has.

That are rules that stand in audit.rules alone, and rules that the kernel alone holds.
"""

import os
from typing import Any, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import booted, duplicates, files, refusals, wanted
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence
from ansible_collections.auditops.trail.plugins.module_utils.posture.loading import AUGENRULES
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.merged_text import is_generated
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import read_audit_rules
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.quoting import shown
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

Plain = Dict[str, Any]
_MOST_NAMED = 3


def loads(rules_dir: str, posture: Plain, paths: PathState) -> Iterator[Load]:
    """What the files load as they are: rules.d, and audit.rules by itself.

    Args:
        rules_dir: The folder.
        posture: ``host`` and ``paths`` (posture/evidence.py).
        paths: What there is on the host.

    Raises:
        TrailError: A file cannot be read.
    """
    yield booted.look(rules_dir, {}, posture, paths).load
    made = wanted.audit_rules_of(rules_dir)
    yield load_of_audit_rules(made, evidence.dialect(posture), paths, evidence.host(posture).kernel)


def only_in_kernel(kernel: Any, differences: Sequence[Mapping[str, Any]], found: Iterable[Load]) -> List[str]:
    """What to say of rules that a load takes out of the kernel, and that no file would bring back.

    Somebody has loaded them by hand, or another program has.

    Args:
        kernel: The kernel's side (deploy/kernel_side.py).
        differences: How it differs from what is to be loaded.
        found: What the files load as they are (:func:`loads`); asked for where there is a rule to be looked for.

    Raises:
        TrailError: A file cannot be read, or audit cannot be asked.
    """
    return _told("that the kernel holds and no file loads", kernel, _unwanted(differences), found)


def _told(what: str, kernel: Any, goes: List[Tuple[Optional[int], str]], found: Iterable[Load]) -> List[str]:
    """A sentence on those of the rules that no load has, if there are any."""
    if goes:
        # By its place in the kernel's list too: what is compared is the same list each time.
        for load in found:
            unknown = _unwanted(kernel.differences(load))
            goes = [one for one in goes if one in unknown]
    texts = list(dict.fromkeys(text for _place, text in goes))
    return ["{0} {1}: {2}".format(_go(texts), what, named(texts))] if texts else []


def _unwanted(differences: Sequence[Mapping[str, Any]]) -> List[Tuple[Optional[int], str]]:
    return [(one["line"], one["rule"]) for one in differences if one["kind"] == "not_on_disk"]


def loaded_since(record: Plain, kernel: Any, found: Iterable[Load]) -> List[str]:
    """What to say of rules that somebody has loaded since a transaction, and that go when it is rolled back.

    Args:
        record: The transaction's (deploy/transaction.py).
        kernel: The kernel's side.
        found: What the files load as they are (:func:`loads`); asked for where there is a rule to be looked for. After
            an upgrade and a boot a rule of ours may be written otherwise in the kernel than it was.

    Raises:
        TrailError: A file cannot be read, or audit cannot be asked.
    """
    now, after = kernel.snapshot(), record["after"]["kernel"]
    if kernel.locked() or (record["deferred"] and now.boot_id == record["boot_id"]):
        return []  # the kernel is left alone
    known = set(now.from_plain(record["before"]["kernel"]).rules)
    known.update(now.from_plain(after).rules if after is not None else ())
    places = {place for place, payload in enumerate(now.rules, 1) if payload not in known}
    goes = [one for one in _unwanted(kernel.differences(Load())) if one[0] in places] if places else []
    return _told("that somebody has loaded since", kernel, goes, found)


def load_of_audit_rules(
    made: str, dialect: Dialect, paths: PathState, kernel: Optional[Tuple[int, ...]] = None
) -> Load:
    """What ``auditctl -R`` would load of audit.rules; nothing where it is not there.

    Raises:
        EvidenceError: It cannot be read.
    """
    if not os.path.lexists(made):
        return Load()
    merged = read_audit_rules(made, tuple(dialect.version))
    return simulate(merged.lines, dialect, paths, kernel=kernel, refused=merged.refused)


def refuse_loss(
    made: str,
    rules_dir: str,
    known: Iterable[Iterable[Rule]],
    loader: str,
    dialect: Dialect,
    paths: PathState,
    kernel: Optional[Tuple[int, ...]] = None,
    other_way: str = "",
) -> List[str]:
    """Refuse to write audit.rules where that loses rules that somebody has written into it by hand.

    One that augenrules has made can hold rules that no file has any more too, where a file was removed and nothing
    loaded since. Nobody has written them there, and the next boot would drop them: that is told.

    Args:
        made: The path of audit.rules.
        rules_dir: The folder that it is to be made of.
        known: The rules that rules.d loads as it is to be, and what else counts as held; more of them are asked for
            as long as something is lost.
        loader: What loads the rules at boot.
        dialect: Whose auditctl reads the lines.
        paths: What there is on the host.
        kernel: The kernel's release.
        other_way: What else the remedy is to offer, as a clause.

    Returns:
        What to say of rules that go though nobody is asked.

    Raises:
        RuleError: There are such rules; with the file and the first one's line.
        TrailError: audit.rules cannot be read.
    """
    lost = list(load_of_audit_rules(made, dialect, paths, kernel).loaded)
    if not lost:
        return []
    for rules in known:
        held = {duplicates.meaning(rule, paths) for rule in rules}
        lost = [rule for rule in lost if duplicates.meaning(rule, paths) not in held]
        if not lost:
            return []
    if loader == AUGENRULES and is_generated(files.look(made).data or b""):
        text = "{0} was made of what is in no file of {1} any more, and {2}: {3}"
        return [text.format(made, rules_dir, _go(lost), named([rule.origin.text.strip() for rule in lost]))]
    raise refusals.lost_rules(lost, made, rules_dir, other_way)


def standing(load: Load) -> List[Rule]:
    """The rules that the files of a load have: those that it loads, and those behind the line at which it stops."""
    behind = [one.rule for one in load.removed if load.stopped_at is not None and one.by == load.stopped_at]
    return [*load.loaded, *behind]


def _go(rules: Sequence[Any]) -> str:
    return "1 rule goes" if len(rules) == 1 else "{0} rules go".format(len(rules))


def named(texts: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    told = ", ".join("`{0}`".format(shown(text)) for text in texts[:_MOST_NAMED])
    return told if len(texts) <= _MOST_NAMED else "{0} and {1} more".format(told, len(texts) - _MOST_NAMED)
