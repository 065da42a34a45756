# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host itself: what decides how its rules are read, and which calls its processes can make."""

import os
from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils import host, kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import kernel_calls
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


def collect(context: Context, _posture: Dict[str, Any]) -> Dict[str, Any]:
    """``nodename, kernel, machine, auditctl_version, awk, uid_min, user_arches, io_uring_disabled,
    boot_audit, label_modules, calls``.

    ``auditctl_version`` is a list of numbers, or null without the audit package; ``awk`` is null where none answers;
    ``calls`` is kernel_calls.carried_back.

    Raises:
        EvidenceError: a machine or a kernel release that is not known, or login.defs cannot be read.
    """
    system = os.uname()
    machine = host.machine()
    host.kernel_release()  # fails here, with a reason, and not where a saved posture is judged
    version = host.audit_version()
    options = kernel_build.build_options()
    parameters = kernel_build.boot_parameters()
    labels = kernel_build.label_modules()
    return {
        "nodename": system.nodename,
        "kernel": system.release,
        "machine": machine,
        "auditctl_version": None if version is None else list(version),
        "awk": _awk(),
        "uid_min": host.uid_min(),
        "user_arches": list(kernel_build.user_arches(machine, options, parameters)),
        "io_uring_disabled": kernel_build.io_uring_disabled(options),
        "boot_audit": kernel_build.boot_audit(parameters),
        "label_modules": None if labels is None else list(labels),
        "calls": kernel_calls.carried_back(context, system.release),
    }


def _awk() -> Any:
    try:
        return host.awk_kind()
    except EvidenceError:
        return None
