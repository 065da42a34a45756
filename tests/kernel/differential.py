# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The same question put to the solver and to the kernel.

The kernel answers by doing: an event belongs to a requirement when the
requirement's own rule, alone in the kernel, records it; it is recorded under a
rule set when that rule set, loaded, records it.
"""

import os
import stat
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.coverage import shapes
from ansible_collections.auditops.trail.plugins.module_utils.coverage.case import Case
from ansible_collections.auditops.trail.plugins.module_utils.coverage.explain import counterexample
from ansible_collections.auditops.trail.plugins.module_utils.coverage.result import Coverage
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Host, Solver
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.tests.kernel import events
from ansible_collections.auditops.trail.tests.kernel.control import LoadRefused
from ansible_collections.auditops.trail.tests.kernel.drawing import TREE, Trial, palette, smaller
from ansible_collections.auditops.trail.tests.kernel.events import Event
from ansible_collections.auditops.trail.tests.kernel.scratch import DIR, FILE, Node, Tree
from ansible_collections.auditops.trail.tests.kernel.trial import Bench, Outcome

_OPEN_FLAGS = {"r": events.O_RDONLY, "w": events.O_WRONLY, "rw": events.O_RDWR}
_FAILING = {"adjtimex": ("i0",), "settimeofday": ("i1", "i0"), "setgid": ("i0",)}
"""Arguments with which an ordinary user's call without an object fails."""
_NO_BUFFER = {
    "readlink": lambda path: ("s" + path, "i1", "i256"),
    "readlinkat": lambda path: ("i-100", "s" + path, "i1", "i256"),
    "lstat": lambda path: ("s" + path, "i1"),
}
"""How a call that anybody may make of a link fails once it has found it (EFAULT)."""
_NEW_NAME = {
    "link": shapes.LINK,
    "linkat": shapes.LINK,
    "mkdir": shapes.CREATE,
    "mkdirat": shapes.CREATE,
    "mknod": shapes.CREATE,
    "mknodat": shapes.CREATE,
}
"""Calls whose last name must not exist yet, where the event leaves the names open."""
_OF_SOCKETS = frozenset(("bind", "connect", "sendto", "sendmsg", "sendmmsg", "socketcall"))
"""Their names are in tests/kernel/test_facts_of_others.py."""
_SAMPLES = 6


class Answer(NamedTuple):
    """The solver's side: its answer, and events that it says are recorded."""

    coverage: Coverage
    samples: Tuple[Dict[str, Any], ...]
    reopened: bool = False
    """Are there more, which on tmpfs cannot be made?"""


class Finding(NamedTuple):
    """A disagreement: what the solver says, and the event with which the kernel disagrees."""

    trial: Trial
    coverage: Coverage
    what: str
    event: Optional[Event]

    def __str__(self) -> str:
        return "\n".join(
            ["the solver and the kernel disagree: " + self.what, "requirement: " + self.trial.requirement]
            + ["rule:        " + rule for rule in self.trial.rules]
            + ["outcome:     {0}".format(self.coverage.outcome)]
            + ["shown:       {0}".format(self.coverage.counterexample), "event:       {0}".format(self.event)]
        )


class Unperformable(Exception):
    """The harness has no way to make an event happen as it is told."""


class Seen(NamedTuple):
    """What the kernel did with one event: recorded by the requirement alone, by the rules, and what it returned."""

    event: Event
    demanded: bool
    recorded: bool
    ret: int


def kernel_release() -> Tuple[int, ...]:
    """The running kernel's release as three numbers."""
    numbers = os.uname().release.split("-", 1)[0].split(".")
    return tuple(int(number) for number in numbers[:3])


def demands_nothing(coverage: Coverage) -> bool:
    """Does the solver say that no event can meet the requirement? (It asks for one: conditions or a link forbid it.)"""
    return coverage.outcome == "unknown" and coverage.missing[0].startswith("an event that")


