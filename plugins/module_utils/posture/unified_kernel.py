# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines that are part of programs for EFI: of unified kernel images (EFI/Linux/*.efi, systemd-stub(7)) and
of what is added to them. Each is the section .cmdline of a PE file."""

import os
import struct
from typing import Any, BinaryIO, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils import host
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_source, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
FOLDER = "/EFI/Linux"
"""Where a loader looks for images by itself."""
_ADDON = ".addon.efi"
_EVERYWHERE = "/loader/addons"
_MOST = 1 << 16  # bytes of a section; the kernel takes 2048 on x86
_MOST_SECTIONS = 1 << 11
_DOS_HEADER, _PE_HEADER, _SECTION = 64, 24, 40
_LINUX_MAGIC = b"\xcd\x23\x82\x81"  # include/linux/pe.h, LINUX_PE_MAGIC, where a program for DOS has a reserved field
_OLD_ARM64 = b"ARM\x64"
_MAGIC_AT = 56
_X86_AT, _X86 = 0x202, b"HdrS"  # Documentation/arch/x86/boot.rst


class Program(NamedTuple):
    """What a program for EFI is."""

    is_image: bool
    """A unified kernel image: systemd-stub reads its sections."""
    is_linux: bool
    """This, or a kernel that EFI starts by itself."""
    command_lines: List[str]
    """Of each of its profiles; none where it has no section for one."""
    uname: Optional[str]


def read(context: Context, place: str, unseen: List[str]) -> List[Plain]:
    """An entry for each profile of each image below ``place``, where an ESP or /boot is mounted, with what is added to
    it; an image without a command line of its own has no parameters."""
    sources = []
    folder = place + FOLDER
    for name in host_files.names(context, folder, unseen):
        if name.lower().endswith(".efi"):
            path = os.path.join(folder, name)
            program = look(context, path, unseen)
            lines = [] if program is None else with_addons(context, place, path, program, [], unseen)
            for number, line in enumerate(lines):
                title = "{0}@{1}".format(name, number) if number else name
                sources.append(boot_source.entry(path, None, title, line, None))
    return sources


def look(context: Context, path: str, unseen: List[str]) -> Optional[Program]:
    """What a program is; None where it is not there, and where it cannot be read, which is told."""
    try:
        with host.open_file(context.path(path)) as file:
            start = file.read(_X86_AT + len(_X86))
            file.seek(0)
            found = sections(file, (".linux", ".cmdline", ".profile", ".uname"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, struct.error) as exc:
        unseen.append("{0}: {1}".format(path, getattr(exc, "strerror", None) or "not a program for EFI"))
        return None
    lines = _by_profile(found)
    magic = start[_MAGIC_AT : _MAGIC_AT + 4]
    is_image = bool(lines) or any(section.name == ".linux" for section in found)
    is_kernel = magic in (_LINUX_MAGIC, _OLD_ARM64) or start[_X86_AT:] == _X86
    uname = next((section.text for section in found if section.name == ".uname"), None)
    return Program(is_image, is_image or is_kernel, lines, uname)


def with_addons(
    context: Context, place: str, path: str, program: Program, instead: List[str], unseen: List[str]
) -> List[str]:
    """The command lines with which an image can start, with those of the add-ons behind each of them.

    The image's own ones, and ``instead``, which the loader may give it: systemd-stub(7) takes that for the image's own
    as long as Secure Boot is off. Add-ons for all images come before those of one (src/boot/stub.c), each in the order
    of their names, and one for another kernel is left out.
    """
    added: List[str] = []
    for folder in (place + _EVERYWHERE, path + ".extra.d"):
        for name in host_files.names(context, folder, unseen):
            if name.lower().endswith(_ADDON):
                addon = look(context, os.path.join(folder, name), unseen)
                if addon is not None and (None in (addon.uname, program.uname) or addon.uname == program.uname):
                    added += addon.command_lines[:1]
    lines = instead + (program.command_lines or ([] if instead else [""]))
    return [" ".join([line] + added).strip() for line in lines]


class Section(NamedTuple):
    """A section of a PE file that was asked for."""

    name: str
    text: str


def _by_profile(found: List[Section]) -> List[str]:
    """The command line of each profile: its own, or that of the sections in front of the first .profile."""
    base: Optional[str] = None
    profiles: List[Optional[str]] = []
    for section in found:
        if section.name == ".profile":
            profiles.append(base)
        elif section.name == ".cmdline" and profiles:
            profiles[-1] = section.text
        elif section.name == ".cmdline":
            base = section.text
    lines = profiles or [base]
    return [line or "" for line in lines] if any(line is not None for line in lines) else []


def sections(file: BinaryIO, wanted: Sequence[str]) -> List[Section]:
    """The sections of these names, in the order of the file (the PE format's specification, "Section Table").

    A kernel is not read: of .linux the name alone is told.

    Raises:
        struct.error: The file is too short for its own headers, or no PE file.
    """
    header = file.read(_DOS_HEADER)
    if header[:2] != b"MZ":
        raise struct.error("no MZ")
    file.seek(struct.unpack_from("<I", header, 60)[0])
    header = file.read(_PE_HEADER)
    if header[:4] != b"PE\0\0":
        raise struct.error("no PE")
    number, optional = struct.unpack_from("<H", header, 6)[0], struct.unpack_from("<H", header, 20)[0]
    file.seek(optional, os.SEEK_CUR)
    found = []
    for entry in [file.read(_SECTION) for _index in range(min(number, _MOST_SECTIONS))]:
        name = entry[:8].rstrip(b"\0").decode("ascii", "replace")
        size, _address, stored, start = struct.unpack_from("<IIII", entry, 8)
        if name in wanted:
            content = b""
            if name != ".linux":
                file.seek(start)
                content = file.read(min(size or stored, stored, _MOST))
            found.append(Section(name, content.rstrip(b"\0").decode("utf-8", "replace").strip()))
    return found
