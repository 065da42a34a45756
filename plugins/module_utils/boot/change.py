# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit's boot parameters from what they are to what they are to be: planned, written, read back, or all put back.

A run that was killed is finished by the next one, and not undone: what a boot loader's program had begun to write may
name kernels by now that were not there before. Only the files that this module writes itself are put back, and all is
planned anew.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.boot import entries, families, in_force, programs, words
from ansible_collections.auditops.trail.plugins.module_utils.boot.families import NotSupported, Plan
from ansible_collections.auditops.trail.plugins.module_utils.deploy import change, diffs, files, recovery
from ansible_collections.auditops.trail.plugins.module_utils.deploy.change import Beside, Journal
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot, boot_parameters, boot_source
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
MOST_BACKLOG = 0xFFFFFFFF
"""What kstrtouint takes (audit_backlog_limit_set of kernel/audit.c)."""


class Outcome(NamedTuple):
    """What has become of it.

    ``running`` and ``configured`` hold ``audit`` and ``backlog_limit`` (0: not given; null: not known). ``files`` are
    those that differ, with what they were and are. ``not_supported`` holds ``loader`` and ``what_to_do``.
    ``recovered`` tells of an interrupted run (deploy/change.py).
    """

    changed: bool
    loader: Optional[str]
    running: Plain
    configured: Plain
    files: Dict[str, Tuple[str, str]] = {}
    reboot_required: bool = False
    not_supported: Optional[Plain] = None
    backup: Optional[str] = None
    recovered: Optional[Plain] = None
    warnings: Tuple[str, ...] = ()


class Asked(NamedTuple):
    """What is wanted: ``audit`` True for ``audit=1``, False for no ``audit=`` at all; ``backlog_limit`` for
    ``audit_backlog_limit=``, 0 for none of it. None leaves the one or the other alone."""

    audit: Optional[bool]
    backlog_limit: Optional[int]

    def values(self) -> Plain:
        """What is asked for, by name."""
        return {name: value for name, value in self._asdict().items() if value is not None}

    def differs(self, part: Plain) -> bool:
        """Whether a part of the posture says something else."""
        return any(part[name] != value for name, value in self.values().items())


def apply(
    context: Context,
    audit: Optional[bool],
    backlog_limit: Optional[int],
    store: Store,
    check: bool = False,
    runner: programs.Runner = programs.run,
    step: Optional[Step] = None,
) -> Outcome:
    """Make each entry of the boot loader what is wanted.

    Args:
        context: Through what the host is looked at.
        audit: See :class:`Asked`.
        backlog_limit: The same.
        store: Where the files' former content is kept.
        check: Change nothing, and tell what would become of it.
        runner: Runs the loader's programs.
        step: Called with the name of each step before it is taken.

    Raises:
        TrailError: it cannot be done, or what is read back is something else; all is as it was then.
    """
    if backlog_limit is not None and not 0 <= backlog_limit <= MOST_BACKLOG:
        raise TrailError(
            "audit_backlog_limit cannot be {0}".format(backlog_limit),
            remedy="give a number from 0 to {0}.".format(MOST_BACKLOG),
        )
    asked = Asked(audit, backlog_limit)
    left = change.left(store, change.BOOT)
    if check or left is None:
        told, plan = _planned(context, asked, False)
        if check:
            foretold = _foretold(context, asked, told, plan)
            if left is not None:
                text = change.interrupted(store, left, "finish")
                foretold = foretold._replace(changed=True, warnings=(text,))
            return _judged(foretold, asked, context, store, True)
        if plan is None:
            return _judged(told, asked, context, store, False)
    with store.lock():
        left = change.left(store, change.BOOT)
        recovered = None
        if left is not None:
            recovered, asked = _taken_up(store, left, asked, step)
        told, plan = _planned(context, asked, left is not None)
        try:
            if plan is not None:
                told = _carried_out(context, asked, told, plan, store, runner, step)
        except BaseException:
            if left is not None:  # what that one left is still to be finished
                change.save(store, left)
            raise
        if left is not None and recovered is not None:
            change.close(store, left)
            told = told._replace(changed=True, recovered=recovered, warnings=(recovered["text"],))
        return _judged(told, asked, context, store, False)


def _judged(outcome: Outcome, asked: Asked, context: Context, store: Store, check: bool) -> Outcome:
    judged: Outcome = in_force.judged(outcome, asked, context, store, check)
    return judged


def _planned(context: Context, asked: Asked, anew: bool) -> Tuple[Outcome, Optional[Plan]]:
    """How it is, and what has to be done; None where it is nothing. ``anew``: also what seems to be right is made."""
    parameters = words.wanted(asked.audit, asked.backlog_limit)
    found = boot.collect(context, {})
    right = _holds(found, asked)
    told = Outcome(False, found["loader"], _short(found["running"]), _short(found["configured"]))
    told = told._replace(reboot_required=asked.differs(told.running) or _is_off(found, asked))
    try:
        plan = families.plan(context, found, parameters) if parameters else Plan()
    except NotSupported as refused:
        if not right:
            not_supported = {"loader": found["loader"], "what_to_do": refused.what_to_do}
            told = told._replace(reboot_required=False, not_supported=not_supported)
        return told, None
    if anew:
        return told, plan if plan != Plan() else None
    todo = plan.changes or plan.foretold or (parameters and not right)
    return told, plan if todo else None