def ask(bench: Bench, trial: Trial, dialect: Dialect) -> Answer:
    """The solver's answer for the scratch directory as it is now."""
    bench.scratch.reset(TREE)
    rules = []
    for number, line in enumerate(trial.rules, 1):
        statement = parse_line(line.replace("{}", bench.scratch.root), dialect, "trial.rules", number)
        rules.append(statement.rule)
    wanted = parse_line(trial.requirement.replace("{}", bench.scratch.root), dialect, "requirement", 1).rule
    paths = PathState.of_host()
    paths.collect(bench.path(name) for name in TREE)
    host = Host(
        machine="x86_64",
        kernel=kernel_release(),
        user_arches=("b64", "b32"),
        uid_min=1000,
        paths=paths,
        io_uring_disabled=2,
    )
    solver = Solver(Load(loaded=tuple(rules)), host)
    coverage = solver.judge(wanted)
    case = Case(solver.world.with_kind(wanted), solver.world, solver.overlay)
    samples = []
    reopened = False
    performable = solver.space.of_names(frozenset(events.CALLS))
    for box, scene in case.kept:
        if scene.shape == shapes.REOPEN:
            reopened = True
            continue  # from 6.12 on the parent is named or not, by what is cached; on tmpfs everything is
        calls = box.calls & performable
        event = counterexample(box._replace(calls=calls), scene, solver.space, host.uid_min) if calls else None
        if event is not None and len(samples) < _SAMPLES:
            samples.append(event)
    return Answer(coverage, tuple(samples), reopened)


def performed(bench: Bench, told: Dict[str, Any]) -> Tuple[Event, Tree]:
    """An event that the solver tells of, as the probe makes it, and the files that it needs.

    Raises:
        KeyError: The probe cannot make that call.
    """
    call, scene = str(told["syscall"]), told.get("scene")
    tree = dict(TREE)
    fails = told.get("exit") is not None and int(told["exit"]) < 0
    who = {"auid": int(told["auid"]), "abi": str(told["arch"])}
    who["uid"] = who["gid"] = 1000 if fails else 0
    paths: List[str] = []
    for role in ("object", "other"):
        if told.get(role):
            paths.append(str(told[role]))
    named = [os.path.relpath(path, bench.scratch.root) for path in paths]
    if not paths:
        named, paths = _somewhere(bench, call)
        tree["free"] = DIR
        scene = _NEW_NAME.get(call)
    flags = _OPEN_FLAGS.get(str(told.get("access")), 0) if call in ("open", "openat", "openat2") else 0
    if scene in (shapes.CREATE, shapes.REOPEN) and call in ("open", "openat", "openat2"):
        flags |= events.O_CREAT
    if scene == shapes.EXCHANGE:
        flags = events.RENAME_EXCHANGE
    for name in named:
        if os.path.basename(os.path.dirname(name)) == "any-directory":
            tree[os.path.dirname(name)] = DIR
    for index, name in enumerate(named):
        absent = (index == 0 and scene == shapes.CREATE) or (
            index == 1 and (scene == shapes.LINK or (scene == shapes.RENAME and not told.get("replaces")))
        )
        if absent:
            _remove(tree, name)
        elif index == 0 and told.get("filetype") == stat.S_IFDIR and name not in tree and not _alias(tree, name):
            tree[name] = DIR
        elif call in ("execve", "execveat") and tree.get(name, FILE).kind != "dir":
            node = tree.get(name, FILE)
            tree[node.target if node.kind == "hardlink" else name] = Node("program", mode=0o700 if fails else 0o755)
        elif (
            scene != shapes.PAIR and call in ("rmdir", "umount2", "mount", "chdir") and not (call == "rmdir" and fails)
        ):
            _remove(tree, name)
            tree[name] = Node("dir")
        elif name not in tree and not _alias(tree, name):
            tree[name] = FILE
        held = "d1/" + name.partition("/")[2] if _alias(tree, name) else name
        node = tree.get(held, DIR)
        held = node.target if node.kind == "hardlink" else held
        kind = tree.get(held, DIR).kind
        if fails and not absent and kind in ("file", "program"):
            # A hard link to a file of somebody else is refused with a record of its own (ANOM_LINK, fs/namei.c).
            owner = who["uid"] if call in ("link", "linkat") else 0
            tree[held] = Node(kind, mode=0o600 if kind == "file" else 0o700, uid=owner)
    if fails and scene == shapes.LINK and _real(tree, named[0]).kind in ("dir", "tmpfs", "bind"):
        who["uid"] = who["gid"] = 0  # a directory has no second name, whoever asks; to others it is ANOM_LINK
    if scene == shapes.EXEC:
        _run_by(bench, tree, named[0], told.get("run_by", ()), fails)
    if scene == shapes.PAIR:
        # MS_MOVE of what is no mount: EINVAL, once both paths are found.
        move = ("s" + paths[1], "s" + paths[0], "i0", "i8192", "i0")
        return Event(call, tuple(paths), 0, args=move, **who), tree
    if fails and scene in (shapes.RENAME, shapes.EXCHANGE) and len(named) > 1 and told.get("replaces"):
        if not all("/" in name for name in named):
            raise Unperformable("the scratch directory itself cannot refuse one of two names")
        _refuse_at_the_second(tree, named, who["uid"])
    if fails and call in _NO_BUFFER:
        return Event(call, tuple(paths), flags, args=_NO_BUFFER[call](paths[0]), **who), tree
    if call in ("symlink", "symlinkat"):
        paths = ["target"] + paths
    if call in _OF_SOCKETS:
        raise Unperformable("the probe makes no sockets")
    if call not in events.CALLS:
        raise KeyError(call)
    return Event(call, tuple(paths), flags, args=_FAILING.get(call) if fails else None, **who), tree


