# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that opens a file for writing again and again, each time with a number, and who counts what was recorded.

The number is openat's fourth argument, which the call does not use without
O_CREAT and which the SYSCALL record shows (a3): so a miss is one certain
event. What the reader itself loses is told apart: an overrun of its buffer,
or records that the kernel lost, void the run.
"""

import errno
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from typing import NamedTuple, Optional, Set

from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.tests.kernel import recorder
from ansible_collections.auditops.trail.tests.kernel.control import Channel

_SO_RCVBUFFORCE = 33
_CHILD = """
import ctypes, os, select, sys, time
libc = ctypes.CDLL(None, use_errno=True)
path, pause = os.fsencode(sys.argv[1]), float(sys.argv[2])
number = 0
while not select.select([0], [], [], 0)[0]:
    for _turn in range(5):
        number += 1
        opened = libc.syscall(257, -100, path, 1, number)
        if opened < 0:
            sys.exit("the file cannot be opened: errno %d" % ctypes.get_errno())
        os.close(opened)
    time.sleep(pause)
print(number)
"""
_EVENT = re.compile(rb" syscall=257 .* a3=([0-9a-f]+) .* pid=(\d+) ")


class Count(NamedTuple):
    """What came of a run: the events made, the numbers of those not recorded, and why it says nothing, or None."""

    events: int
    missed: Set[int]
    void: Optional[str]
    seconds: float


class Hammer:
    """A context manager: the file is hammered inside of it; ``count`` is there behind it.

    Args:
        channel: For the message that closes the reading.
        path: An existing file, in which nothing is changed.
        pause: Seconds between five events and the next five.
    """

    def __init__(self, channel: Channel, path: str, pause: float = 0.0005) -> None:
        self._channel = channel
        self._path = path
        self._pause = pause
        self._seen: Set[int] = set()
        self._void: Optional[str] = None
        self.count = Count(0, set(), "not finished", 0.0)

    def __enter__(self) -> "Hammer":
        self._lost = kernel.read_status().lost
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.NETLINK_AUDIT)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, recorder.BUFFER)
        self._socket.bind((0, recorder.READLOG))
        self._began = time.monotonic()
        self._child = subprocess.Popen(
            [sys.executable, "-c", _CHILD, self._path, str(self._pause)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._sentinel = "auditops-hammer={0}".format(self._child.pid)
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        time.sleep(0.2)
        return self

    def __exit__(self, *_how: object) -> None:
        try:
            out, _error = self._child.communicate(b"\n")
            seconds = time.monotonic() - self._began
            self._channel.user_message(recorder.USER_LOGIN, self._sentinel)
            self._reader.join(60)
            if self._reader.is_alive():
                self._void = "the closing message did not arrive"
            elif kernel.read_status().lost != self._lost:
                self._void = "the kernel lost records"
            if self._child.returncode:
                self._void = "the hammer ended with {0}".format(self._child.returncode)
            made = int(out or 0)
            self.count = Count(made, set(range(1, made + 1)) - self._seen, self._void, seconds)
        finally:
            self._socket.close()

    def _read(self) -> None:
        pid = str(self._child.pid).encode()
        until = time.monotonic() + 600
        while time.monotonic() < until:
            if not select.select([self._socket], [], [], 1)[0]:
                continue
            try:
                data = self._socket.recv(1 << 16)
            except OSError as exc:
                if exc.errno != errno.ENOBUFS:
                    return
                self._void = "the reader's buffer overran"
                continue
            kind = struct.unpack_from("=H", data, 4)[0]
            if kind == recorder.SYSCALL:
                found = _EVENT.search(data)
                if found and found.group(2) == pid:
                    self._seen.add(int(found.group(1), 16))
            elif kind == recorder.USER_LOGIN and self._sentinel.encode() + b"'" in data:
                return
