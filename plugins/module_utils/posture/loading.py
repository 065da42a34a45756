# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What loads the rules when the host starts: ``augenrules`` (rules.d) or ``auditctl`` (audit.rules)."""

import os
import re
from typing import Dict, Iterable, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

AUGENRULES, AUDITCTL = "augenrules", "auditctl"
UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
"""The first that has a file of a name wins (systemd.unit(5))."""
RULES_UNITS = ("audit-rules.service", "augenrules.service")
"""audit-rules.service: from 4.0 on; augenrules.service: of SUSE, which auditd.service there requires."""
RUNS = ("ExecStartPre", "ExecStart", "ExecStartPost")
SCRIPTS = ("/etc/init.d/auditd", "/etc/rc.d/init.d/auditd", "/var/service/auditd/run", "/etc/service/auditd/run")
_UNITS = ("audit-rules.service", "auditd.service", "augenrules.service")
# What the scripts read; of OpenRC, of Debian, of Red Hat.
_SETTINGS = ("/etc/conf.d/auditd", "/etc/default/auditd", "/etc/sysconfig/auditd")
_SETTING = "USE_AUGENRULES"
_MERGES = re.compile(r"\baugenrules\b(?!.*--check)")
_LOADS_MERGED = re.compile(r"\baugenrules\b.*--load")
_LOADS_FILE = re.compile(r"\bauditctl\b.*\s-R\s*[\"']?(?:\$|\S*/audit\.rules\b)")


def of_commands(commands: Iterable[str]) -> Optional[str]:
    """What these commands load, or None for nothing.

    augenrules without ``--load`` only writes audit.rules (augenrules(8)): what auditctl loads then is rules.d. Another
    file than an audit.rules is nothing: what the configuration holds is not loaded by it.
    """
    lines = list(commands)
    merged = any(_MERGES.search(line) for line in lines)
    if any(_LOADS_MERGED.search(line) for line in lines):
        return AUGENRULES
    if any(_LOADS_FILE.search(line) for line in lines):
        return AUGENRULES if merged else AUDITCTL
    return None


def of_script(context: Context, unseen: List[str]) -> Optional[str]:
    """What the first init script of auditd that is there loads; ``""`` where it loads nothing, None without one.

    A script that asks USE_AUGENRULES merges rules.d where that is set to anything but no (init.d/auditd.init of the
    audit sources).
    """
    for path in SCRIPTS:
        script = host_files.text(context, path, unseen)
        if script is None:
            continue
        lines = [line for line in script.splitlines() if not line.lstrip().startswith("#")]
        if any(_SETTING in line for line in lines) and not _merges_by_setting(context, unseen):
            lines = [line for line in lines if AUGENRULES not in line]
        return of_commands(lines) or ""
    return None


def _merges_by_setting(context: Context, unseen: List[str]) -> bool:
    told = ""
    for path in _SETTINGS:
        for line in (host_files.text(context, path, unseen) or "").splitlines():
            found = re.match(r"\s*(?:export\s+)?{0}=[\"']?([^\"'\s#]*)".format(_SETTING), line)
            told = found.group(1) if found else told
    return told.lower() not in ("", "no")


def of_units(context: Context, folders: Sequence[str] = UNIT_FOLDERS) -> Optional[str]:
    """What the unit files load, drop-ins included; None where none of them loads."""
    return next(filter(None, (of_commands(_commands(context, unit, folders)) for unit in _UNITS)), None)


def _commands(context: Context, unit: str, folders: Sequence[str]) -> List[str]:
    """The commands that a unit runs when it starts (systemd.service(5), systemd.unit(5)).

    An empty assignment takes away those before it. Drop-ins of a name in several folders count once, as units do.
    """
    own = next(
        (path for path in (os.path.join(folder, unit) for folder in folders) if host_files.there(context, path)), None
    )
    if own is None or host_files.is_masked(context, own):
        return []
    places: Dict[str, str] = {}
    for folder in folders:
        for name in host_files.names(context, os.path.join(folder, unit + ".d"), []):
            places.setdefault(name, os.path.join(folder, unit + ".d", name))
    named = sorted(name for name in places if name.endswith(".conf"))
    texts = [host_files.text(context, path, []) or "" for path in [own] + [places[name] for name in named]]
    found: Dict[str, List[str]] = {run: [] for run in RUNS}
    for line in "\n".join(texts).replace("\\\n", " ").splitlines():
        name, sign, value = (part.strip() for part in line.partition("="))
        if sign and name in found:
            found[name] = found[name] + [value] if value else []
    return [command for run in RUNS for command in found[run]]
