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
_OTHER = re.compile(r" \(on /dev/[^)]+\)\Z")
"""As os-prober's entries are called; its ids tell it for certain, and older ones have none."""
_SINGLE = ("single", "s", "S", "1", "rescue", "emergency", "-b") + tuple(
    "systemd.unit={0}.target".format(name) for name in ("rescue", "emergency")
)
_MULTI = ("2", "3", "4", "5")
"""What systemd takes for a target, the last of them (systemd(1), kernel command line)."""
_MENU = "recovery"
"""Ubuntu's own: a menu on the console (friendly-recovery)."""


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
    """An entry of a boot menu: its parameters tell one for recovery, and its ``name``, the id that update-grub gave
    it, one that boots another system.

    A title says nothing: it is in the language of whoever ran update-grub, and an entry that is called rescue (RHEL's
    0-rescue) may bring up the whole system.
    """
    kind = ENTRY
    if (name or "").startswith("osprober-") or (name is None and _OTHER.search(title or "")):
        kind = OTHER_SYSTEM
    elif _is_recovery(boot_parameters.split(command_line)):
        kind = RECOVERY
    return source(file, line, kind, title, command_line, default)


def _is_recovery(parameters: Sequence[str]) -> bool:
    """Whether they bring the system up for one person at the console, without its services."""
    if _MENU in parameters:
        return True
    targets = [word for word in parameters if word in _SINGLE + _MULTI or word.startswith("systemd.unit=")]
    return bool(targets) and targets[-1] in _SINGLE


def source(
    file: str, line: Optional[int], kind: str, title: Optional[str], command_line: str, default: Optional[bool] = None
) -> Plain:
    """``file, line, kind, title, default``, and what boot_parameters.summary makes of the command line."""
    place = {"file": file, "line": line, "kind": kind, "title": title, "default": default}
    return dict(place, **boot_parameters.summary(boot_parameters.split(command_line)))


def unknown(found: Plain) -> Plain:
    """The same source where not all of its parameters are known: any of them may be audit's."""
    return dict(found, audit=None, backlog_limit=None)


def deciding(sources: Sequence[Plain]) -> List[Plain]:
    """The entries that this system can come up by."""
    return [found for found in sources if found["kind"] == ENTRY]


def is_image(source: Plain) -> bool:
    """Whether it is one file of kernel and command line, which is made anew to change that."""
    return bool(source["file"].lower().endswith(".efi"))


def left_out(sources: Sequence[Plain]) -> List[str]:
    """The entries that are not judged, as ``file:line: title (kind)``; those for recovery that are without audit say
    so."""
    told = []
    for found in sources:
        if found["kind"] in (RECOVERY, OTHER_SYSTEM):
            kind = found["kind"].replace("_", " ")
            kind += "" if found["audit"] is not False or found["kind"] == OTHER_SYSTEM else ", without audit=1"
            told.append("{0}:{1}: {2} ({3})".format(found["file"], found["line"], found["title"], kind))
    return told
