# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel recorded, read from the audit multicast group (AUDIT_NLGRP_READLOG).

The group is best effort: a reader that falls behind loses records, which recv
reports as ENOBUFS. A sentinel, a user message with a text of its own, closes
each reading; without it nothing may be concluded from what is absent.
"""

import errno
import re
import select
import socket
import struct
import time
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules import netlink
from ansible_collections.auditops.trail.tests.kernel.control import Channel

READLOG = 1
SYSCALL, PATH, CONFIG_CHANGE, USER_LOGIN, EOE = 1300, 1302, 1305, 1112, 1320
BUFFER = 64 << 20
_SO_RCVBUFFORCE = 33
_HEADER_SIZE = 16

_STAMP = re.compile(r"audit\((\d+\.\d+):(\d+)\): ?(.*)", re.S)
_PAIR = re.compile(r"(\w+)=(\"[^\"]*\"|'[^']*'|\S+)")


class Void(Exception):
    """A reading from which nothing can be concluded: records were lost, or the sentinel did not come."""


class Name(NamedTuple):
    """One PATH record."""

    name: Optional[str]
    nametype: str
    inode: Optional[int]


class Event(NamedTuple):
    """The records of one serial.

    ``call`` is the SYSCALL record's pairs (empty where there is none),
    ``names`` the PATH records in item order, ``types`` every record's type.
    """

    serial: int
    call: Dict[str, str]
    names: Tuple[Name, ...]
    types: Tuple[int, ...]
    texts: Tuple[str, ...]

    @property
    def keys(self) -> Tuple[str, ...]:
        key = decoded(self.call.get("key", "(null)"))
        return tuple(key.split("\x01")) if key else ()


def decoded(value: str) -> Optional[str]:
    """A value as audit_log_untrustedstring wrote it: quoted, hex, or (null)."""
    if value.startswith('"'):
        return value[1:-1]
    if value == "(null)":
        return None
    try:
        return bytes.fromhex(value).decode("utf-8", "surrogateescape")
    except ValueError:
        return value


class Recorder:
    """A reader of the multicast group; it sees records from its creation on."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._sentinels = 0
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.NETLINK_AUDIT)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER)
        self._socket.bind((0, READLOG))

    def close(self) -> None:
        self._socket.close()

    def discard(self) -> None:
        """Throw away what came so far, an overrun included."""
        while select.select([self._socket], [], [], 0)[0]:
            try:
                self._socket.recv(1 << 16)
            except OSError as exc:
                if exc.errno != errno.ENOBUFS:
                    raise

    def read(self, timeout: float = 10.0) -> List[Event]:
        """Every event recorded so far.

        The caller must have removed rules that could drop a user message
        (exclude, user) and have audit enabled.

        Raises:
            Void: an overrun, or no sentinel within ``timeout`` seconds.
        """
        self._sentinels += 1
        sentinel = "auditops-sentinel={0}.{1}".format(id(self), self._sentinels)
        self._channel.user_message(USER_LOGIN, sentinel)
        records: Dict[int, List[Tuple[int, str]]] = {}
        until = time.monotonic() + timeout
        while True:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                raise Void("the closing sentinel did not arrive within {0:g} seconds".format(timeout))
            try:
                data = self._socket.recv(1 << 16)
            except OSError as exc:
                if exc.errno == errno.ENOBUFS:
                    raise Void("the reader's buffer overran") from None
                raise
            # One record a datagram; its header counts the payload alone
            # (audit.c, audit_log_end), so the datagram's own length decides.
            kind = struct.unpack_from("=H", data, 4)[0]
            found = _STAMP.match(data[_HEADER_SIZE:].rstrip(b"\0").decode("utf-8", "surrogateescape"))
            if not found:
                continue
            if kind == USER_LOGIN and sentinel + "'" in found.group(3):
                return [_event(serial, parts) for serial, parts in records.items()]
            records.setdefault(int(found.group(2)), []).append((kind, found.group(3)))


def _event(serial: int, parts: List[Tuple[int, str]]) -> Event:
    call: Dict[str, str] = {}
    names: List[Tuple[int, Name]] = []
    for kind, text in parts:
        if kind not in (SYSCALL, PATH):
            continue
        pairs = dict(_PAIR.findall(text))
        if kind == SYSCALL:
            call = pairs
        else:
            inode = pairs.get("inode")
            name = Name(decoded(pairs["name"]), pairs.get("nametype", ""), int(inode) if inode else None)
            names.append((int(pairs.get("item", "0")), name))
    return Event(
        serial,
        call,
        tuple(name for _item, name in sorted(names, key=lambda pair: pair[0])),
        tuple(kind for kind, _text in parts),
        tuple(text for _kind, text in parts),
    )
