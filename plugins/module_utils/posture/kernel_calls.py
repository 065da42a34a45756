# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which calls a kernel has that are newer than its release says: distributions carry some back, and not all."""

import re
from typing import List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.compliance.calls_here import newer_calls
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

SYMBOLS = "/proc/kallsyms"
_ENTRIES = (b"__x64_sys_", b"__ia32_sys_", b"__arm64_sys_", b"__s390x_sys_", b"__se_sys_", b"sys_")
"""How the entry of a call is named: arch/*/include/asm/syscall_wrapper.h, include/linux/syscalls.h."""
_OTHERWISE = {"clock_adjtime64": "clock_adjtime32", "clock_settime64": "clock_settime32"}
"""Calls of 32-bit processes whose entry is that of the 64-bit call; with them came these names for older ones (5.1)."""


def carried_back(context: Context, release: str) -> Optional[List[str]]:
    """Of the calls that are newer than a release with backports, those that the running kernel has.

    Returns:
        Names, sorted. None where the release tells by itself which calls there are, and where the kernel's symbols
        cannot be read or are none.
    """
    wanted = newer_calls(release)
    if not wanted:
        return None
    try:
        with open(context.path(SYMBOLS), "rb") as file:
            symbols = file.read()
    except OSError:
        return None
    if not symbols.strip():
        return None
    entries = {_OTHERWISE.get(call, call): call for call in wanted}
    form = rb" (?:%s)(%s)$" % (b"|".join(_ENTRIES), b"|".join(sorted(name.encode("ascii") for name in entries)))
    found = {match.decode("ascii") for match in re.findall(form, symbols, re.MULTILINE)}
    return sorted(entries[name] for name in found)
