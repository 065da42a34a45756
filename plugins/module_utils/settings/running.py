# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of the running kernel: set, read back, and put back where the change of files beside them fails."""

from typing import Any, Dict, List, Mapping, Optional

from ansible_collections.auditops.trail.plugins.module_utils.deploy import change, switched_off
from ansible_collections.auditops.trail.plugins.module_utils.deploy.change import Beside, Journal
from ansible_collections.auditops.trail.plugins.module_utils.deploy.journal import Step
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, kernel_write
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

LOCKED = kernel_write.LOCKED


class LiveKernel:
    """The running kernel, by netlink; tests have one of their own."""

    def __init__(self) -> None:
        self.off = switched_off.reason()
        """Why the kernel knows no settings before its next boot (audit=0); None where it does."""

    def read(self) -> Status:
        """The status as it is now; empty where the kernel has none."""
        return Status() if self.off is not None else kernel.read_status()

    def set(self, values: Mapping[str, int]) -> None:
        """Set these, a lock last."""
        kernel_write.set_status(**values)

    def reset_lost(self) -> int:
        """Zero the counter of lost records, and tell what it was."""
        return kernel_write.reset_lost()

    def boot_id(self) -> str:
        """What is another one after each boot."""
        return Wire().boot_id()


class Settings(Beside):
    """Values to be set in the kernel, the lock last of all.

    Args:
        running: The kernel.
        values: What is to be set.
        before: What the kernel had, by name.
        reset: Whether the counter of lost records is reset too.
        boot_id: Of the boot in which it was begun, where that was an earlier run.
    """

    def __init__(
        self, running: Any, values: Mapping[str, int], before: Mapping[str, Any], reset: bool = False, boot_id: str = ""
    ) -> None:
        self.lost: Optional[int] = None
        """What the counter stood at when it was reset; None before."""
        self._running = running
        self._values = dict(values)
        self._before = {name: before[name] for name in values}
        self._reset = reset
        self._boot_id = boot_id

    def about(self) -> Dict[str, Any]:
        """What the next run has to know, should this one be killed."""
        return {"values": self._values, "before": self._before, "boot_id": self._running.boot_id()}

    def alone(self) -> None:
        """Set them where no file goes with them; or leave all as it was, and raise."""
        try:
            self.first(_nothing)
            self.then(_nothing)
        except BaseException as error:
            if not self.is_final():
                self._tell_undone(error)
            raise

    def first(self, note: Step) -> None:
        """All but the lock."""
        note("set the kernel's values")
        self._set({name: value for name, value in self._values.items() if not self._is_lock(name)})

    def then(self, note: Step) -> None:
        """The counter, and the lock: from then on nothing could be undone."""
        try:
            if self._reset:
                note("reset the counter of lost records")
                self.lost = self._running.reset_lost()
            note("lock the kernel")
            self._set({name: value for name, value in self._values.items() if self._is_lock(name)})
        except TrailError as error:
            if self.lost is not None:
                error.message = "{0} (the counter of lost records stood at {1} and is reset)".format(
                    error.message, self.lost
                )
            raise

    def back(self, note: Step) -> str:
        """See :meth:`.Beside.back`. After another boot the kernel holds what files said that are put back by now."""
        if self._running.off is not None:
            return ""  # such a kernel had no values, and has none
        now = self._running.read()
        booted = self._boot_id not in ("", self._running.boot_id())
        back = {name: value for name, value in self._before.items() if getattr(now, name) != value}
        if booted:  # what is neither of the two is nothing that this change has brought
            back = {name: value for name, value in back.items() if getattr(now, name) == self._values[name]}
        if not back:
            return ""
        if now.enabled == LOCKED:
            return "the kernel is locked, and keeps {0} until the next boot".format(", ".join(_told(now, back)))
        note("put the kernel's values back")
        self._running.set(back)
        return ""

    def is_final(self) -> bool:
        """Whether the kernel is locked, with all the values in it."""
        try:
            now = self._running.read()
        except TrailError:
            return False
        held = all(getattr(now, name) == value for name, value in self._values.items())
        return held and any(self._is_lock(name) for name in self._values)

    def _is_lock(self, name: str) -> bool:
        return name == "enabled" and self._values[name] == LOCKED

    def _set(self, values: Mapping[str, int]) -> None:
        if not values:
            return
        self._running.set(values)
        now = self._running.read()
        wrong = [name for name in values if getattr(now, name) != values[name]]
        if wrong:
            raise TrailError(
                "the kernel took the settings and does not show them: {0}".format(", ".join(_told(now, wrong))),
                remedy="see whether another program sets them too: auditd, auditctl, another agent.",
            )

    def _tell_undone(self, error: BaseException) -> None:
        try:
            failed = self.back(_nothing)
        except TrailError as second:
            failed = str(second)
        if failed and isinstance(error, TrailError):
            error.message = "{0}; and this could not be put back: {1}".format(error.message, failed)


def interrupted(store: Store) -> Optional[str]:
    """What a run outside check mode would do about one that was killed, as a sentence; None where there was none."""
    found = change.left(store, change.SETTINGS)
    return None if found is None else change.interrupted(store, found, "end")


def recover(store: Store, running: Any, step: Optional[Step] = None) -> Optional[Dict[str, Any]]:
    """Undo what a killed run left, kernel and files; or finish it, where the kernel is locked by it.

    Returns, raises: as deploy/change.py's.
    """

    def settings(found: Journal) -> Settings:
        return Settings(running, found.about["values"], found.about["before"], False, found.about["boot_id"])

    return change.recover(store, change.SETTINGS, settings, step)


def _told(now: Status, names: Any) -> List[str]:
    return ["{0} is {1}".format(name, getattr(now, name)) for name in names]


def _nothing(_step: str) -> None:
    """No step is told."""
