# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The writing side of NETLINK_AUDIT, for this tier alone: status, rules, user messages.

Rules are first loaded by auditctl, whose reading of a line is the point; what
the kernel then lists can be deleted and added again as the same bytes, which
spares a process each time.
"""

import os
import socket
import struct
import subprocess
import tempfile
from typing import Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

AUDIT_SET = 1001
AUDIT_ADD_RULE = 1011
AUDIT_DEL_RULE = 1012
# AUDIT_STATUS_*: the bit that says which word of struct audit_status to take.
_SETTABLE = {"enabled": (1, 1), "failure": (2, 2), "rate_limit": (8, 4), "backlog_limit": (16, 5),
             "lost": (64, 6), "backlog_wait_time": (32, 9), "backlog_wait_time_actual": (128, 10)}  # fmt: skip
_WORDS = 11
_LOCKED = 2

AUDITCTL = "/usr/sbin/auditctl"


class LoadRefused(Exception):
    """auditctl did not load a rule; the text is what it printed."""


class Saved(NamedTuple):
    """A kernel's whole audit state, as far as it can be put back."""

    status: Status
    rules: Tuple[bytes, ...]


class Channel:
    """One netlink socket for requests that change something."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.NETLINK_AUDIT)
        self._socket.bind((0, 0))
        self._seq = 0

    def close(self) -> None:
        self._socket.close()

    def send(self, kind: int, payload: bytes) -> None:
        """Make a request and wait for the kernel's acknowledgement; OSError with its errno otherwise."""
        self._seq += 1
        header = struct.pack("=IHHII", 16 + len(payload), kind, netlink.NLM_F_REQUEST | netlink.NLM_F_ACK, self._seq, 0)
        self._socket.sendto(header + payload, (0, 0))
        while True:
            for message in netlink.receive(self._socket, 30):
                if message.type == netlink.NLMSG_ERROR and message.seq == self._seq:
                    code = struct.unpack_from("=i", message.payload)[0]
                    # The resets answer with the old value where an errno would be (audit.c, AUDIT_STATUS_LOST).
                    if code < 0:
                        raise OSError(-code, os.strerror(-code))
                    return

    def set(self, **values: int) -> None:
        """Set status values by their names in ``auditctl -s``; never locks (enabled 2)."""
        if values.get("enabled") == _LOCKED:
            raise ValueError("enabled 2 cannot be undone without a reboot")
        for name, value in values.items():
            bit, word = _SETTABLE[name]
            words = [0] * _WORDS
            words[0], words[word] = bit, value
            self.send(AUDIT_SET, struct.pack("={0}I".format(_WORDS), *words))

    def user_message(self, kind: int, text: str) -> None:
        self.send(kind, text.encode() + b"\0")

    def add(self, rules: List[bytes]) -> None:
        for rule in rules:
            self.send(AUDIT_ADD_RULE, rule)

    def delete(self, rules: List[bytes]) -> None:
        for rule in rules:
            self.send(AUDIT_DEL_RULE, rule)


def listed() -> List[bytes]:
    """The kernel's rules as it lists them: bytes that AUDIT_ADD_RULE and AUDIT_DEL_RULE take back."""
    return [message.payload for message in netlink.ask(netlink.AUDIT_LIST_RULES)]


def save() -> Saved:
    return Saved(kernel.read_status(), tuple(listed()))


def delete_all(channel: Channel) -> None:
    """Remove every rule. A watch whose directory vanished may already be gone."""
    for rule in listed():
        try:
            channel.delete([rule])
        except FileNotFoundError:
            pass


def restore(channel: Channel, saved: Saved) -> None:
    """Put a state back and verify it.

    Raises:
        RuntimeError: something differs afterwards; says what.
    """
    delete_all(channel)
    channel.add(list(saved.rules))
    was: Dict[str, Optional[int]] = saved.status._asdict()
    names = [name for name in ("failure", "rate_limit", "backlog_limit", "backlog_wait_time") if was[name] is not None]
    channel.set(**{name: was[name] for name in names})  # type: ignore[arg-type]
    if not was["lost"]:
        channel.set(lost=0)
    if was["backlog_wait_time_actual"] == 0:
        channel.set(backlog_wait_time_actual=0)
    channel.set(enabled=saved.status.enabled or 0)
    now = save()
    differs = [
        "{0} is {1}, was {2}".format(name, getattr(now.status, name), was[name])
        for name in ["enabled"] + names
        if getattr(now.status, name) != was[name]
    ]
    if now.rules != saved.rules:
        differs.append("{0} rules, were {1}".format(len(now.rules), len(saved.rules)))
    if differs:
        raise RuntimeError("the kernel's audit state was not restored: {0}".format("; ".join(differs)))


def load(lines: List[str], directory: str) -> List[bytes]:
    """Load rules as a rules file through auditctl -R.

    Returns:
        The kernel's list afterwards.

    Raises:
        LoadRefused: auditctl's messages.
    """
    with tempfile.NamedTemporaryFile("w", dir=directory, suffix=".rules", delete=False) as stream:
        stream.write("".join(line + "\n" for line in lines))
    try:
        done = subprocess.run([AUDITCTL, "-R", stream.name], check=False, capture_output=True, text=True)
    finally:
        os.unlink(stream.name)
    if done.returncode:
        raise LoadRefused((done.stderr or done.stdout).strip())
    return listed()
