# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One requirement in one world: its events are gathered by scene, decided, and sorted into recorded and missed."""

from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.attributes import (
    ALONE,
    NAMELESS,
    SEVERAL,
    TOGETHER,
    WITH_PARENT,
    attributes_of,
    company_of,
    in_company,
    looks_at_attributes,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, meet_boxes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import (
    asks_for_a_name,
    box_of,
    objects_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.decide import MAX_SCENES, Budget, decide
from ansible_collections.auditops.trail.plugins.module_utils.coverage.exits import with_exits
from ansible_collections.auditops.trail.plugins.module_utils.coverage.hollow import why_hollow
from ansible_collections.auditops.trail.plugins.module_utils.coverage.overlay import Culprit, Overlay
from ansible_collections.auditops.trail.plugins.module_utils.coverage.partners import Partners, partners
from ansible_collections.auditops.trail.plugins.module_utils.coverage.parts import (
    Group,
    Missed,
    Own,
    by_outcome,
    scenes_of,
    split_by_scene,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.scenes import (
    Surroundings,
    around,
    possible,
    things_of,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.subject import subject_of, without_mount_table
from ansible_collections.auditops.trail.plugins.module_utils.coverage.telling import would_record
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    Inode,
    Location,
    PathRule,
    Scene,
    Thing,
    Trees,
    Walks,
    in_order,
    replay,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.witness import is_possible
from ansible_collections.auditops.trail.plugins.module_utils.coverage.world import World
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Rule

ANY = "any"
"""The scene of a call whose names no rule singles out."""
_REQUIREMENT = -1
"""Its rank: it is none of the loaded rules."""
_SAMPLES = 12
_CREDITS = 40
"""How many further objects are tried to find one recorded event of a requirement without an object."""


class Case:
    """A requirement's events in one world.

    Attributes:
        recorded: The ranks of the always rules that record some of the events.
        recording: The ranks of those that record some, be it a credit or not (see _is_credit).
        missed: The parts that leave no record.
        kept: Some parts that are recorded, to sample events from.
        empty: The requirement demands no event that a process on this host can make.
        twins: For the rank of a never rule, those that take away the like of what it does (partners.py).
        hopes: What could better an outcome that is one of ``hopeless``, if it were known (subject.py).
    """

    def __init__(self, asked: Rule, world: World, overlay: Overlay) -> None:
        requirement = world.normal(asked)
        self.world = world
        self.overlay = overlay
        self.rule = requirement
        self.recorded: Set[int] = set()
        self.recording: Set[int] = set()
        self.kept: List[Tuple[Box, Scene]] = []
        self.missed: List[Missed] = []
        self.doubts: List[str] = []
        self.twins: Dict[int, List[int]] = {}
        self.scenes = 0
        self.hopes: Tuple[str, ...] = ()
        self.hopeless: Tuple[str, ...] = ()
        box = box_of(requirement, world.space)
        if box is not None and requirement.syscalls is None:
            calls = box.calls & world.space.known
            box = box._replace(calls=calls) if calls else None
        self.empty = True
        if box is None or why_hollow(asked, world.host.label_modules, world.host.paths):
            return
        self.box = box
        self.objects = objects_of(requirement)
        self.relevant = world.relevant(box)
        self.plain = tuple(ranked.rank for ranked in self.relevant if ranked.plain)
        self.trees = Trees(ranked.tree for ranked in self.relevant if ranked.tree is not None)
        self.ranks = frozenset(ranked.rank for ranked in self.relevant)
        self._plain_of: Dict[int, Tuple[int, ...]] = {}
        self._doubt()
        self.late = frozenset(ranked.rank for ranked in self.relevant if ranked.late)
        self.exits = "exit" in box.dims or bool(self.late)
        self.attributes = world.attributes or looks_at_attributes((box,))
        self._run()
        if self.scenes > MAX_SCENES and not (self.missed and self.recorded):
            raise Budget()

    def _doubt(self) -> None:
        """What the evidence leaves open about the rules at hand."""
        self.doubts.extend(
            self.world.doubts[ranked.rank] for ranked in self.relevant if ranked.rank in self.world.doubts
        )
        self.doubts.extend(self.world.list_doubts)
        space = self.world.space
        judged = self.rule.fields("perm") or any(ranked.rule.fields("perm") for ranked in self.relevant)
        unsure = self.box.calls & space.in_doubt() if judged else 0
        if unsure:
            self.doubts.append(
                "whether this kernel counts {0} by perm: distributions have backported that; "
                "name the kernel's full release".format(", ".join(sorted({c.name for c in space.each(unsure)})))
            )

    # -- the events -----------------------------------------------------------------

    def _run(self) -> None:
        self.own = Own()
        if self.objects:
            subject = subject_of(self.objects[-1], self.box, self.relevant, self.world)
            self.own = subject.own
            self.doubts.extend(subject.doubts)
            self.hopes, self.hopeless = subject.hopes, subject.hopeless
            trees, doubts = without_mount_table(subject.things, self.relevant, self.world)
            self.trees = Trees(trees)
            self.doubts.extend(doubts)
            self.box = self.box._replace(calls=self.box.calls & self.world.space.naming())
            self._judge(self._groups(self.own, subject.things, self._partners(subject.things).others))
            return
        self._unnamed_objects()
        self._judge(self._anywhere())
        found = self._partners(())
        self._judge(self._groups(Own(), found.things, found.others))
        if not self.recorded:
            always = (ranked for ranked in self.relevant if ranked.always)
            for thing in list(things_of(always, self.world))[:_CREDITS]:
                self._judge(self._groups(Own(), [thing], found.others), credit=True)
                if self.recorded:
                    break

    def _partners(self, things: Sequence[Thing]) -> Partners:
        two_names = self.box.calls & self._calls_of(*shapes.WITH_OTHERS)
        # Where the evidence tells attributes that a rule looks at, no two things are alike.
        about = None if self.attributes else things
        found = partners(self.relevant, two_names, self.own, self.world, self.trees, about)
        self.twins = found.twins
        return found

    def _calls_of(self, *kinds: str) -> int:
        calls = 0
        for shape in kinds:
            calls |= self.world.space.of_shape(shape)
        return calls

    def _anywhere(self) -> List[Group]:
        """The events whose names no rule singles out."""
        passes = (self.plain,) if self.plain else ()
        parts: Tuple[Tuple[int, int], ...] = ((self.box.calls, ALONE),)
        if self.attributes:
            several, together = self._calls_of(*SEVERAL), self._calls_of(shapes.EXEC, shapes.PAIR)
            naming = self.world.space.naming()
            single = self._calls_of(shapes.DIRECT, shapes.ITSELF, shapes.EXEC)
            found = ((~naming, NAMELESS), (single, ALONE), (several, WITH_PARENT), (together, TOGETHER))
            parts = tuple((self.box.calls & calls, company) for calls, company in found)
        return [Group(passes, True, [(Scene(ANY), calls, None)], {}, many) for calls, many in parts if calls]

    def _near(self, scene: Scene) -> List[PathRule]:
        """The path rules that hang on a name or an inode of the scene, in load order.

        All of them: a watch that matches none of the events still takes part in how watches follow names.
        """
        found: Dict[Tuple[int, Inode], PathRule] = {}  # an inode rule has one for each filesystem
        known = self.world.paths
        for thing in scene.things:
            keys = (thing.location, thing.above)
            for key in keys if thing.inode == thing.location else keys + (thing.inode,):
                for rule in known.get(key, ()):
                    found[(rule.rank, rule.thing.inode)] = rule
        return sorted(found.values(), key=lambda rule: rule.rank)

    def _reaches(self, own: Own, scene: Scene) -> bool:
        """Own.reaches, asked once for all scenes in which the object plays the same part."""
        if own.anything:
            return True
        roles = tuple((own.part(thing), own.part_of(thing.above, thing.above)) for thing in scene.things)
        fixed = bool(own.paths) and own.paths[0].fixed
        key = (fixed, own.tree is None, bool(own.late), scene.shape, scene.replaces, scene.ok, roles)
        found = self.world.reached.get(key)
        if found is None:
            found = self.world.reached[key] = own.reaches(scene)
        return found

    def _plain_for(self, calls: int) -> Tuple[int, ...]:
        """The rules without an object that some of the calls can meet."""
        found = self._plain_of.get(calls)
        if found is None:
            boxes = self.world.verdicts[ALONE].boxes
            ranks = [(rank, boxes[rank]) for rank in self.plain]
            found = self._plain_of[calls] = tuple(rank for rank, box in ranks if box is not None and box.calls & calls)
        return found

    def _replay(self, scene: Scene, calls: int, as_loaded: bool = False) -> Walks:
        """The walks of a scene, without the rules that none of the events can meet.

        Where a filesystem rule stops the collection of names, the names carry no
        inode: rules without an object alone are left (seen on 6.18).
        """
        plain = self._plain_for(calls)
        if self._unnamed(scene) is not None:
            return (plain,) if plain else ()
        near = self._near(scene)
        walks = replay(scene, near, self.trees, plain, self.late, as_loaded)
        if all(rule.rank in self.ranks for rule in near):
            return walks
        kept = (tuple(rank for rank in walk if rank in self.ranks) for walk in walks)
        return tuple(walk for walk in kept if walk)

    def _groups(self, own: Own, things: Sequence[Thing], others: Sequence[Thing]) -> List[Group]:
        groups: Dict[Any, Group] = {}
        ordered: Dict[Walks, Optional[Tuple[int, ...]]] = {}
        space = self.world.space
        wanted = {shape for shape in shapes.CALLS_OF_SHAPE if self.box.calls & space.of_shape(shape)}
        about = Surroundings(others, self.world.host.paths, self.world.paths, wanted, self.world.hopeful)
        among_others = {other.location for other in others}
        done: Set[Location] = set()  # their scenes with the others have been made
        for thing in things:
            if thing.location in among_others and not self.attributes:
                about = about._replace(done=frozenset(done))
                done.add(thing.location)
            else:
                about = about._replace(done=())
            for scene in around(thing, about):
                self.scenes += 1
                if self.scenes > MAX_SCENES:
                    return list(groups.values())
                calls = self.box.calls & space.of_shape(scene.shape)
                if not calls or not self._reaches(own, scene):
                    continue
                walks = self._replay(scene, calls)
                company = company_of(scene) if self.attributes else ALONE
                dims = attributes_of(thing) if self.attributes and self._is_as_shown(thing, scene, own) else {}
                key = (walks, company, tuple(sorted(dims.items())) if dims else ())
                group = groups.get(key)
                if group is None:
                    if walks not in ordered:
                        ordered[walks] = in_order(walks)
                    merged = ordered[walks]
                    passes = walks if merged is None else (merged,)
                    group = groups[key] = Group(passes, merged is not None, [], dims, company)
                group.scenes.extend((able, some, able.ok) for able, some in possible(scene, calls, self.world.space))
        return list(groups.values())

    def _is_as_shown(self, thing: Thing, scene: Scene, own: Own) -> bool:
        """Do the events of a scene touch the thing with the attributes that the evidence shows?

        Of several names the requirement's conditions are about its own object.
        """
        if company_of(scene) == ALONE:
            return True
        if own.anything or not own.has(thing) or scene.shape in (shapes.CREATE, shapes.APART):
            return False
        there = scene.shape in (shapes.EXCHANGE, shapes.PAIR) or scene.shape == shapes.RENAME and scene.replaces
        return thing is scene.first or there

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
            demanded = self._demanded(group.company)
            if demanded is None:
                continue
            for calls, ok in by_outcome(group, self.exits):
                events = meet_boxes(demanded, Box(calls, group.dims))
                if events is None:
                    continue
                for box in with_exits(events, ok, self.world.space) if self.exits else [events]:
                    self.empty = self.empty and not is_possible(box, self.world.host.uid_min)
                    self._decide(box, group, ok, credit)

    def _demanded(self, company: int) -> Optional[Box]:
        """The requirement's own events among calls with so many names."""
        return in_company(company, self.rule, self.box, _REQUIREMENT, True) if self.attributes else self.box

    def _decide(self, box: Box, group: Group, ok: Optional[bool], credit: bool) -> None:
        uid_min = self.world.host.uid_min
        verdicts = self.world.verdicts[group.company]
        for part in decide(box, group.passes, verdicts):
            if part.by in self.recorded and len(self.kept) >= _SAMPLES and self.overlay.idle(bool(self.objects)):
                continue
            if not is_possible(part.box, uid_min):
                continue
            if not part.recorded:
                if not credit:
                    self._miss(part.box, group, ok, part.by)
                continue
            if part.by is None:  # a recorded part always has its rule
                continue
            for scene, piece in split_by_scene(part.box, group, ok, self.exits):
                self._record(piece, scene, part.by, group, credit)
            if part.by not in self.recorded:
                self._credit(part.box, part.by, group, ok)

    def _record(self, box: Box, scene: Scene, rank: int, group: Group, credit: bool) -> None:
        """Events that the exit list records in one scene, less what is taken away beside it."""
        uid_min = self.world.host.uid_min
        credited = self._is_credit(box, scene, rank, group)
        left, taken = self.overlay.take(box, bool(self.objects))
        if not credit:
            for away in taken:
                if is_possible(away.box, uid_min):
                    self.missed.append(Missed(away.box, scene, None, away.culprit))
        for rest in left:
            if len(self.kept) >= _SAMPLES and rank in self.recorded:
                break
            if is_possible(rest, uid_min):
                self.recording.add(rank)
                if credited:
                    self.kept.append((rest, scene))
                    self.recorded.add(rank)

    def _credit(self, box: Box, rank: int, group: Group, ok: Optional[bool]) -> None:
        """The credit for a record in any of the scenes, where the first one of each call gave none."""
        for scene, piece in scenes_of(box, group, ok, self.exits):
            if self._is_credit(piece, scene, rank, group):
                left, _taken = self.overlay.take(piece, bool(self.objects))
                for rest in left:
                    if is_possible(rest, self.world.host.uid_min):
                        self.kept.append((rest, scene))
                        self.recorded.add(rank)
                        return

    def _is_credit(self, box: Box, scene: Scene, rank: int, group: Group) -> bool:
        """Does the record speak for the requirement? A rule that takes all the other events away still defeats it.

        It does not if it is owed to another name, nor if it comes out only
        because a watch that moved put its rules in another order than that of loading.
        """
        if len(scene.things) > 1 and self.own.is_owed_elsewhere(self.world.exit[rank], scene):
            return False
        if group.ordered:
            return True
        verdicts = self.world.verdicts[group.company]
        walks = self._replay(scene, box.calls, as_loaded=True)
        return any(part.recorded for part in decide(box, walks, verdicts))

    def _unnamed(self, scene: Scene) -> Optional[Culprit]:
        if scene.first is None or not self.world.filesystems:
            return None
        culprit, doubt = self.overlay.unnamed(scene.first)
        if doubt:
            self.doubts.append(doubt)
        return culprit

    def _miss(self, box: Box, group: Group, ok: Optional[bool], rank: Optional[int]) -> None:
        for scene, piece in split_by_scene(box, group, ok, self.exits)[:1]:
            culprit = self._unnamed(scene)
            if culprit is not None and not self._would_meet(Missed(piece, scene, None, None)):
                culprit = None
            self.missed.append(Missed(piece, scene, rank, culprit))

    def _would_meet(self, missed: Missed) -> bool:
        """Is there an always rule that would record the part if the names were collected?"""
        always = [ranked for ranked in self.relevant if ranked.always]
        return would_record(missed, always, self.own, self.world.host.uid_min) is not None
