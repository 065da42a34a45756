# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's audit settings from what they are to what they are to be, with the disk in step, or not at all."""

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, kernel_write
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status
from ansible_collections.auditops.trail.plugins.module_utils.settings.disk import Plan

KIND = "settings"
"""Of the records in the state folder."""
KEPT = 5
"""How many of them."""

FAILURE = {"silent": 0, "printk": 1, "panic": 2}
"""The words of auditctl(8) for -f."""

MOST = 0xFFFFFFFF
"""The largest number that struct audit_status (include/uapi/linux/audit.h) holds."""
_LOCKED = 2
_WAY_OUT = (
    "to have it from the next boot on, run this with persist true and on_immutable defer, and reboot; until then "
    "nothing can change it."
)


class Request(NamedTuple):
    """What is wanted.

    ``values`` are by name (enabled, failure, rate_limit, backlog_limit, backlog_wait_time). ``on_immutable`` is defer
    or fail.
    """

    values: Dict[str, int] = {}
    reset_lost: bool = False
    persist: bool = True
    on_immutable: str = "defer"


class Outcome(NamedTuple):
    """What has become of it.

    ``lost`` is what was lost until the reset, in records, None where no reset was asked for. ``files`` holds of each
    file that was written what it was and what it is. ``backup`` names the record with what it was.
    """

    changed: bool
    before: Status
    after: Status
    lost: Optional[int] = None
    reboot_required: bool = False
    persisted: Tuple[Dict[str, Any], ...] = ()
    files: Dict[str, Tuple[Optional[bytes], bytes]] = {}
    backup: Optional[str] = None
    warnings: Tuple[str, ...] = ()


class LiveKernel:
    """The running kernel, by netlink; tests have one of their own."""

    def read(self) -> Status:
        """The status as it is now."""
        return kernel.read_status()

    def set(self, values: Mapping[str, int]) -> None:
        """Set these, a lock last."""
        kernel_write.set_status(**values)

    def reset_lost(self) -> int:
        """Zero the counter of lost records, and tell what it was."""
        return kernel_write.reset_lost()


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


def apply(request: Request, running: Any, plan: Callable[[], Plan], store: Store, check: bool = False) -> Outcome:
    """Make kernel and disk what the request says.

    Args:
        request: What is wanted.
        running: The kernel: LiveKernel, or another with its methods.
        plan: Gives what has to be written for the next boot (settings/disk.py); asked for only where that matters.
        store: Where the files' former content is kept.
        check: Change nothing, and tell what would become of it.

    Raises:
        TrailError: it cannot be done; all is as it was then, and the error says what is not.
    """
    before = running.read()
    differing = _differing(request, before)
    locked = before.enabled == _LOCKED and bool(differing)
    if locked and request.on_immutable == "fail":
        raise _immutable(differing, before, "")
    written = plan() if request.values and (request.persist or locked) else Plan()
    if locked and not request.persist and written.changes:
        raise _immutable(differing, before, ", and with persist false nothing would change it at the next boot either")
    if not request.persist:
        written = Plan()
    step = _Step(running, store, before, {} if locked else differing, written)
    reset = request.reset_lost and bool(before.lost)
    lost = (before.lost or 0) if request.reset_lost else None
    if check:
        after = before._replace(lost=0 if reset else before.lost, **step.values)
    else:
        lost = step.run(reset, lost)
        after = running.read()
    return Outcome(
        changed=bool(step.values or written.changes or reset),
        before=before,
        after=after,
        lost=lost,
        reboot_required=locked,
        persisted=written.persisted,
        files={path: (files.look(path).data if check else step.kept[path].data, data)
               for path, data in written.changes.items()},
        backup=step.backup,
        warnings=written.warnings,
    )  # fmt: skip


