# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's side where the kernel was started with ``audit=0``: it has no audit system before it is booted anew.

Such a kernel takes no rules and tells of none (``audit_init`` of kernel/audit.c makes no netlink socket then). What is
deployed goes to the files, as under a lock, and the boot that follows loads it.
"""

from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.deploy import compared
from ansible_collections.auditops.trail.plugins.module_utils.deploy.kernel_side import (
    Kernel,
    Snapshot,
    Step,
    SwitchError,
)
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wire import Wire
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

REMEDY = "take audit=0 out of the boot parameters, as the module audit_boot does, and reboot."


def reason() -> Optional[str]:
    """Why the running kernel records nothing before a reboot; None where it does, and where it answers all the same."""
    told = boot_parameters.off(kernel_build.boot_parameters())
    if told is None or not _is_silent():
        return None
    return "the kernel was started with audit={0}: it records nothing, and takes rules after a boot without it".format(
        told
    )


def _is_silent() -> bool:
    """Whether nothing in the kernel takes audit's requests; what does records, whatever the command line says."""
    try:
        kernel.read_status()
    except netlink.Refused as refused:
        return refused.errno in netlink.ABSENT
    except EvidenceError:
        pass
    return False


def side(store: Store, off: Optional[str]) -> Any:
    """The kernel's side on this host; ``off`` is what :func:`reason` says, and ``store`` holds the lock meanwhile."""
    return SwitchedOff(off) if off is not None else Kernel(wire=Wire(holds=store.held))


class SwitchedOff:
    """In the place of :class:`.kernel_side.Kernel`, for a kernel that was started with ``audit=0``."""

    def __init__(self, why: str, wire: Optional[Wire] = None) -> None:
        """``why`` is what :func:`reason` says."""
        self._why = why
        self._wire = wire or Wire()

    def snapshot(self) -> Snapshot:
        """Nothing is in force."""
        return Snapshot((), {}, self._wire.boot_id())

    def locked(self) -> bool:
        """Whether rules and settings stay as they are until the next boot: they do, there are none."""
        return True

    def waits_for_boot(self, load: Load, changed: bool = True) -> Optional[str]:
        """What is on disk waits for the next boot, whatever it is."""
        del load, changed
        return self._why

    def differences(self, load: Load) -> List[Dict[str, Any]]:
        """Every rule that is to be is not there."""
        return compared.differences(load._replace(settings={}), [], Status(enabled=0))

    def switch(self, load: Load, scratch: str, step: Step) -> Dict[str, int]:
        """No rules can be loaded.

        Raises:
            SwitchError: always.
        """
        raise SwitchError(self._why, remedy=REMEDY)

    def restore(self, snapshot: Snapshot, step: Step) -> None:
        """No rules can be put back.

        Raises:
            SwitchError: always.
        """
        raise SwitchError(self._why, remedy=REMEDY)

    def lock(self, loginuid: bool = False) -> None:
        """Nothing can be locked.

        Raises:
            SwitchError: always.
        """
        raise SwitchError(self._why, remedy=REMEDY)