def _run_by(bench: Bench, tree: Tree, name: str, runs: Sequence[str], fails: bool) -> None:
    """Let the program at a name be run by another: by one of the tree, or by any.

    A call that fails does so at what runs the program: by then both are named.
    """
    mode = 0o700 if fails else 0o755
    inside = [path for path in runs if path.startswith(bench.scratch.root + "/")]
    if not runs or not inside and tree.get(name, FILE).kind == "program" and name in TREE:
        return
    if not inside:
        tree.update({"free": DIR, "free/run": Node("program", mode=mode)})
    interpreter = inside[0] if inside else bench.path("free/run")
    held = os.path.relpath(interpreter, bench.scratch.root)
    held = "d1/" + held.partition("/")[2] if _alias(tree, held) else held
    held = tree[held].target if held in tree and tree[held].kind == "hardlink" else held
    if tree.get(held, FILE).kind != "dir":
        tree[held] = Node("program", mode=mode)
    tree[name] = Node("script", interpreter, mode=0o755)


def _refuse_at_the_second(tree: Tree, named: List[str], uid: int) -> None:
    """Let a rename fail when it comes to the object that it would replace.

    Without write permission for the directory it fails at the first object and
    names no second (may_delete in fs/namei.c). In a sticky directory that
    anybody may write to, one may move what is one's own and not replace what is not.
    """
    for name, owner in zip(named, (uid, 0)):
        real = "d1/" + name.partition("/")[2] if _alias(tree, name) else name
        parent = real.rpartition("/")[0]
        if tree.get(parent, FILE).kind == "dir":
            tree[parent] = tree[parent]._replace(mode=0o1777)
        node = tree.get(real, FILE)
        real = node.target if node.kind == "hardlink" else real
        if real in tree:
            tree[real] = tree[real]._replace(uid=owner)


def _somewhere(bench: Bench, call: str) -> Tuple[List[str], List[str]]:
    """Names for a call of a requirement without an object: such that no rule of a trial singles out."""
    if call not in shapes.NAMING:
        return [], []
    two = call in events_with_two_names()
    named = ["free/one", "free/two"][: 2 if two else 1]
    return named, [bench.path(name) for name in named]


def events_with_two_names() -> frozenset:
    return shapes.CALLS_OF_SHAPE[shapes.RENAME] | shapes.CALLS_OF_SHAPE[shapes.LINK]


def _alias(tree: Tree, name: str) -> bool:
    """Is the name inside a symlinked or bound directory, where the tree has the file under another name?"""
    first, _slash, rest = name.partition("/")
    return first in ("l", "m") and "d1/" + rest in tree


def _real(tree: Tree, name: str) -> Node:
    """The node at a name, through symlinked and bound directories; a missing one is a file."""
    return tree.get("d1/" + name.partition("/")[2] if _alias(tree, name) else name, FILE)


def _remove(tree: Tree, name: str) -> None:
    """Take a name out, with everything that stands in it; what links to it becomes a file of its own."""
    first, _slash, rest = name.partition("/")
    if first in ("l", "m"):
        name = "d1/" + rest
    for other, node in list(tree.items()):
        if other == name or other.startswith(name + "/") or (node.kind == "bind" and node.target == name):
            del tree[other]
        elif node.kind == "hardlink" and (node.target == name or node.target.startswith(name + "/")):
            tree[other] = FILE


