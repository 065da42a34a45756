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
_OWN = _FOLDERS + _EFI
_MOST_FILES = 100  # each is one in the other at worst
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
        self.whole = True
        """Whether each of GRUB's files that is there could be read, and with them each of its variables."""


def read(context: Context, unseen: List[str]) -> Tuple[Found, Environment]:
    """The entries of each grub.cfg, and what it leaves to loader/entries. ``loader`` is null where it has none."""
    environment = Environment()
    sources: List[Plain] = []
    before = len(unseen)
    files = _files(context, unseen)
    for file in files:
        text = host_files.text(context, file, unseen)
        if text is None:
            continue
        environment.seen = True
        folder = file.rpartition("/")[0]
        given = dict(_grubenv(context, file, unseen), prefix=folder, config_directory=folder)
        menu = grub_script.read(text, given, _Followed(context, folder, files, unseen).read)
        environment.variables.update(menu.variables)
        default = menu.variables.get("default")
        if menu.loads_entries:
            environment.loads_entries, environment.default = True, default
        sources += [_source(entry, entry.file or file, default) for entry in menu.entries]
    environment.whole = len(unseen) == before
    return Found("grub" if sources else None, sources), environment


def _source(entry: grub_script.Entry, file: str, default: Optional[str]) -> Plain:
    chosen = grub_script.is_default(default, entry)
    if entry.leads:
        return boot_source.source(file, entry.line, boot_source.OTHER_SYSTEM, entry.title, "", chosen)
    return boot_source.entry(file, entry.line, entry.title, entry.command_line, chosen, entry.id)


class _Followed:
    """The files that a grub.cfg reads: custom.cfg (grub.d/41_custom), menus of snapshots, or the real grub.cfg."""

    def __init__(self, context: Context, folder: str, known: List[str], unseen: List[str]) -> None:
        self._context = context
        self._folder = folder
        self._read = set(known)
        """Each file once: what has been read has given its entries, and a file may read itself."""
        self._unseen = unseen

    def read(self, path: str, in_entry: bool) -> Optional[Tuple[str, str]]:
        """See grub_script.Follow. From an entry only GRUB's own files are followed: another path leads to the menu of
        another system, or of a snapshot of this one."""
        device, inside = re.match(r"(\([^)]*\))?(.*)", path, re.DOTALL).groups()  # type: ignore[union-attr]
        file = next((one for one in self._candidates(inside) if host_files.there(self._context, one)), None)
        if in_entry and (file is None or not file.startswith(tuple(folder + "/" for folder in (self._folder,) + _OWN))):
            return None
        if file is None:
            # The menu of another system's loader beside ours on the ESP leads to that system's disk.
            if device not in (None, "()") and not inside.endswith("/grub.cfg"):
                self._miss(path)
            return None
        if file in self._read:
            return file, ""
        if len(self._read) > _MOST_FILES:
            self._miss(file)
            return None
        self._read.add(file)
        return file, host_files.text(self._context, file, self._unseen) or ""

    def _candidates(self, path: str) -> List[str]:
        """Where a path of GRUB's is: its root is that of the filesystem on which it lies, /boot's or an ESP's."""
        if not path.startswith("/"):
            path = "/" + path
        return [path] + [place + path for place in ("/boot", "/boot/efi", "/efi")]

    def _miss(self, path: str) -> None:
        self._unseen.append("{0}: GRUB reads it, and it is not looked at".format(path))


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
