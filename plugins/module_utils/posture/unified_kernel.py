# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command lines that are part of unified kernel images (EFI/Linux/*.efi): section .cmdline of a PE file."""

import os
import struct
from typing import Any, BinaryIO, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_source, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_MOST = 1 << 16  # bytes of a section; the kernel takes 2048 on x86
_DOS_HEADER, _PE_HEADER, _SECTION = 64, 24, 40


def read(context: Context, folder: str, unseen: List[str]) -> List[Plain]:
    """An entry for each image; one without a command line of its own has no parameters."""
    sources = []
    for name in host_files.names(context, folder, unseen):
        path = os.path.join(folder, name)
        if not name.endswith(".efi"):
            continue
        try:
            with open(context.path(path), "rb") as file:
                command_line = section(file, ".cmdline")
        except (OSError, struct.error) as exc:
            unseen.append("{0}: {1}".format(path, getattr(exc, "strerror", None) or "not a program for EFI"))
            continue
        sources.append(boot_source.entry(path, None, name, command_line or "", None))
    return sources


def section(file: BinaryIO, wanted: str) -> Optional[str]:
    """The text in one section of a PE file (the PE format's specification, "Section Table"), or None without it.

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
    for _index in range(number):
        entry = file.read(_SECTION)
        name = entry[:8].rstrip(b"\0").decode("ascii", "replace")
        size, _address, stored, start = struct.unpack_from("<IIII", entry, 8)
        if name == wanted:
            file.seek(start)
            return file.read(min(size or stored, stored, _MOST)).rstrip(b"\0").decode("utf-8", "replace").strip()
    return None