def compare(bench: Bench, trial: Trial, dialect: Dialect) -> Tuple[Answer, List[Finding]]:
    """Put one trial to both sides: the solver's answer and every disagreement."""
    answer = ask(bench, trial, dialect)
    coverage = answer.coverage
    findings: List[Finding] = []
    own = (trial.requirement.replace("{}", bench.scratch.root),)
    rules = [rule.replace("{}", bench.scratch.root) for rule in trial.rules]
    by_object = "{}" in trial.requirement

    def wrong(what: str, event: Optional[Event]) -> None:
        findings.append(Finding(trial, coverage, what, event))

    def both(tree: Tree, wanted: List[Event]) -> List[Seen]:
        demanded = bench.trial(tree, own, wanted)
        got = bench.trial(tree, rules, wanted)
        return [Seen(d.event, _on_record(d, by_object), _on_record(g, by_object), d.ret) for d, g in zip(demanded, got)]

    nothing = demands_nothing(coverage)
    if coverage.outcome == "unknown" and not nothing:
        wrong("unknown inside the universe: {0}".format("; ".join(coverage.missing)), None)
    for event, demanded, recorded, _ret in both(TREE, palette(trial, bench.scratch.root)):
        if nothing and demanded:
            wrong("said to demand nothing, but this event is demanded", event)
        if coverage.outcome == "covered" and demanded and not recorded:
            wrong("covered, but this event is demanded and leaves no record", event)
        if coverage.outcome in ("uncovered", "defeated") and demanded and recorded and not _credited_elsewhere(event):
            wrong("{0}, but this event is demanded and recorded".format(coverage.outcome), event)

    def made(told: Dict[str, Any]) -> Iterator[Tuple[Event, bool, bool]]:
        """The event, made; nothing where it takes a directory away without which the rules cannot be loaded."""
        try:
            event, tree = performed(bench, told)
        except Unperformable:
            return
        names = [os.path.relpath(path, bench.scratch.root) for path in event.paths]
        names += ["d1/" + name.partition("/")[2] for name in names if _alias(TREE, name)]
        kinds = {files[name].kind for files in (TREE, tree) for name in names if name in files}
        with_directory = bool(kinds & {"dir", "tmpfs", "bind"}) or "l" in names
        try:
            found = both(tree, [event])
        except (LoadRefused, OSError):
            if not with_directory:
                raise
            return
        # What is done to a directory may not be possible here: the probe's calls are for files.
        if not (with_directory and told.get("exit") is not None and (found[0].ret < 0) != (int(told["exit"]) < 0)):
            yield found[0][:3]

    if coverage.counterexample is not None:
        for event, demanded, recorded in made(coverage.counterexample):
            if not demanded:
                wrong("the counterexample lies outside the requirement", event)
            if recorded:
                wrong("the counterexample leaves a record", event)
    elif coverage.outcome != "covered" and not nothing:
        wrong("no counterexample", None)
    for told in answer.samples:
        for event, demanded, recorded in made(told):
            if not demanded:
                wrong("a sampled event lies outside the requirement", event)
            elif not recorded:
                wrong("a sampled event, said to be recorded, leaves no record", event)
    if coverage.outcome == "partial" and not answer.samples and not answer.reopened:
        wrong("partial, but no event that is recorded", None)
    return answer, findings


def shrunk(bench: Bench, trial: Trial, dialect: Dialect) -> List[Finding]:
    """The findings of the smallest trial on which the two sides disagree, found by taking away part after part."""
    _answer, found = compare(bench, trial, dialect)
    again = True
    while again:
        again = False
        for less in smaller(trial):
            try:
                _answer, findings = compare(bench, less, dialect)
            except (LoadRefused, TrailError, KeyError):
                continue  # it is no trial any more
            if findings:
                trial, found, again = less, findings, True
                break
    return found


def _on_record(outcome: Outcome, by_object: bool) -> bool:
    """Recorded, as the design means it: with PATH records where the requirement names an object.

    The PATH record of a creation that failed names the directory, not the file that never was.
    """
    if outcome.recorded is None:
        return False
    return bool(outcome.recorded.names) if by_object and outcome.event.paths else True


def _credited_elsewhere(event: Event) -> bool:
    """A record owed to the other name of a two-name call does not count for an object (docs/reference/model.md)."""
    return len(event.paths) == 2
