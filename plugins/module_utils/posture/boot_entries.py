# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The entries of loader/entries (Boot Loader Specification): of systemd-boot, and of GRUB on RHEL and Fedora."""

import re
from typing import Any, Dict, List, NamedTuple, Optional

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
                written = _parsed(host_files.text(context, file, unseen) or "", grub)
                sources += _sources(context, place, file, written, default, unseen)
        sources += unified_kernel.read(context, place, unseen)
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


class _Written(NamedTuple):
    """What stands in an entry; ``line`` is that of its options, None where it has none."""

    values: Dict[str, str]
    options: str
    line: Optional[int]
    known: bool
    """Whether GRUB's variables in the options could be filled in."""


def _parsed(text: str, grub: Environment) -> _Written:
    values: Dict[str, str] = {}
    options: List[str] = []
    line_of_options: Optional[int] = None
    known = True
    for number, line in enumerate(text.splitlines(), 1):
        name, _space, value = line.strip().replace("\t", " ").partition(" ")
        if name == "options":
            known = known and (grub.whole or grub_script.is_set(value, grub.variables))
            options.append(grub_script.expand(value.strip(), grub.variables))
            line_of_options = line_of_options or number
        elif name and not name.startswith("#"):
            values[name] = value.strip()
    if line_of_options is None:  # GRUB's blscfg falls back to this variable
        options.append(grub.variables.get("default_kernelopts", ""))
        known = "linux" not in values or grub.whole or "default_kernelopts" in grub.variables
    return _Written(values, " ".join(options), line_of_options, known)


def _sources(
    context: Context, place: str, file: str, written: _Written, default: Optional[str], unseen: List[str]
) -> List[Plain]:
    """The source of an entry of type 1; of one that starts a unified kernel image one for each way in which it can."""
    title = written.values.get("title") or written.values.get("version")
    name = file.rpartition("/")[2]
    chosen = None if default is None else _named(default, name, title)
    if "linux" in written.values:
        found = boot_source.entry(file, written.line, title, written.options, chosen)
        return [found if written.known else boot_source.unknown(found)]
    lines = _of_program(context, place, file, written, unseen)
    return [boot_source.entry(file, written.line, title, line, chosen) for line in lines]


def _of_program(context: Context, place: str, file: str, written: _Written, unseen: List[str]) -> List[str]:
    """The command lines of an entry with ``efi`` or ``uki``: none where it starts something else, as a shell."""
    told = next((written.values[name] for name in ("uki", "efi") if written.values.get(name)), None)
    if told is None:
        if "uki-url" in written.values:
            unseen.append("{0}: its image comes from {1}".format(file, written.values["uki-url"]))
        return []
    path = place + "/" + told.lstrip("/")
    options = [] if written.line is None else [written.options]
    program = unified_kernel.look(context, path, unseen)
    if program is None:
        # What is not there starts nothing; as an entry with `linux` is, it is judged by what it says.
        return options
    if not program.is_image:
        return (options or [""]) if program.is_linux or "uki" in written.values else []
    return unified_kernel.with_addons(context, place, path, program, options, unseen)


def _named(default: str, name: str, title: Optional[str]) -> Optional[bool]:
    """By id or title; a number counts entries in an order of versions that is not worked out here."""
    if re.match(r"[0-9]+\Z", default) or "*" in default or default.startswith("@") or default == "":
        return None
    return default in (name, name[: -len(".conf")], title)
