# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One place that tells what a kernel will be booted with, as every loader's reader returns it."""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters

Plain = Dict[str, Any]
ENTRY, RECOVERY, OTHER_SYSTEM, SETTING = "entry", "recovery", "other_system", "setting"
KINDS = (ENTRY, RECOVERY, OTHER_SYSTEM, SETTING)
# update-grub says recovery mode, dracut and grubby rescue, SUSE recovery; os-prober names the other system's disk.
_RECOVERY = re.compile(r"\((recovery|rescue)|\brecovery mode\b|\brescue\b|\bfailsafe\b|\bsingle.user\b", re.IGNORECASE)
_OTHER = re.compile(r" \(on /dev/[^)]+\)")


class Found(NamedTuple):
    """What a loader's files hold: ``loader`` is null where they are not there."""

    loader: Optional[str] = None
    sources: Sequence[Plain] = ()


def entry(
    file: str,
    line: Optional[int],
    title: Optional[str],
    command_line: str,
    default: Optional[bool],
    name: Optional[str] = None,
) -> Plain:
    """An entry of a boot menu; its title tells a recovery entry and one that boots another system.

    Titles are in the language of whoever ran update-grub; ``name``, the id that it gave the entry, is not.
    """
    kind = ENTRY
    if _OTHER.search(title or "") or (name or "").startswith("osprober-"):
        kind = OTHER_SYSTEM
    elif _RECOVERY.search(title or "") or "-recovery-" in (name or ""):
        kind = RECOVERY
    return source(file, line, kind, title, command_line, default)


def source(
    file: str, line: Optional[int], kind: str, title: Optional[str], command_line: str, default: Optional[bool] = None
) -> Plain:
    """``file, line, kind, title, default``, and what boot_parameters.summary makes of the command line."""
    place = {"file": file, "line": line, "kind": kind, "title": title, "default": default}
    return dict(place, **boot_parameters.summary(boot_parameters.split(command_line)))


def deciding(sources: Sequence[Plain]) -> List[Plain]:
    """The entries that this system can come up by."""
    return [found for found in sources if found["kind"] == ENTRY]
