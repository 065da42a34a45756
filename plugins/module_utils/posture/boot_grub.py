# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GRUB will boot: the menu in grub.cfg, and the settings of which update-grub or grub2-mkconfig makes the next."""

import re
from typing import Any, Dict, List, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_source, grub_script, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.boot_source import Found
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_FOLDERS = ("/boot/grub", "/boot/grub2")
_EFI = ("/boot/efi/EFI", "/boot/EFI", "/efi/EFI")
_SETTINGS, _DROP_INS = "/etc/default/grub", "/etc/default/grub.d"
_GIVEN = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")
_ASSIGNMENT = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z_0-9]*)(\+?)=(.*)")


class Environment:
    """What the entries of loader/entries are read with: the variables, and whether GRUB asks for these entries."""

    def __init__(self) -> None:
        self.variables: Dict[str, str] = {}
        self.loads_entries = False
        self.default: Optional[str] = None
        self.seen = False


def read(context: Context, unseen: List[str]) -> Tuple[Found, Environment]:
    """The entries of each grub.cfg, and what it leaves to loader/entries. ``loader`` is null where it has none."""
    environment = Environment()
    sources: List[Plain] = []
    for file in _files(context, unseen):
        text = host_files.text(context, file, unseen)
        if text is None:
            continue
        environment.seen = True
        menu = grub_script.read(text, _grubenv(context, file, unseen))
        environment.variables.update(menu.variables)
        default = menu.variables.get("default")
        if menu.loads_entries:
            environment.loads_entries, environment.default = True, default
        for entry in menu.entries:
            chosen = grub_script.is_default(default, entry)
            sources.append(boot_source.entry(file, entry.line, entry.title, entry.command_line, chosen, entry.id))
    return Found("grub" if sources else None, sources), environment


def settings(context: Context, unseen: List[str]) -> List[Plain]:
    """GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT as the files leave them, and the line that sets each last."""
    values: Dict[str, str] = {}
    places: Dict[str, Tuple[str, int]] = {}
    names = [name for name in host_files.names(context, _DROP_INS, unseen) if name.endswith(".cfg")]
    for file in [_SETTINGS] + ["{0}/{1}".format(_DROP_INS, name) for name in names]:
        for number, line in enumerate((host_files.text(context, file, unseen) or "").splitlines(), 1):
            match = _ASSIGNMENT.match(line)
            if not match:
                continue
            name, adds, written = match.groups()
            # As far as these files go, the shell's words are GRUB's.
            value = " ".join(grub_script.split(written, values)[:1])
            values[name] = values.get(name, "") + value if adds else value
            places[name] = (file, number)
    return [
        boot_source.source(places[name][0], places[name][1], boot_source.SETTING, name, values[name])
        for name in _GIVEN
        if name in places
    ]


def _files(context: Context, unseen: List[str]) -> List[str]:
    found = ["{0}/grub.cfg".format(folder) for folder in _FOLDERS]
    for folder in _EFI:
        found += ["{0}/{1}/grub.cfg".format(folder, name) for name in host_files.names(context, folder, unseen)]
    return found


def _grubenv(context: Context, file: str, unseen: List[str]) -> Dict[str, str]:
    """The variables of the grubenv beside a grub.cfg, or of the one in /boot (an EFI folder may lead there)."""
    variables: Dict[str, str] = {}
    for place in [file.rpartition("/")[0]] + list(reversed(_FOLDERS)):
        text = host_files.text(context, place + "/grubenv", unseen)
        if text is not None:
            pairs = (line.partition("=") for line in text.splitlines() if line[:1] not in ("#", ""))
            variables.update({name: value for name, sign, value in pairs if sign})
            break
    return variables