def _foretold(context: Context, asked: Asked, told: Outcome, plan: Optional[Plan]) -> Outcome:
    if plan is None:
        return told
    return told._replace(
        changed=True,
        configured=dict(told.configured, **asked.values()),
        files=_differing(context, dict(plan.foretold, **plan.changes)),
    )


def _taken_up(store: Store, found: Journal, asked: Asked, step: Optional[Step]) -> Tuple[Plain, Asked]:
    """What a killed run left: the files that it wrote itself put back, and what it was asked for asked for again.

    Its journal stays until the change that follows has one of its own.
    """
    at = change.last_step(store, found)
    own = {path: kept for path, kept in found.before.items() if path in found.after}
    aside = change.put_files(store, found, own, step or (lambda name: None))
    return change.told(found, at, recovery.FINISHED, aside), Asked(**dict(found.about, **asked.values()))


def _carried_out(
    context: Context,
    asked: Asked,
    told: Outcome,
    plan: Plan,
    store: Store,
    runner: programs.Runner,
    step: Optional[Step],
) -> Outcome:
    places = {context.path(path): path for path in list(plan.changes) + list(plan.written)}
    after = {}
    for path, text in plan.changes.items():
        place = context.path(path)
        # One that is made new can be read by everyone, as a package's would be: it holds no secret of ours.
        after[place] = files.with_content(files.look(place), text.encode("utf-8", "surrogateescape"), 0o644)
    beside = _Programs(context, asked, plan, runner)
    written = [context.path(path) for path in plan.written]
    made = change.carry_out(store, change.BOOT, after, beside, written, dict(asked._asdict()), step)
    changed = {}
    for place, kept in made.before.items():
        before, now = diffs.text(kept.data), diffs.text(files.look(place).data)
        if before != now:
            changed[places[place]] = (before, now)
    return told._replace(changed=True, configured=_short(beside.found["configured"]), files=changed, backup=made.id)


def _short(part: Optional[Plain]) -> Plain:
    return {name: None if part is None else part[name] for name in ("audit", "backlog_limit")}


def _is_off(found: Plain, asked: Asked) -> bool:
    """Whether no ``audit=`` is asked for, and the kernel was started with one that no daemon can take back."""
    return asked.audit is False and boot_parameters.off((found["running"] or {}).get("parameters", ())) is not None


def _holds(found: Plain, asked: Asked) -> bool:
    """Whether every entry has it, and the next update of the loader keeps it.

    The posture's own word on all entries is the least of them, so each one is looked at where a parameter has to be
    gone or of one value.
    """
    configured = found["configured"]
    if asked.differs(configured) or configured["sources"] is None:
        return False
    if configured["next"] is not None and asked.differs(configured["next"]):
        return False
    return not _wrong(found, asked)


def _wrong(found: Plain, asked: Asked) -> List[Plain]:
    """The entries, and the settings that make the next ones, that have something else."""
    sources = [one for one in found["configured"]["sources"] or () if one["kind"] == boot_source.ENTRY]
    return [one for one in sources if asked.differs(one)]


def _prove(context: Context, asked: Asked) -> Plain:
    """What is configured now, read back.

    Raises:
        TrailError: an entry, or the next update of the loader, says something else.
    """
    found = boot.collect(context, {})
    if _holds(found, asked):
        return found
    wrong = _wrong(found, asked)
    if wrong:
        first = wrong[0]
        raise TrailError(
            "the entry {0} still has audit {1} and audit_backlog_limit {2}, whatever the loader's settings say".format(
                first["title"] or "", "on" if first["audit"] else "off", first["backlog_limit"]
            ),
            first["file"],
            first["line"],
            "see where this entry comes from, and change it there.",
        )
    raise TrailError(
        "after the change the loader's files do not show it: {0}".format(
            "; ".join(found["not_seen"]) or "the next update of the loader would drop it"
        ),
        remedy="look at /etc/default/grub, /etc/kernel/cmdline and what the loader's update makes of them.",
    )


def _differing(context: Context, foretold: Dict[str, str]) -> Dict[str, Tuple[str, str]]:
    before = {path: diffs.text(files.look(context.path(path)).data) for path in foretold}
    return {path: (before[path], text) for path, text in foretold.items() if before[path] != text}


class _Programs(Beside):
    """The loader's programs, and the proof of what came of it all."""

    def __init__(self, context: Context, asked: Asked, plan: Plan, runner: programs.Runner) -> None:
        self._context = context
        self._asked = asked
        self._plan = plan
        self._runner = runner
        self.found: Plain = {}
        """What is configured when all is done."""

    def first(self, note: Step) -> None:
        """Those that edit entries, before the files that they spoil are put in place."""
        if not self._plan.first:
            return
        before = self._entries()
        for command in self._plan.first:
            note("run {0}".format(command[0]))
            programs.demand(self._runner, command)
        damaged = entries.damaged(before, self._entries())
        if damaged:
            raise TrailError(
                "{0} has changed more than audit's parameters in this entry".format(self._plan.first[0][0]),
                damaged[0],
                remedy="change the options line by hand, and report this.",
            )

    def then(self, note: Step) -> None:
        """Those that make a menu of the files; all is read back after them."""
        for command in self._plan.then:
            note("run {0}".format(command[0]))
            programs.demand(self._runner, command)
        note("read it back")
        self.found = _prove(self._context, self._asked)

    def _entries(self) -> Dict[str, str]:
        places = [path for path in self._plan.written if path.endswith(".conf")]
        return {path: diffs.text(files.look(self._context.path(path)).data) for path in places}
