# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of loader/entries (Boot Loader Specification): of systemd-boot, and of GRUB on RHEL and Fedora."""

from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    boot_source,
    grub_script,
    host_files,
    unified_kernel,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.boot_grub import Environment
from ansible_collections.auditops.trail.plugins.module_utils.posture.boot_source import Found
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_PLACES = ("/boot", "/efi", "/boot/efi")
_SYSTEMD_BOOT = ("/loader/loader.conf", "/EFI/systemd")


def read(context: Context, grub: Environment, unseen: List[str]) -> Found:
    """The entries, ``loader`` bls or systemd-boot.

    A GRUB that has a grub.cfg without ``blscfg`` does not look at them: they are left out then, unless systemd-boot
    is there.
    """
    systemd_boot = _systemd_boot(context)
    if grub.seen and not grub.loads_entries and not systemd_boot:
        return Found()
    sources: List[Plain] = []
    default = grub.default if grub.loads_entries else _default(context)
    for place in _PLACES:
        folder = place + "/loader/entries"
        for name in host_files.names(context, folder, unseen):
            if name.endswith(".conf"):
                file = "{0}/{1}".format(folder, name)
                sources += _entry(file, host_files.text(context, file, unseen), grub.variables, default)
        sources += unified_kernel.read(context, place + "/EFI/Linux", unseen)
    if not sources:
        return Found()
    only = boot_source.deciding(sources)
    if len(only) == 1:
        only[0]["default"] = True
    return Found("bls" if grub.loads_entries or not systemd_boot else "systemd-boot", sources)


def _systemd_boot(context: Context) -> bool:
    return any(host_files.there(context, place + file) for place in _PLACES for file in _SYSTEMD_BOOT)


def _default(context: Context) -> Optional[str]:
    """loader.conf(5): a pattern of entry ids; one chosen in the menu (an EFI variable) goes before it."""
    for place in _PLACES:
        for line in (host_files.text(context, place + "/loader/loader.conf", []) or "").splitlines():
            words = line.split()
            if words[:1] == ["default"] and len(words) > 1:
                return words[1]
    return None


def _entry(file: str, text: Optional[str], variables: Dict[str, str], default: Optional[str]) -> List[Plain]:
    if text is None:
        return []
    values: Dict[str, str] = {}
    options: List[str] = []
    line_of_options: Optional[int] = None
    for number, line in enumerate(text.splitlines(), 1):
        name, _space, value = line.strip().replace("\t", " ").partition(" ")
        if name == "options":
            options.append(grub_script.expand(value.strip(), variables))
            line_of_options = line_of_options or number
        elif name and not name.startswith("#"):
            values[name] = value.strip()
    if "linux" not in values:  # an EFI program
        return []
    if line_of_options is None:  # GRUB's blscfg falls back to this variable
        options.append(variables.get("default_kernelopts", ""))
    title = values.get("title") or values.get("version")
    name = file.rpartition("/")[2]
    chosen = None if default is None else _named(default, name, title)
    return [boot_source.entry(file, line_of_options, title, " ".join(options), chosen)]


def _named(default: str, name: str, title: Optional[str]) -> Optional[bool]:
    """By id or title; a number counts entries in an order of versions that is not worked out here."""
    if default.isdigit() or "*" in default or default.startswith("@") or default == "":
        return None
    return default in (name, name[: -len(".conf")], title)
