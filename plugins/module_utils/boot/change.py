# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audit's boot parameters from what they are to what they are to be: planned, written, read back, or all put back."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.boot import entries, families, programs, words
from ansible_collections.auditops.trail.plugins.module_utils.boot.families import NotSupported, Plan
from ansible_collections.auditops.trail.plugins.module_utils.deploy import diffs, files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot, boot_source
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
KIND = "boot"
"""Of the records in the state folder."""
KEPT = 5
"""How many of them."""
MOST_BACKLOG = 0xFFFFFFFF
"""What kstrtouint takes (audit_backlog_limit_set of kernel/audit.c)."""


class Outcome(NamedTuple):
    """What has become of it.

    ``running`` and ``configured`` hold ``audit`` and ``backlog_limit`` (0: not given; null: not known). ``files`` are
    those that differ, with what they were and are. ``not_supported`` holds ``loader`` and ``what_to_do``.
    """

    changed: bool
    loader: Optional[str]
    running: Plain
    configured: Plain
    files: Dict[str, Tuple[str, str]] = {}
    reboot_required: bool = False
    not_supported: Optional[Plain] = None
    backup: Optional[str] = None


def apply(
    context: Context,
    audit: Optional[bool],
    backlog_limit: Optional[int],
    store: Store,
    check: bool = False,
    runner: programs.Runner = programs.run,
) -> Outcome:
    """Make each entry of the boot loader what is wanted.

    Args:
        context: Through what the host is looked at.
        audit: True for ``audit=1``; False for no ``audit=`` at all; None leaves it alone.
        backlog_limit: For ``audit_backlog_limit=``; 0 for none of it; None leaves it alone.
        store: Where the files' former content is kept.
        check: Change nothing, and tell what would become of it.
        runner: Runs the loader's programs.

    Raises:
        TrailError: it cannot be done, or what is read back is something else; all is as it was then.
    """
    if backlog_limit is not None and not 0 <= backlog_limit <= MOST_BACKLOG:
        raise TrailError(
            "audit_backlog_limit cannot be {0}".format(backlog_limit),
            remedy="give a number from 0 to {0}.".format(MOST_BACKLOG),
        )
    parameters = words.wanted(audit, backlog_limit)
    found = boot.collect(context, {})
    right = _holds(found, audit, backlog_limit)
    told = Outcome(False, found["loader"], _short(found["running"]), _short(found["configured"]))
    told = told._replace(reboot_required=_differs(told.running, audit, backlog_limit))
    try:
        plan = families.plan(context, found, parameters) if parameters else Plan()
    except NotSupported as refused:
        if right:
            return told
        return told._replace(
            reboot_required=False, not_supported={"loader": found["loader"], "what_to_do": refused.what_to_do}
        )
    if not plan.changes and not plan.foretold and (right or not parameters):
        return told
    if check:
        foretold = dict(plan.foretold, **plan.changes)
        return told._replace(
            changed=True,
            configured=dict(told.configured, **_values(audit, backlog_limit)),
            files=_differing(context, foretold),
        )
    step = _Step(context, plan, store, runner)
    step.run(lambda: _prove(context, audit, backlog_limit))
    return told._replace(
        changed=True, configured=_short(boot.collect(context, {})["configured"]), files=step.changed, backup=step.backup
    )


def _short(part: Optional[Plain]) -> Plain:
    return {name: None if part is None else part[name] for name in ("audit", "backlog_limit")}


def _values(audit: Optional[bool], backlog_limit: Optional[int]) -> Plain:
    values = {"audit": audit, "backlog_limit": backlog_limit}
    return {name: value for name, value in values.items() if value is not None}


def _differs(part: Plain, audit: Optional[bool], backlog_limit: Optional[int]) -> bool:
    return any(part[name] != value for name, value in _values(audit, backlog_limit).items())


