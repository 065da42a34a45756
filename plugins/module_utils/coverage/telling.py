# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said beside an outcome: which rule would have recorded an event, and what about the object may surprise."""

from typing import Dict, List, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import meet_boxes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import objects_of
from ansible_collections.auditops.trail.plugins.module_utils.coverage.hollow import why_hollow
from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import Missed, Own
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import Trees, replay
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import is_possible
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Host, Ranked
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Rule


def would_record(missed: Missed, rules: Sequence[Ranked], own: Own, uid_min: int) -> Optional[Ranked]:
    """The first of these always rules that would record some event of a missed part, were nothing in its way."""
    scene = missed.scene
    met = {key for thing in scene.things for key in (thing.location, thing.inode, thing.above)}
    for ranked in rules:
        if ranked.box is None or not ranked.always or not ranked.box.calls & missed.box.calls:
            continue
        if not ranked.plain:
            if ranked.paths and not any(path.thing.inode in met or path.thing.location in met for path in ranked.paths):
                continue
            if scene.first is None or len(scene.things) > 1 and own.is_owed_elsewhere(ranked, scene):
                continue
            paths = [path._replace(rank=0) for path in ranked.paths]
            trees = Trees([] if ranked.tree is None else [ranked.tree._replace(rank=0)])
            if not replay(scene, paths, trees, (), frozenset((0,)) if ranked.late else frozenset()):
                continue
        common = meet_boxes(ranked.box, missed.box)
        if common is not None and is_possible(common, uid_min):
            return ranked
    return None


def said_of_links(own: Own) -> Tuple[str, ...]:
    """What a requirement on a symbolic link leaves out: the file that it leads to."""
    return tuple(
        "{0} is a symbolic link: what is done to the file it leads to is another requirement".format(
            path.watch or path.thing.shown
        )
        for path in own.paths
        if path.thing.link
    )


def why_nothing(text: str, rule: Rule, host: Host) -> str:
    """Why a requirement demands nothing, where a symbolic link or a label is the reason; otherwise the given text."""
    hollow = why_hollow(rule, host.label_modules, host.paths)
    if hollow:
        return "an event that can meet the requirement: {0}".format(hollow)
    for field in objects_of(rule):
        path = str(field.value)
        if field.name == "path" and host.paths.place(path).symlinked:
            return "an event that touches {0} itself: it is a symbolic link, which such calls follow; name {1}".format(
                path, host.paths.place(path, follow=True).real
            )
    return text


def opposed(own: Own, relevant: Sequence[Ranked]) -> Tuple[str, ...]:
    """What will change when watched files are replaced: the order of opposed rules on one path.

    audit_update_watch (kernel/audit_watch.c) reverses the rules of a watch
    each time its file is created, renamed over or deleted.
    """
    by_watch: Dict[str, List[Ranked]] = {}
    for ranked in relevant:
        for path in ranked.paths:
            if not path.fixed and own.has(path.thing):
                by_watch.setdefault(path.watch, []).append(ranked)
    return tuple(
        "{0} and {1} are opposed rules on one path: the kernel reverses their order whenever {2} is replaced, and "
        "the answer with it; leave one of them".format(ranked[0].rule.origin, ranked[1].rule.origin, watch)
        for watch, ranked in sorted(by_watch.items())
        if len({each.always for each in ranked}) > 1
    )
