# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this tier may run here. The audit state is one for the whole machine: where someone uses it, it may not."""

import fcntl
import os
import platform
import shutil
import time
from typing import Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel
from ansible_collections.auditops.trail.tests.kernel import control

LOCK = "/run/lock/auditops-trail.lock"
PERMIT = "AUDITOPS_KERNEL_TESTS"
# PROC_USER_INIT_INO and PROC_PID_INIT_INO, include/linux/proc_ns.h.
_INITIAL = {"user": "user:[4026531837]", "pid": "pid:[4026531836]"}
_PATIENCE = 600.0


def lock(patience: float = _PATIENCE) -> Optional[int]:
    """The machine-wide lock of whoever changes audit state, as a descriptor; None after ``patience`` seconds."""
    descriptor = os.open(LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() > until:
                os.close(descriptor)
                return None
            time.sleep(0.2)


def obstacle() -> Optional[str]:
    """Why nothing here can run, whoever uses the kernel; None where nothing stands in the way."""
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        return "the probe is written for Linux on x86_64, this is {0}".format(platform.machine())
    if os.geteuid() != 0:
        return "not root"
    for name, initial in _INITIAL.items():
        if os.readlink("/proc/self/ns/" + name) != initial:
            return "not in the initial {0} namespace (a container?)".format(name)
    for program in (control.AUDITCTL, "gcc"):
        if not shutil.which(program):
            return "{0} is not installed".format(program)
    return None


def in_use() -> Optional[str]:
    """Who stands in the way in the kernel; None where nobody does. To be asked with the lock held."""
    try:
        status = kernel.read_status()
        rules = len(control.listed())
    except EvidenceError as exc:
        return str(exc)
    if status.enabled == 2:
        return "the rules are locked (enabled 2): they cannot be put back once touched"
    if os.environ.get(PERMIT) == "1" or (status.enabled == 0 and status.pid == 0 and rules == 0):
        return None
    return "this kernel's audit subsystem is in use (enabled {0}, pid {1}, {2} rules); {3}=1 overrides".format(
        status.enabled, status.pid, rules, PERMIT
    )