def _holds(found: Plain, audit: Optional[bool], backlog_limit: Optional[int]) -> bool:
    """Whether every entry has it, and the next update of the loader keeps it.

    The posture's own word on all entries is the least of them, so each one is looked at where a parameter has to be
    gone or of one value.
    """
    configured = found["configured"]
    if _differs(configured, audit, backlog_limit) or configured["sources"] is None:
        return False
    if configured["next"] is not None and _differs(configured["next"], audit, backlog_limit):
        return False
    return not _wrong(found, audit, backlog_limit)


def _wrong(found: Plain, audit: Optional[bool], backlog_limit: Optional[int]) -> List[Plain]:
    """The entries, and the settings that make the next ones, that have something else."""
    sources = [one for one in found["configured"]["sources"] or () if one["kind"] == boot_source.ENTRY]
    return [one for one in sources if _differs(one, audit, backlog_limit)]


def _prove(context: Context, audit: Optional[bool], backlog_limit: Optional[int]) -> None:
    """Read it all back.

    Raises:
        TrailError: an entry, or the next update of the loader, says something else.
    """
    found = boot.collect(context, {})
    if _holds(found, audit, backlog_limit):
        return
    wrong = _wrong(found, audit, backlog_limit)
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


class _Step:
    """The change itself, undone where any of it fails."""

    def __init__(self, context: Context, plan: Plan, store: Store, runner: programs.Runner) -> None:
        self.changed: Dict[str, Tuple[str, str]] = {}
        self.backup: Optional[str] = None
        self._context = context
        self._plan = plan
        self._store = store
        self._runner = runner
        self._kept: Dict[str, Kept] = {}
        self._staged: Dict[str, str] = {}

    def run(self, prove: Callable[[], None]) -> None:
        """Do it, and have it proven; or raise, with everything put back."""
        paths = list(dict.fromkeys(list(self._plan.changes) + list(self._plan.written)))
        with self._store.lock():
            self._kept = {path: files.look(self._context.path(path)) for path in paths}
            self.backup = self._store.keep(KIND, {kept.path: kept for kept in self._kept.values()})
            self._store.prune(KIND, KEPT)
            try:
                self._do()
                prove()
            except BaseException as error:
                failed = self._undo()
                if failed and isinstance(error, TrailError):
                    message = "{0}; and this could not be put back: {1}".format(error.message, "; ".join(failed))
                    raise TrailError(message, error.file, error.line, error.remedy) from error
                raise
        for path in paths:
            before, after = diffs.text(self._kept[path].data), diffs.text(files.look(self._context.path(path)).data)
            if before != after:
                self.changed[path] = (before, after)

    def _do(self) -> None:
        # A full disk is met here, before anything has changed.
        for path, text in self._plan.changes.items():
            place = self._context.path(path)
            for left in files.leftovers(place):
                files.discard(left)
            self._staged[path] = files.stage(place, text.encode("utf-8", "surrogateescape"), _model(self._kept[path]))
        for command in self._plan.first:
            programs.demand(self._runner, command)
        if self._plan.first:
            self._refuse_damage()
        for path, staged in self._staged.items():
            files.put(staged, self._context.path(path))
        for command in self._plan.then:
            programs.demand(self._runner, command)

    def _refuse_damage(self) -> None:
        """A program that edits entries must leave all other parameters as they were."""
        places = [path for path in self._plan.written if path.endswith(".conf")]
        before = {path: diffs.text(self._kept[path].data) for path in places}
        after = {path: diffs.text(files.look(self._context.path(path)).data) for path in places}
        damaged = entries.damaged(before, after)
        if damaged:
            raise TrailError(
                "{0} has changed more than audit's parameters in this entry".format(self._plan.first[0][0]),
                damaged[0],
                remedy="change the options line by hand, and report this.",
            )

    def _undo(self) -> List[str]:
        """What could not be put back, as texts."""
        failed = []
        for staged in self._staged.values():
            files.discard(staged)
        for kept in self._kept.values():
            try:
                files.restore(kept)
            except TrailError as error:
                failed.append(str(error))
        return failed


def _model(kept: Kept) -> Kept:
    """A file that is made new can be read by everyone, as a package's would be: it holds no secret of ours."""
    return kept._replace(data=b"", mode=0o644) if kept.absent else kept