def _differing(request: Request, before: Status) -> Dict[str, int]:
    unknown = [name for name in request.values if getattr(before, name) is None]
    if unknown:
        raise TrailError(
            "this kernel has no {0}".format(", ".join(unknown)),
            remedy="leave it out on this host, or boot a newer one.",
        )
    return {name: value for name, value in request.values.items() if getattr(before, name) != value}


def _immutable(differing: Mapping[str, int], before: Status, more: str) -> TrailError:
    told = ", ".join("{0} is {1}".format(name, getattr(before, name)) for name in differing)
    return TrailError(
        "the audit system is immutable until the next boot (enabled is 2): {0}, and stays so{1}.".format(told, more),
        remedy=_WAY_OUT,
    )


class _Step:
    """The change itself: files staged, kernel set, files put in place, lock; undone where any of it fails."""

    def __init__(self, running: Any, store: Store, before: Status, values: Mapping[str, int], written: Plan) -> None:
        self.values = dict(values)
        self.kept: Dict[str, Kept] = {}
        self.backup: Optional[str] = None
        self._running = running
        self._store = store
        self._before = before
        self._changes = written.changes
        self._staged: Dict[str, str] = {}
        self._reset: Optional[int] = None

    def run(self, reset: bool, lost: Optional[int]) -> Optional[int]:
        """Do it; returns what was lost until the reset, ``lost`` where there is nothing to reset."""
        if not self._changes:
            return self._guarded(reset, lost)
        with self._store.lock():
            self.kept = {path: files.look(path) for path in self._changes}
            self.backup = self._store.keep(KIND, self.kept)
            self._store.prune(KIND, KEPT)
            for path in self._changes:
                for left in files.leftovers(path):
                    files.discard(left)
            return self._guarded(reset, lost)

    def _guarded(self, reset: bool, lost: Optional[int]) -> Optional[int]:
        try:
            return self._done(reset, lost)
        except BaseException as error:
            failed = self._undo()
            if isinstance(error, TrailError) and (failed or self._reset is not None):
                raise self._told(error, failed) from error
            raise

    def _done(self, reset: bool, lost: Optional[int]) -> Optional[int]:
        # A full disk is met here, before anything has changed.
        for path, data in self._changes.items():
            self._staged[path] = files.stage(path, data)
        last = {name: value for name, value in self.values.items() if (name, value) == ("enabled", _LOCKED)}
        self._set({name: value for name, value in self.values.items() if name not in last})
        for path, staged in list(self._staged.items()):
            files.put(staged, path)
        if reset:
            lost = self._reset = self._running.reset_lost()
        self._set(last)  # the last: from then on nothing could be undone
        return lost

    def _set(self, values: Mapping[str, int]) -> None:
        if not values:
            return
        self._running.set(values)
        now = self._running.read()
        wrong = ["{0} is {1}".format(name, getattr(now, name)) for name in values if getattr(now, name) != values[name]]
        if wrong:
            raise TrailError(
                "the kernel took the settings and does not show them: {0}".format(", ".join(wrong)),
                remedy="see whether another program sets them too: auditd, auditctl, another agent.",
            )

    def _undo(self) -> List[str]:
        """What could not be undone, as texts."""
        failed = []
        for staged in self._staged.values():
            files.discard(staged)
        for kept in self.kept.values():
            try:
                files.restore(kept)
            except TrailError as error:
                failed.append(str(error))
        try:
            now = self._running.read()
            back = {name: getattr(self._before, name) for name in self.values}
            back = {name: value for name, value in back.items() if getattr(now, name) != value}
            if back:
                self._running.set(back)
        except TrailError as error:
            failed.append(str(error))
        return failed

    def _told(self, error: TrailError, failed: List[str]) -> TrailError:
        message = error.message
        if self._reset is not None:
            message = "{0} (the counter of lost records stood at {1} and is reset)".format(message, self._reset)
        if failed:
            message = "{0}; and this could not be undone: {1}".format(message, "; ".join(failed))
        return TrailError(message, error.file, error.line, error.remedy)
