# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a kernel takes x32 and 32-bit calls: by making one, instead of reading how the kernel was built."""

import base64
import struct

# getpid is call 39; bit 30 makes it one of x32 (arch/x86/include/uapi/asm/unistd.h).
X32 = "python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(ctypes.c_long(0x40000000 + 39)) <= 0)'"
_BASE = 0x08048000
_CODE = bytes.fromhex("b80100000031dbcd80")  # mov eax, 1 (exit); xor ebx, ebx; int 0x80


def ia32_program() -> bytes:
    """A 32-bit ELF executable that ends with status 0 (elf(5): one header, one program header, the code)."""
    start = 52 + 32
    header = struct.pack("<16s2H5I6H", b"\x7fELF\x01\x01\x01", 2, 3, 1, _BASE + start, 52, 0, 0, 52, 32, 1, 40, 0, 0)
    size = start + len(_CODE)
    return header + struct.pack("<8I", 1, 0, _BASE, _BASE, size, size, 5, 0x1000) + _CODE


def ia32_command() -> str:
    """A shell line that runs it, and fails where the kernel does not."""
    packed = base64.b64encode(ia32_program()).decode()
    return f"echo {packed} | base64 -d > /opt/ia32 && chmod 755 /opt/ia32 && /opt/ia32"
