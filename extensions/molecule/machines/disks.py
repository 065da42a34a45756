# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A root file system becomes a disk, without loop devices: mke2fs reads the tree, the rest is bytes in known places."""

from __future__ import annotations

import os
import pathlib
import shutil
import struct
from typing import Callable

from .recipes import PARAMETERS

_SECTOR = 512
_START = 2048  # sector of the first partition; the room before it takes GRUB's core
_BOOT_CODE = 440  # bytes of the first sector that are program; the partition table begins at 446
_LINUX = 0x83
_GRUB = "usr/lib/grub/i386-pc"
_MENU = """set timeout=0
menuentry Debian {{
    search --no-floppy --label root --set=root
    linux /boot/{kernel} root=/dev/vda1 ro quiet {parameters}
    initrd /boot/{initrd}
}}
"""

Call = Callable[..., None]


def plain(tree: pathlib.Path, disk: pathlib.Path, size: int, call: Call) -> None:
    """The file system fills the disk; it holds no boot loader."""
    call("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(tree), str(disk), f"{size >> 10}k")


def with_boot_loader(tree: pathlib.Path, disk: pathlib.Path, size: int, call: Call) -> None:
    """A disk with one partition that a BIOS boots by GRUB.

    ``tree`` has grub-pc-bin, grub2-common, one kernel and its initrd. The first menu is written here; update-grub in
    the guest replaces it. GRUB's boot.img reads its core from sector 1 unless told otherwise, and grub-mkimage writes
    the core's own length into it (grub-core/boot/i386/pc/boot.S and diskboot.S).

    Raises:
        subprocess.SubprocessError: a program failed.
        OSError: GRUB's core does not fit before the partition, or a file is not there.
    """
    boot = tree / "boot"
    shutil.copytree(tree / _GRUB, boot / "grub" / "i386-pc", dirs_exist_ok=True)
    names = {kind: next(boot.glob(kind + "-*")).name for kind in ("vmlinuz", "initrd.img")}
    menu = _MENU.format(kernel=names["vmlinuz"], initrd=names["initrd.img"], parameters=PARAMETERS)
    (boot / "grub" / "grub.cfg").write_text(menu)
    call(
        *("chroot", str(tree), "grub-mkimage", "-O", "i386-pc", "-o", "/boot/grub/core.img"),
        *("-p", "(hd0,msdos1)/boot/grub", "biosdisk", "part_msdos", "ext2"),
    )
    core = (boot / "grub" / "core.img").read_bytes()
    if len(core) > (_START - 1) * _SECTOR:
        raise OSError(f"GRUB's core of {len(core)} bytes does not fit before sector {_START}")
    with open(disk, "wb") as raw:
        os.truncate(raw.fileno(), size)
    offset = _START * _SECTOR
    call(
        *("mke2fs", "-q", "-t", "ext4", "-L", "root", "-d", str(tree), "-E", f"offset={offset}"),
        *(str(disk), f"{(size - offset) >> 10}k"),
    )
    code = (tree / _GRUB / "boot.img").read_bytes()[:_BOOT_CODE]
    with open(disk, "r+b") as raw:
        raw.write(code)
        raw.seek(446)
        raw.write(_partition(size // _SECTOR - _START) + bytes(48) + b"\x55\xaa")
        raw.write(core)


def _partition(sectors: int) -> bytes:
    """The table's first entry: active, its place in sectors; cylinders are at their maximum, as nothing reads them."""
    unused = b"\xfe\xff\xff"
    return struct.pack("<B3sB3sII", 0x80, unused, _LINUX, unused, _START, sectors)
