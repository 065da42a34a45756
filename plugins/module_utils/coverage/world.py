# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A set of loaded rules made ready for questions: ranks, boxes, and what each path rule stands for."""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage.attributes import (
    COMPANIES,
    in_company,
    looks_at_attributes,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.box import Box, Dim, share_events
from ansible_collections.auditops.trail.plugins.module_utils.coverage.calls import CallSpace
from ansible_collections.auditops.trail.plugins.module_utils.coverage.conditions import box_of, dims_of, objects_of
from ansible_collections.auditops.trail.plugins.module_utils.coverage.decide import Verdicts
from ansible_collections.auditops.trail.plugins.module_utils.coverage.hollow import why_hollow, without_linked_programs
from ansible_collections.auditops.trail.plugins.module_utils.coverage.sets import Domain
from ansible_collections.auditops.trail.plugins.module_utils.coverage.walks import (
    ANYWHERE,
    Inode,
    Location,
    PathRule,
    Thing,
    TreeRule,
    Trees,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Condition, Field, Rule, with_watch_as
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState, Place, is_below

_OF_CALLS = frozenset("arch exit success perm path dir inode devmajor devminor filetype saddr_fam a0 a1 a2 a3".split())


class Host(NamedTuple):
    """What must be known of a host to decide.

    ``kernel`` is the release as numbers. ``user_arches`` holds the kinds of call that
    a process can make: b64, b32, x32. ``io_uring_disabled`` is the sysctl
    kernel.io_uring_disabled (2: nobody can), or None where it is not known.
    ``boot_audit`` tells whether audit=1 was a boot parameter, or None.
    ``label_modules`` holds the security modules that answer label conditions
    (labels.py), or None where they are not known.
    """

    machine: str = "x86_64"
    kernel: Tuple[int, ...] = (6, 18, 44)
    user_arches: Tuple[str, ...] = ("b64", "b32")
    uid_min: int = 1000
    paths: PathState = PathState.empty()
    io_uring_disabled: Optional[int] = None
    boot_audit: Optional[bool] = None
    label_modules: Optional[Tuple[str, ...]] = None


class Ranked(NamedTuple):
    """A rule of the exit list with its rank: a lower rank has the higher priority in the kernel.

    ``paths`` is one for a path rule; for an inode rule one for each filesystem
    where the evidence shows that inode, and one for the others.
    """

    rank: int
    rule: Rule
    box: Optional[Box]
    always: bool
    paths: Tuple[PathRule, ...] = ()
    tree: Optional[TreeRule] = None
    dead: str = ""
    """Why the rule can match nothing, or empty."""

    @property
    def plain(self) -> bool:
        """Has the rule no object?"""
        return not self.paths and self.tree is None and not self.dead

    @property
    def late(self) -> bool:
        """Does the rule look at the call's result?"""
        return self.box is not None and "exit" in self.box.dims


class Filter(NamedTuple):
    """A rule of the exclude, user or task list: which records or tasks it takes."""

    rule: Rule
    dims: Dict[Dim, Domain]


def thing_at(place: Place) -> Thing:
    """The object at a place; an inode with several links is one object at all of them."""
    location = (place.device, place.path)
    inode: Inode = location
    entry = place.entry
    if entry is not None and entry.links > 1 and entry.type not in ("dir", "missing"):
        inode = ("inode", entry.device, entry.inode)
    return Thing(location, place.real, inode, place.symlinked, entry)


def thing_beneath(place: Place, paths: PathState) -> Thing:
    """What a mount point hides: the name in the directory that holds it."""
    above, _slash, name = place.real.rpartition("/")
    parent = paths.place(above or "/")
    location = (parent.device, parent.path.rstrip("/") + "/" + name)
    return Thing(location, place.real, location)


def things_with_inode(number: int, paths: PathState) -> List[Thing]:
    """The objects that the evidence shows with an inode number, one for each inode."""
    found = {thing.inode: thing for thing in (thing_at(place) for place in reversed(paths.with_inode(number)))}
    return list(found.values())


def thing_anywhere(number: int) -> Thing:
    """The file with an inode number on a filesystem where the evidence shows none: nobody knows where it is.

    An ``inode=`` rule means it too: the number is compared on every filesystem.
    """
    location = (ANYWHERE, "/inode {0}".format(number))
    return Thing(location, "the file with inode {0}".format(number), location)


def in_load_order(rules: Tuple[Rule, ...], name: str) -> List[Rule]:
    """The rules of one list as the kernel orders them: -A goes to the head (audit_add_rule, kernel/auditfilter.c)."""
    ordered: List[Rule] = []
    for rule in rules:
        if rule.list != name:
            continue
        if rule.prepend:
            ordered.insert(0, rule)
        else:
            ordered.append(rule)
    return ordered


class World:
    """The rules of one load on one host.

    Evidence can be missing: an action that text does not tell, a mount that
    may be younger than the rules. ``hopeful`` says which way such a question is
    answered; ``doubts`` collects what was asked. ``verdicts`` are
    for each number of names that a call may touch (attributes.py).
    ``watched`` holds the objects of path rules by their directory;
    ``reached`` remembers for all requirements what Own.reaches has found.
    """

    def __init__(self, load: Load, host: Host, space: CallSpace, hopeful: bool = False) -> None:
        self.load = load
        self.host = host
        self.space = space
        self.hopeful = hopeful
        self.doubts: Dict[int, str] = {}
        self.reached: Dict[Any, bool] = {}
        self.list_doubts: List[str] = []
        self._events: Dict[int, int] = {}
        self._kinds: Dict[Thing, int] = {}
        self._numbers: Dict[Any, int] = {}
        self._every_tree: Optional[Trees] = None
        came = {id(rule): number for number, rule in enumerate(load.loaded)}
        self.exit = [
            self._rank(rank, rule, came[id(rule)]) for rank, rule in enumerate(in_load_order(load.loaded, "exit"))
        ]
        always = [ranked.always for ranked in self.exit]
        alone = Verdicts([ranked.box for ranked in self.exit], always)
        self.verdicts = [alone] * len(COMPANIES)
        self.attributes = looks_at_attributes(alone.boxes)
        if self.attributes:
            self.verdicts = [
                Verdicts(
                    [in_company(company, each.rule, each.box, each.rank, each.always) for each in self.exit], always
                )
                for company in COMPANIES
            ]
        self.paths: Dict[Inode, List[PathRule]] = {}
        for ranked in self.exit:
            for path in ranked.paths:
                thing = path.thing
                self.paths.setdefault(thing.location, []).append(path)
                if thing.inode != thing.location:
                    self.paths.setdefault(thing.inode, []).append(path)
        self.watched: Dict[Location, Dict[Thing, None]] = {}
        for ranked in self.exit:
            for path in ranked.paths:
                if not path.fixed:
                    self.watched.setdefault(path.thing.above, {})[path.thing] = None
        self.excludes = self._filters("exclude")
        self.users = self._filters("user")
        self.tasks = self._filters("task")
        self.filesystems = [rule for rule in in_load_order(load.loaded, "filesystem") if rule.action != "always"]

    def _filters(self, name: str) -> List[Filter]:
        found = []
        for rule in in_load_order(self.load.loaded, name):
            if why_hollow(rule, self.host.label_modules, self.host.paths) or _needs_a_call(rule):
                continue
            conditions = self.normal(rule).conditions
            if rule.action is None:
                self.list_doubts.append(_unclear(rule))
                if self.hopeful:
                    continue
                conditions = _without_exe(rule)
            dims = dims_of(conditions, groups=name == "task")
            # audit_filter (kernel/auditfilter.c) lets no rule without a field match; the task list has another filter.
            if dims is not None and (dims or name == "task"):
                found.append(Filter(rule, dims))
        return found

    def _rank(self, rank: int, rule: Rule, came: int) -> Ranked:
        hollow = why_hollow(rule, self.host.label_modules, self.host.paths)
        rule = self.normal(rule)
        always = rule.action == "always"
        if rule.action is None:
            always = self.hopeful
            self.doubts[rank] = _unclear(rule)
            rule = rule._replace(conditions=_without_exe(rule))
        box = box_of(rule, self.space)
        ranked = Ranked(rank, rule, box, always)
        if hollow:
            return ranked._replace(dead="the rule matches nothing: " + hollow, box=None)
        objects = objects_of(rule)
        if not objects:
            return ranked
        field = objects[-1]
        text = str(field.value)
        if field.name == "inode":
            things = [*things_with_inode(int(field.value), self.host.paths), thing_anywhere(int(field.value))]
            return ranked._replace(paths=tuple(PathRule(rank, "", t, came, rule.prepend, True) for t in things))
        # A trailing slash makes the lookup of a directory rule follow a symbolic link.
        place = self.host.paths.place(text, follow=field.name == "dir" and text.endswith("/"))
        mount = self.host.paths.mount_of(place.real)
        dead = why_dead(field.name, text, place, mount is not None and mount.point == place.real != "/")
        if dead and field.name == "path" and not always:
            # By another mount, or by the name of the mount point, what lies beneath is still reached.
            beneath = thing_beneath(place, self.host.paths)
            return ranked._replace(paths=(PathRule(rank, text, beneath, came, rule.prepend),))
        if dead:
            return ranked._replace(dead=dead, box=None)
        if field.name == "path":
            return ranked._replace(paths=(PathRule(rank, text, thing_at(place), came, rule.prepend),))
        roots, unsure = self.tree_roots(place)
        if unsure:
            self.doubts[rank] = (
                "whether {0} was mounted before {1} was loaded: a directory rule reaches only the filesystems "
                "that were mounted below it then".format(", ".join(unsure), rule.origin.text or rule.origin)
            )
            # An always rule is given the doubtful mounts when hopeful, a never rule when not.
            if self.hopeful != always:
                roots = tuple(root for root in roots if root not in unsure.values())
        return ranked._replace(tree=TreeRule(rank, roots))

    def normal(self, rule: Rule) -> Rule:
        """A rule with its ``-w`` object read as path or dir, and each exe by one name for its inode."""
        rule = without_linked_programs(rule, self.host.paths)
        conditions = tuple(
            Field("exe", c.op, self._program(str(c.value))) if isinstance(c, Field) and c.name == "exe" else c
            for c in rule.conditions
        )
        return self.with_kind(rule._replace(conditions=conditions))

    def _program(self, path: str) -> str:
        """One name for a program: the kernel compares (device, inode), see audit_exe_compare (kernel/audit_watch.c)."""
        paths = self.host.paths
        place = paths.place(path)
        others, _unseen = paths.other_links(place)
        return min([place.real] + [other.real for other in others])

    def with_kind(self, rule: Rule) -> Rule:
        """A ``-w`` rule read as path or dir, as auditctl's stat of the path decides."""
        watch = rule.value("watch")
        if watch is None:
            return rule
        return with_watch_as(rule, "dir" if self.host.paths.stat_is_dir(str(watch)) else "path")

    def tree_roots(self, place: Place) -> Tuple[Tuple[Location, ...], Dict[str, Location]]:
        """The places a directory rule tags, and of these the mounts that may be younger than the rule."""
        roots: List[Location] = [(place.device, place.path)]
        unsure: Dict[str, Location] = {}
        for mount in self.host.paths.mounts() or ():
            if not is_below(mount.point, place.real) or mount.point == place.real:
                continue
            root = (mount.device, mount.root)
            if mount.since_rules == "after" or root in roots:
                continue
            roots.append(root)
            if self.load.live and mount.since_rules is None:
                unsure[mount.point] = root
        return tuple(roots), unsure

    def events_of(self, rank: int) -> Any:
        """Equal for rules that let the same events through."""
        found = self._events.get(rank)
        if found is None:
            box = self.exit[rank].box
            events = None if box is None else (box.calls, frozenset(box.dims.items()))
            found = self._events[rank] = self._numbers.setdefault(events, len(self._numbers))
        return found

    def kind_of(self, thing: Thing) -> int:
        """A number for things that lie alike and have alike rules, whatever the requirement is."""
        found = self._kinds.get(thing)
        if found is None:
            if self._every_tree is None:
                self._every_tree = Trees(ranked.tree for ranked in self.exit if ranked.tree is not None)
            rules = []
            for place in (thing.location, thing.inode, thing.above):
                known = self.paths.get(place, ())
                watches = list(dict.fromkeys(path.watch for path in known))
                rules.append(
                    tuple(
                        (
                            self.events_of(path.rank),
                            self.exit[path.rank].always,
                            path.prepend,
                            path.fixed,
                            watches.index(path.watch),
                        )
                        for path in known
                    )
                )
            single = None if thing.inode == thing.location and not rules[2] else thing
            lies = tuple(self._every_tree.at(thing.location)), tuple(self._every_tree.at(thing.above))
            entry = thing.entry
            kind = entry is not None and (entry.type == "dir", entry.runs), thing.link, thing.location[0]
            key = (tuple(rules), single, lies, kind, self.host.paths.mount_of(thing.shown))
            found = self._kinds[thing] = self._numbers.setdefault(key, len(self._numbers))
        return found

    def relevant(self, box: Box) -> List[Ranked]:
        """The exit rules that some event of the box can meet."""
        if not self.attributes:
            return [each for each in self.exit if each.box is not None and share_events(each.box, box)]
        found = []
        for each in self.exit:
            boxes = (verdicts.boxes[each.rank] for verdicts in self.verdicts)
            if any(mine is not None and share_events(mine, box) for mine in boxes):
                found.append(each)
        return found


def _needs_a_call(rule: Rule) -> bool:
    """Does a rule of the task list ask for what only a call has? There is none at the fork, so it never matches.

    audit_filter_task (kernel/auditsc.c) has no context; most such fields auditctl refuses there, arch it takes.
    """
    return rule.list == "task" and any(isinstance(c, Field) and c.name in _OF_CALLS for c in rule.conditions)


def _unclear(rule: Rule) -> str:
    """What a listing does not tell of a rule: a watch may be a never rule; early versions print exe!= as exe=."""
    return (
        "whether {0} means what it says: `auditctl -l` prints a never rule on a path as a watch, and early versions "
        "print exe!= as exe=; read the kernel's own list as root".format(rule.origin.text or rule.origin)
    )


def _without_exe(rule: Rule) -> Tuple[Condition, ...]:
    return tuple(c for c in rule.conditions if not (isinstance(c, Field) and c.name == "exe"))


def why_dead(kind: str, text: str, place: Place, mounted: bool) -> str:
    """Why a loaded rule on this path can match nothing on this host, or an empty string.

    ``mounted``: something is mounted on the path itself.
    """
    if kind == "path" and mounted:
        return (
            "something is mounted on {0}: a path rule stays with what lies beneath the mount; "
            "watch the mounted file by its own path, or the directory that holds {0}".format(text)
        )
    if kind == "dir" and place.symlinked:
        return (
            "{0} is a symbolic link: a directory rule does not follow it and never fires; "
            "name the directory it leads to".format(text)
        )
    return ""
