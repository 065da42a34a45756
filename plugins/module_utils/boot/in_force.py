# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a reboot brings boot parameters into force: not where one has been, and the kernel came without them again.

A kernel gets its command line from somewhere else then: a hypervisor, a boot server, the loader of another disk. The
state folder remembers in which boot all entries were right for the first time.
"""

import contextlib
from typing import Any, Dict, Optional

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

_NAME = "boot.waits"


def judged(outcome: Any, asked: Any, context: Context, store: Store, check: bool) -> Any:
    """The outcome, with the truth about a reboot.

    Args:
        outcome: Of boot/change.py; ``reboot_required`` says that the kernel runs with something else than is asked for.
        asked: What is asked for.
        context: Through what the host is looked at.
        store: The state folder.
        check: Nothing is to be written.
    """
    noted: Optional[Dict[str, Any]] = store.load(_NAME)
    if outcome.not_supported is not None:
        return outcome
    if not outcome.reboot_required:
        if noted is not None and asked.values() and not check:
            with contextlib.suppress(TrailError):  # it says no more than that a reboot was asked for
                store.drop(_NAME)
        return outcome
    boot_id = host.boot_id(context.root)
    if None in outcome.running.values() or boot_id is None:
        return outcome
    now = {"boot_id": boot_id, "asked": asked.values()}
    if (
        not outcome.changed
        and noted is not None
        and noted["asked"] == now["asked"]
        and noted["boot_id"] != now["boot_id"]
    ):
        what_to_do = (
            "each entry of the boot loader has it, and the kernel was started anew since and has {0}: its command line "
            "comes from somewhere else (the hypervisor, a boot server, the loader of another disk), change it there: "
            "{1}"
        )
        told = {
            "loader": outcome.loader,
            "what_to_do": what_to_do.format(_shown(outcome.running), _shown(now["asked"])),
        }
        return outcome._replace(reboot_required=False, not_supported=told)
    if not check and (outcome.changed or noted is None or noted["asked"] != now["asked"]):
        # All is in place by now, whether this can be noted or not; without it the next boot is asked for once more.
        with contextlib.suppress(TrailError):
            store.save(_NAME, now)
    return outcome


def _shown(values: Dict[str, Any]) -> str:
    words = []
    if values.get("audit") is not None:
        words.append("audit={0}".format(int(values["audit"])))
    if values.get("backlog_limit") is not None:
        words.append("audit_backlog_limit={0}".format(values["backlog_limit"]))
    return " ".join(words)
