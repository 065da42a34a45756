# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's audit settings from what they are to what they are to be, with the disk in step, or not at all."""

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import change, files, switched_off
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings import deployed
from ansible_collections.auditops.trail.plugins.module_utils.settings.disk import Plan
from ansible_collections.auditops.trail.plugins.module_utils.settings.running import LOCKED, Settings, recover

FAILURE = {"silent": 0, "printk": 1, "panic": 2}
"""The words of auditctl(8) for -f."""

MOST = 0xFFFFFFFF
"""The largest number that struct audit_status (include/uapi/linux/audit.h) holds."""
_WAY_OUT = (
    "to have it from the next boot on, run this with persist true and on_immutable defer, and reboot; until then "
    "nothing can change it."
)


class Request(NamedTuple):
    """What is wanted.

    ``values`` are by name (enabled, failure, rate_limit, backlog_limit, backlog_wait_time). ``on_immutable`` is defer
    or fail. ``unless_deployed`` names those that are left alone where a file that audit_rules deploys sets them.
    """

    values: Dict[str, int] = {}
    reset_lost: bool = False
    persist: bool = True
    on_immutable: str = "defer"
    unless_deployed: Tuple[str, ...] = ()


class Outcome(NamedTuple):
    """What has become of it.

    ``lost`` is what was lost until the reset, in records, None where no reset was asked for. ``files`` holds of each
    file that was written what it was and what it is. ``backup`` names the record with what it was. ``left`` names the
    settings that were left to audit_rules. ``recovered`` tells of an interrupted run (deploy/change.py).
    """

    changed: bool
    before: Status
    after: Status
    lost: Optional[int] = None
    reboot_required: bool = False
    persisted: Tuple[Dict[str, Any], ...] = ()
    files: Dict[str, Tuple[Optional[bytes], bytes]] = {}
    backup: Optional[str] = None
    left: Tuple[str, ...] = ()
    recovered: Optional[Dict[str, Any]] = None
    warnings: Tuple[str, ...] = ()


class _Work(NamedTuple):
    """What has to be done: ``values`` in the kernel, ``written`` on disk, ``reset`` of the counter."""

    before: Status
    values: Dict[str, int]
    written: Plan
    reset: bool
    deferred: bool


def checked(values: Mapping[str, int]) -> Dict[str, int]:
    """The values, each of which fits into the kernel's status.

    Raises:
        TrailError: one does not.
    """
    for name, value in values.items():
        if not 0 <= value <= MOST:
            raise TrailError(
                "{0} cannot be {1}".format(name, value), remedy="give a number from 0 to {0}.".format(MOST)
            )
    return dict(values)


def apply(
    request: Request,
    running: Any,
    plan: Callable[[], Plan],
    store: Store,
    check: bool = False,
    step: Optional[Step] = None,
    rules_kernel: Any = None,
) -> Outcome:
    """Make kernel and disk what the request says.

    Args:
        request: What is wanted.
        running: The kernel: LiveKernel, or another with its methods.
        plan: Gives what has to be written for the next boot (settings/disk.py); asked for only where that matters.
        store: Where the files' former content is kept.
        check: Change nothing, and tell what would become of it.
        step: Called with the name of each step before it is taken.
        rules_kernel: The kernel's side (deploy/kernel_side.py) by which an interrupted change of rules is brought to
            its end; this host's.

    Raises:
        TrailError: it cannot be done; all is as it was then, and the error says what is not.
    """
    interrupted = deployed.interrupted(store)
    if check or not interrupted:
        work = _work(request, running, plan, store)
        if check:
            return _foretold(request, work, interrupted)
        if not work.written.changes:
            return _done(request, work, running, store, step)
    # From here on nobody else changes what the plan is made of.
    with store.lock():
        warnings = deployed.recover(store, rules_kernel, step)
        recovered = recover(store, running, step)
        done = _done(request, _work(request, running, plan, store), running, store, step)
    warnings += (recovered["text"],) if recovered is not None else ()
    return done._replace(changed=done.changed or bool(warnings), recovered=recovered, warnings=warnings + done.warnings)


def _work(request: Request, running: Any, plan: Callable[[], Plan], store: Store) -> _Work:
    """What is to be done; refused where it cannot be."""
    before = running.read()
    written = Plan()
    closed = running.off is not None or before.enabled == LOCKED
    if request.values and (request.persist or request.unless_deployed or closed):
        written = plan()
    asked = {name: value for name, value in request.values.items() if name not in written.left}
    differing = asked if running.off is not None else _differing(asked, before)
    locked = closed and bool(differing)
    if locked and request.on_immutable == "fail":
        raise _immutable(differing, before, running.off, "")
    if locked and not request.persist and written.changes:
        more = ", and with persist false nothing would change it at the next boot either"
        raise _immutable(differing, before, running.off, more)
    if not request.persist:
        written = Plan(left=written.left)
    if written.changes:
        deployed.refuse_pending(store)
    reset = request.reset_lost and bool(before.lost)
    return _Work(before, {} if locked else differing, written, reset, locked)


def _done(request: Request, work: _Work, running: Any, store: Store, step: Optional[Step]) -> Outcome:
    beside = Settings(running, work.values, work.before._asdict(), work.reset)
    lost = (work.before.lost or 0) if request.reset_lost else None
    if not work.written.changes:
        beside.alone()
        return _outcome(request, work, running.read(), lost if beside.lost is None else beside.lost)
    after = {path: files.with_content(files.look(path), data) for path, data in work.written.changes.items()}
    made = change.carry_out(store, change.SETTINGS, after, beside, (), beside.about(), step)
    done = _outcome(request, work, running.read(), lost if beside.lost is None else beside.lost)
    changed = {path: (made.before[path].data, data) for path, data in work.written.changes.items()}
    return done._replace(files=changed, backup=made.id)


def _foretold(request: Request, work: _Work, interrupted: Tuple[str, ...]) -> Outcome:
    after = work.before._replace(lost=0 if work.reset else work.before.lost, **work.values)
    outcome = _outcome(request, work, after, (work.before.lost or 0) if request.reset_lost else None)
    return outcome._replace(
        changed=outcome.changed or bool(interrupted),
        files={path: (files.look(path).data, data) for path, data in work.written.changes.items()},
        warnings=interrupted + outcome.warnings,
    )


def _outcome(request: Request, work: _Work, after: Status, lost: Optional[int]) -> Outcome:
    return Outcome(
        changed=bool(work.values or work.written.changes or work.reset),
        before=work.before,
        after=after,
        lost=lost,
        reboot_required=work.deferred,
        persisted=work.written.persisted,
        left=work.written.left,
        warnings=work.written.warnings,
    )


def _differing(values: Mapping[str, int], before: Status) -> Dict[str, int]:
    unknown = [name for name in values if getattr(before, name) is None]
    if unknown:
        raise TrailError(
            "this kernel has no {0}".format(", ".join(unknown)),
            remedy="leave it out on this host, or boot a newer one.",
        )
    return {name: value for name, value in values.items() if getattr(before, name) != value}


def _immutable(differing: Mapping[str, int], before: Status, off: Optional[str], more: str) -> TrailError:
    if off is not None:
        return TrailError("{0}{1}".format(off, more), remedy=switched_off.REMEDY)
    told = ", ".join("{0} is {1}".format(name, getattr(before, name)) for name in differing)
    return TrailError(
        "the audit system is immutable until the next boot (enabled is 2): {0}, and stays so{1}.".format(told, more),
        remedy=_WAY_OUT,
    )
