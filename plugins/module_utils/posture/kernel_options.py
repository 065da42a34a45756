# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel was built and set to do, as far as it decides which calls leave a record, and who can change that."""

from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.host import kernel_release
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_IO_URING = {"0": "everyone", "1": "group", "2": "nobody"}  # Documentation/admin-guide/sysctl/kernel.rst
_IO_URING_SINCE = (5, 1)
_SECURITY = "/sys/kernel/security"


def collect(context: Context, posture: Plain) -> Plain:
    """``release, config, x32, ia32, arches, io_uring, syscall_audit, lockdown, modules_disabled, lsm, not_seen``.

    ``config`` is the file that tells how this kernel was built; where there is none, ``x32, ia32`` and
    ``syscall_audit`` are null. ``ia32`` is whether 32-bit programs run on this 64-bit kernel, of any make.
    ``io_uring`` is absent, or who may make one: everyone, group, nobody. ``modules_disabled``: no module can be loaded
    any more.

    Raises:
        EvidenceError: the part ``host`` could not be collected.
    """
    evidence.require(posture, "host")
    unseen: List[str] = []
    release, machine = posture["host"]["kernel"], posture["host"]["machine"]
    found = kernel_build.build_config(context.root, release)
    options = None if found is None else found[1]
    if found is None:
        unseen.append("how the kernel was built: there is no /proc/config.gz and no /boot/config-{0}".format(release))
    parameters = kernel_build.boot_parameters(context.root)
    arches = kernel_build.user_arches(machine, options, parameters)
    return {
        "release": release,
        "config": None if found is None else found[0],
        "x32": None if options is None and machine == "x86_64" else "x32" in arches,
        "ia32": None if options is None and len(arches) > 1 else "b32" in arches and "b64" in arches,
        "arches": list(arches),
        "io_uring": _io_uring(context, options, release, unseen),
        "syscall_audit": None if options is None else options.get("CONFIG_AUDITSYSCALL") == "y",
        "lockdown": _lockdown(context, unseen),
        "modules_disabled": _modules_disabled(context, options, unseen),
        "lsm": _lsm(context, unseen),
        "not_seen": unseen,
    }


def _io_uring(context: Context, options: Optional[Dict[str, str]], release: str, unseen: List[str]) -> Optional[str]:
    told = host_files.text(context, "/proc/sys/kernel/io_uring_disabled", unseen)
    if told is not None:
        return _IO_URING.get(told.strip())
    if kernel_release(release) < _IO_URING_SINCE:
        return "absent"
    if options is None:
        return None
    # The sysctl came with 6.6; before it, whoever may make a system call may make a ring.
    return "everyone" if options.get("CONFIG_IO_URING") == "y" else "absent"


def _lockdown(context: Context, unseen: List[str]) -> Optional[str]:
    """The mode in force, which the kernel puts into brackets; none where the kernel has no lockdown."""
    told = host_files.text(context, _SECURITY + "/lockdown", unseen)
    if told is not None:
        chosen = [word[1:-1] for word in told.split() if word.startswith("[") and word.endswith("]")]
        return chosen[0] if chosen else None
    return "none" if host_files.there(context, _SECURITY + "/lsm") else None


def _modules_disabled(context: Context, options: Optional[Dict[str, str]], unseen: List[str]) -> Optional[bool]:
    told = host_files.text(context, "/proc/sys/kernel/modules_disabled", unseen)
    if told is not None:
        return told.strip() != "0"
    return None if options is None or options.get("CONFIG_MODULES") == "y" else True


def _lsm(context: Context, unseen: List[str]) -> Optional[List[str]]:
    before = len(unseen)
    told = host_files.text(context, _SECURITY + "/lsm", unseen)
    if told is None and len(unseen) == before:
        unseen.append("{0}/lsm: there is no such file: securityfs is not mounted".format(_SECURITY))
    return None if told is None else [name for name in told.strip().split(",") if name]
