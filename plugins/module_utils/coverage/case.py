# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One requirement in one world: its events are gathered by scene, decided, and sorted into recorded and missed."""

from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, meet_boxes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import (
    FAILED,
    NEVER_RETURNS,
    SUCCEEDED,
    asks_for_a_name,
    box_of,
    objects_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.decide import decide
from ansible_collections.auditops.trail.plugins.module_utils.coverage.explain import counterexample
from ansible_collections.auditops.trail.plugins.module_utils.coverage.overlay import Culprit, Overlay
from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import (
    Group,
    Missed,
    Own,
    by_outcome,
    split_by_scene,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import around, inside, things_of
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import EVERY
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    PathRule,
    Scene,
    Thing,
    TreeRule,
    Trees,
    Walks,
    in_order,
    in_tree,
    replay,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import is_possible
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import Ranked, World, thing_at
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Rule

ANY = "any"
"""The scene of a call whose names no rule singles out."""
_SAMPLES = 12
_CREDITS = 40
"""How many further objects are tried to find one recorded event of a requirement without an object."""


class Case:
    """A requirement's events in one world.

    Attributes:
        recorded: The ranks of the always rules that record some of the events.
        missed: The parts that leave no record.
        kept: Some parts that are recorded, to sample events from.
        empty: The requirement demands no event that a process on this host can make.
    """

    def __init__(self, requirement: Rule, world: World, overlay: Overlay) -> None:
        self.world = world
        self.overlay = overlay
        self.rule = requirement
        self.recorded: List[int] = []
        self.kept: List[Tuple[Box, Scene]] = []
        self.missed: List[Missed] = []
        self.doubts: List[str] = []
        self._reached: Dict[Any, bool] = {}
        box = box_of(requirement, world.space)
        if box is not None and requirement.syscalls is None:
            calls = box.calls & world.space.known
            box = box._replace(calls=calls) if calls else None
        self.empty = True
        if box is None:
            return
        self.box = box
        self.objects = objects_of(requirement)
        self.relevant = world.relevant(box)
        self.plain = tuple(ranked.rank for ranked in self.relevant if ranked.plain)
        self.trees = Trees(ranked.tree for ranked in self.relevant if ranked.tree is not None)
        self.ranks = frozenset(ranked.rank for ranked in self.relevant)
        for ranked in self.relevant:
            if ranked.rank in world.doubts:
                self.doubts.append(world.doubts[ranked.rank])
        self.doubts.extend(world.list_doubts)
        judged = requirement.fields("perm") or any(ranked.rule.fields("perm") for ranked in self.relevant)
        unsure = box.calls & world.space.in_doubt() if judged else 0
        if unsure:
            self.doubts.append(
                "whether this kernel counts {0} by perm: distributions have backported that; "
                "name the kernel's full release".format(", ".join(sorted({c.name for c in world.space.each(unsure)})))
            )
        self.late = frozenset(
            ranked.rank for ranked in self.relevant if ranked.box is not None and "exit" in ranked.box.dims
        )
        self.exits = "exit" in box.dims or bool(self.late)
        self._run()

    def _without_mount_table(self, things: List[Thing]) -> None:
        """Lay aside directory rules of which only a mount table could tell whether they reach the object.

        Without one, lstat still shows that something is mounted in between: the
        devices of the directory and of the object differ.
        """
        paths = self.world.host.paths
        if paths.mounts() is not None or not things:
            return
        object_entry = paths.entry(things[0].shown)
        kept = []
        for ranked in self.relevant:
            if ranked.tree is None:
                continue
            directory = str(ranked.rule.value("dir")).rstrip("/")
            top = paths.entry(directory)
            if (
                top is not None
                and object_entry is not None
                and top.device
                and object_entry.device
                and top.device != object_entry.device
                and in_tree(things[0].location, ranked.tree)
            ):
                self.doubts.append(
                    "what is mounted between {0} and {1}: they lie on different devices; "
                    "the mount table belongs to the evidence".format(directory, things[0].shown)
                )
                if self.world.hopeful != ranked.always:
                    continue
            kept.append(ranked.tree)
        self.trees = Trees(kept)

    # -- the events -----------------------------------------------------------------

    def _run(self) -> None:
        self.own = Own()
        nevers = things_of(ranked for ranked in self.relevant if not ranked.always)
        if self.objects:
            self.own, things = self._own()
            self._without_mount_table(things)
            calls = self.box.calls & self.world.space.naming()
            self.box = self.box._replace(calls=calls)
            self._judge(self._groups(self.own, things, nevers))
            return
        self._unnamed_objects()
        self._judge([Group((self.plain,) if self.plain else (), [(Scene(ANY), self.box.calls, None)])])
        self._judge(self._groups(Own(), nevers, nevers))
        if not self.recorded:
            for thing in things_of(ranked for ranked in self.relevant if ranked.always)[:_CREDITS]:
                self._judge(self._groups(Own(), [thing], nevers), credit=True)
                if self.recorded:
                    break

    def _own(self) -> Tuple[Own, List[Thing]]:
        field = self.objects[-1]
        paths = self.world.host.paths
        if field.name == "path":
            place = paths.place(str(field.value))
            thing = thing_at(place)
            others, unseen = paths.other_links(place)
            things = [thing] + [thing_at(other) for other in others]
            if unseen:
                self.doubts.append(
                    "where {0} further hard link(s) of {1} are: a directory rule records an access by the name "
                    "that is used (find -xdev -samefile {1})".format(unseen, field.value)
                )
                if not self.world.hopeful:
                    shown = "another hard link of {0}".format(field.value)
                    things.append(Thing((place.device, "/" + shown), shown, thing.inode))
            late = frozenset((0,)) if "exit" in self.box.dims else frozenset()
            return Own(PathRule(0, str(field.value), thing), late=late), things
        # What is asked for is the directory's content, whichever way the requirement spells it.
        place = paths.place(str(field.value), follow=True)
        roots, _unsure = self.world.tree_roots(place)
        tree = TreeRule(0, roots)
        top = thing_at(place)
        things = [inside(roots[0], place.real), top]
        for mount in paths.mounts() or ():
            root = (mount.device, mount.root)
            if root in roots[1:]:
                things.append(inside(root, mount.point))
        for thing in things_of(self.relevant) + self._other_links(self.relevant):
            if thing not in things and in_tree(thing.location, tree):
                things.append(thing)
        return Own(tree=tree), things

    def _other_links(self, rules: List[Ranked]) -> List[Thing]:
        """The other names of the files that path rules watch: a rule meets the inode by any of them."""
        paths = self.world.host.paths
        found: List[Thing] = []
        for ranked in rules:
            if ranked.path is not None and ranked.path.thing.inode != ranked.path.thing.location:
                others, _unseen = paths.other_links(paths.place(ranked.path.watch))
                found.extend(thing_at(other) for other in others)
        return found

    def _near(self, scene: Scene) -> List[PathRule]:
        """The path rules that hang on a name or an inode of the scene, in load order.

        All of them: a watch that matches none of the events still takes part in how watches follow names.
        """
        found: Dict[int, PathRule] = {}
        for thing in (scene.first, scene.second):
            if thing is None:
                continue
            for key in (thing.location, thing.inode, thing.parent.location):
                for rule in self.world.paths.get(key, ()):
                    found[rule.rank] = rule
        return [found[rank] for rank in sorted(found)]

    def _reaches(self, own: Own, scene: Scene) -> bool:
        """Own.reaches, asked once for all scenes in which the object plays the same part."""
        if own.path is None and own.tree is None:
            return True
        roles = tuple(
            0 if thing is None else own.part(thing)
            for name in (scene.first, scene.second)
            for thing in (name, name and name.parent)
        )
        key = (scene.shape, scene.ok, scene.replaces, roles)
        found = self._reached.get(key)
        if found is None:
            found = self._reached[key] = own.reaches(scene)
        return found

    def _replay(self, scene: Scene) -> Walks:
        """The walks of a scene, without the rules that none of the events can meet.

        Where a filesystem rule stops the collection of names, the names carry no
        inode: rules without an object alone are left (seen on 6.18).
        """
        if self._unnamed(scene) is not None:
            return (self.plain,) if self.plain else ()
        walks = replay(scene, self._near(scene), self.trees, self.plain, self.late)
        kept = (tuple(rank for rank in walk if rank in self.ranks) for walk in walks)
        return tuple(walk for walk in kept if walk)

    def _groups(self, own: Own, things: List[Thing], nevers: List[Thing]) -> List[Group]:
        groups: Dict[Walks, Group] = {}
        for thing in things:
            for scene in around(thing, nevers, self.world.host.paths):
                calls = self.box.calls & self.world.space.of_shape(scene.shape)
                if not calls or not self._reaches(own, scene):
                    continue
                walks = self._replay(scene)
                group = groups.get(walks)
                if group is None:
                    group = groups[walks] = Group(walks, [])
                group.scenes.append((scene, calls, scene.ok))
        return list(groups.values())

    def _unnamed_objects(self) -> None:
        """Events whose object conditions fail because a filesystem rule stops the collection of names."""
        if not any(isinstance(c, Field) and asks_for_a_name(c) for c in self.rule.conditions):
            return
        culprit = self.overlay.unnamed_somewhere()
        if culprit is not None:
            self.missed.append(Missed(self.box, Scene(ANY), None, culprit))

    # -- deciding --------------------------------------------------------------------

    def _judge(self, groups: List[Group], credit: bool = False) -> None:
        """Decide each group; with ``credit`` only recorded events count."""
        for group in groups:
            for calls, ok in by_outcome(group, self.exits):
                for box in self._with_exits(self.box._replace(calls=calls), ok):
                    self.empty = False
                    self._decide(box, group, ok, credit)

    def _with_exits(self, box: Box, ok: Optional[bool]) -> List[Box]:
        """The box split by what its calls can return, where some rule asks for that."""
        if not self.exits:
            return [box]
        space = self.world.space
        ends = box.calls & space.of_names(shapes.NO_RETURN)
        sure = box.calls & space.of_names(shapes.NEVER_FAILS)
        zero = box.calls & space.of_names(shapes.ZERO_OR_ERROR)
        found = []
        for calls, returns in (
            (zero, ((0, 0),) + FAILED),
            (sure, SUCCEEDED),
            (box.calls & ~ends & ~zero & ~sure, EVERY),
            (ends, ((NEVER_RETURNS, NEVER_RETURNS),)),
        ):
            part = meet_boxes(box, Box(calls, {"exit": returns})) if calls else None
            if part is not None and ok is not None:
                part = meet_boxes(part, Box(calls, {"exit": SUCCEEDED if ok else FAILED}))
            if part is not None:
                found.append(part)
        return found

    def _decide(self, box: Box, group: Group, ok: Optional[bool], credit: bool) -> None:
        uid_min = self.world.host.uid_min
        for part in decide(box, group.walks, self.world.verdicts):
            if part.by in self.recorded and len(self.kept) >= _SAMPLES and self.overlay.idle(bool(self.objects)):
                continue
            if not is_possible(part.box, uid_min):
                continue
            if not part.recorded:
                if not credit:
                    self._miss(part.box, group, ok, part.by, None)
                continue
            if part.by is None:  # a recorded part always has its rule
                continue
            for scene, piece in split_by_scene(part.box, group, ok, self.exits):
                if scene.second is not None and self._owed_elsewhere(self.world.exit[part.by], scene):
                    continue
                if self._owed_to_disorder(piece, group.walks):
                    continue
                left, taken = self.overlay.take(piece, bool(self.objects))
                if not credit:
                    for away in taken:
                        if is_possible(away.box, uid_min):
                            self.missed.append(Missed(away.box, scene, None, away.culprit))
                for rest in left:
                    if len(self.kept) >= _SAMPLES and part.by in self.recorded:
                        break
                    if is_possible(rest, uid_min):
                        self.kept.append((rest, scene))
                        if part.by not in self.recorded:
                            self.recorded.append(part.by)

    def _owed_elsewhere(self, ranked: Ranked, scene: Scene) -> bool:
        """Is the record owed to the other name alone of a two-name call? It is no credit for the object asked about."""
        mine = [thing for thing in (scene.first, scene.second) if thing is not None and self.own.has(thing)]
        if ranked.path is not None:
            target = ranked.path.thing
            return not any(
                thing.location == target.location or thing.inode == target.inode or thing.parent.inode == target.inode
                for thing in mine
            )
        if ranked.tree is not None:
            return not any(in_tree(thing.location, ranked.tree) for thing in mine)
        return False

    def _owed_to_disorder(self, box: Box, walks: Walks) -> bool:
        """Is the part recorded only because a moved watch put its rules in another order than that of loading?

        Such a record is no credit: a rule that takes everything else away still defeats the requirement.
        """
        if in_order(walks) is not None:
            return False
        ranks = tuple(sorted({rank for walk in walks for rank in walk}))
        return not any(part.recorded for part in decide(box, (ranks,), self.world.verdicts))

    def _unnamed(self, scene: Scene) -> Optional[Culprit]:
        if scene.first is None or not self.world.filesystems:
            return None
        culprit, doubt = self.overlay.unnamed(scene.first)
        if doubt:
            self.doubts.append(doubt)
        return culprit

    def _miss(
        self, box: Box, group: Group, ok: Optional[bool], rank: Optional[int], culprit: Optional[Culprit]
    ) -> None:
        for scene, piece in split_by_scene(box, group, ok, self.exits):
            unnamed = self._unnamed(scene)
            if unnamed is not None and self._would_meet(Missed(piece, scene, None, None)):
                culprit = unnamed
            self.missed.append(Missed(piece, scene, rank, culprit))
            break

    def _would_meet(self, missed: Missed) -> bool:
        """Is there an always rule that would record the part if the names were collected?"""
        return self.would_record(missed, [ranked for ranked in self.relevant if ranked.always]) is not None

    def links(self) -> Tuple[str, ...]:
        """What a requirement on a symbolic link leaves out: the file that it leads to."""
        if self.own.path is None or not self.own.path.thing.link:
            return ()
        return (
            "{0} is a symbolic link: what is done to the file it leads to is another requirement".format(
                self.own.path.watch
            ),
        )

    def link_of(self, text: str) -> str:
        """Why a requirement demands nothing, where a symbolic link is the reason; otherwise the given text."""
        for field in objects_of(self.rule):
            path = str(field.value)
            if field.name == "path" and self.world.host.paths.place(path).symlinked:
                real = self.world.host.paths.place(path, follow=True).real
                return (
                    "an event that touches {0} itself: it is a symbolic link, which such calls follow; name {1}".format(
                        path, real
                    )
                )
        return text

    def unstable(self) -> Tuple[str, ...]:
        """What will change when watched files are replaced: the order of opposed rules on one path.

        audit_update_watch (kernel/audit_watch.c) reverses the rules of a watch
        each time its file is created, renamed over or deleted.
        """
        by_watch: Dict[str, List[Ranked]] = {}
        for ranked in self.relevant:
            if ranked.path is not None and self.own.has(ranked.path.thing):
                by_watch.setdefault(ranked.path.watch, []).append(ranked)
        return tuple(
            "{0} and {1} are opposed rules on one path: the kernel reverses their order whenever {2} is replaced, and "
            "the answer with it; leave one of them".format(ranked[0].rule.origin, ranked[1].rule.origin, watch)
            for watch, ranked in sorted(by_watch.items())
            if len({each.always for each in ranked}) > 1
        )

    # -- what to show ------------------------------------------------------------------

    def example(self, missed: Missed) -> Optional[Dict[str, Any]]:
        """The event to show for a missed part."""
        return counterexample(missed.box, missed.scene, self.world.space, self.world.host.uid_min)

    def would_record(self, missed: Missed, rules: List[Ranked]) -> Optional[Ranked]:
        """The first of these always rules that would record some event of a missed part, were nothing in its way."""
        for ranked in rules:
            if ranked.box is None or not ranked.always:
                continue
            common = meet_boxes(ranked.box, missed.box)
            if common is None or not is_possible(common, self.world.host.uid_min):
                continue
            if ranked.plain:
                return ranked
            if missed.scene.second is not None and self._owed_elsewhere(ranked, missed.scene):
                continue
            paths = [] if ranked.path is None else [ranked.path._replace(rank=0)]
            trees = Trees([] if ranked.tree is None else [ranked.tree._replace(rank=0)])
            late = frozenset((0,)) if "exit" in ranked.box.dims else frozenset()
            if missed.scene.first is not None and replay(missed.scene, paths, trees, (), late):
                return ranked
        return None
