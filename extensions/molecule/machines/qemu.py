# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""QEMU's command line for one guest, and how it is reached."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import socket
import sys

from . import accelerators, images
from .recipes import PARAMETERS

QUIET = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes")
"""ssh's options for machines whose keys nobody has seen before."""

NICE_SETTING = "AUDITOPS_LAB_NICE"

_RELAY = pathlib.Path(__file__).with_name("relay.py")


def nice() -> int:
    """How a guest gives way: what people do on the machine comes first, unless AUDITOPS_LAB_NICE says otherwise.

    Raises:
        ValueError: it is no number from 0 to 19.
    """
    value = int(os.environ.get(NICE_SETTING, "").strip() or 10)
    if not 0 <= value <= 19:
        raise ValueError(f"{NICE_SETTING} is {value}, and has to be from 0 to 19")
    return value


def command(
    image: images.Image,
    port: int,
    console: pathlib.Path,
    drive: str,
    memory: int = 768,
    internet: bool = False,
    reaches: dict[str, int] | None = None,
    parameters: str = "",
) -> list[str]:
    """The words of the command.

    Args:
        port: Of the loopback device; forwarded to the guest's ssh.
        console: Where the guest's serial port is written to.
        drive: QEMU's -drive option.
        memory: MiB.
        internet: Whether the guest may open connections to the outside.
        reaches: Ports of the loopback device, by the address at whose port 22 the guest finds each.
        parameters: More of the kernel's command line, for an image that does not boot itself.

    Raises:
        ValueError: AUDITOPS_LAB_ACCEL names no accelerator, or AUDITOPS_LAB_NICE is no number.
    """
    network = f"user,id=net,restrict={'off' if internet else 'on'},hostfwd=tcp:127.0.0.1:{port}-:22"
    for address, other in (reaches or {}).items():
        network += f",guestfwd=tcp:{address}:22-cmd:{sys.executable} {_RELAY} {other}"
    words = [
        *(["nice", "-n", str(nice())] if shutil.which("nice") else []),
        *("qemu-system-x86_64", *accelerators.options(image.kernel, images.FOLDER / "accelerator.json")),
        *("-m", str(memory), "-smp", "1", "-display", "none", "-no-user-config"),
        *("-serial", f"file:{console}", "-monitor", "none", "-drive", drive),
        *("-netdev", network, "-device", "virtio-net-pci,netdev=net", "-device", "virtio-rng-pci"),
    ]
    if not image.boots_itself:
        words += ["-kernel", str(image.kernel), "-initrd", str(image.initrd)]
        words += ["-append", f"root=/dev/vda rw {PARAMETERS} {parameters}"]
    return words


def ssh(key: pathlib.Path, port: int, user: str, host: str = "127.0.0.1", options: tuple[str, ...] = ()) -> list[str]:
    """The command that opens a shell of a machine; words after it are run there."""
    given = (*QUIET, "ConnectTimeout=10", *options)
    return ["ssh", *(part for one in given for part in ("-o", one)), "-i", str(key), "-p", str(port), f"{user}@{host}"]


def free_ports(number: int) -> list[int]:
    """So many ports of the loopback device that nobody listens on now, each another."""
    with contextlib.ExitStack() as stack:
        tried = [stack.enter_context(socket.socket()) for _time in range(number)]
        for one in tried:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in tried]
