# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions to the kernel over NETLINK_AUDIT: one request, its answer as raw messages.

Framing per netlink(7); which requests exist, who may make them and which errno
says what, per the kernel's ``audit_netlink_ok`` and ``audit_receive_msg``
(kernel/audit.c). Nothing here writes: :func:`ask` is for AUDIT_GET,
AUDIT_GET_FEATURE and AUDIT_LIST_RULES. The requests that change something are
made by rules/kernel_write.py alone, which no collector and no judgement uses.
"""

import errno
import os
import select
import socket
import struct
import time
from typing import Iterator, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

NETLINK_AUDIT = 9
NLM_F_REQUEST = 0x1
NLM_F_ACK = 0x4
NLMSG_ERROR = 2
NLMSG_DONE = 3

AUDIT_GET = 1000
AUDIT_LIST_RULES = 1013
AUDIT_GET_FEATURE = 1019

ABSENT = (errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT, errno.ECONNREFUSED)
"""What is answered where the kernel has no audit subsystem, or was started without it."""

SOURCE = "the kernel"
"""The ``file`` of every error and origin that comes from here."""

TIMEOUT = 5.0
"""Seconds without any message after which an answer is given up."""

_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: len, type, flags, seq, pid
_RECEIVE = 1 << 20  # one datagram: a rule has at most 63 strings of 4096 bytes
_TRIES = 3
_SO_RCVBUFFORCE = 33  # not named by the socket module (asm-generic/socket.h)


class Refused(EvidenceError):
    """The kernel, or netlink in front of it, answered with an errno (kept in ``errno``)."""

    def __init__(self, code: int, doing: str, remedy: str) -> None:
        super().__init__(
            "could not {0} the audit subsystem: {1} ({2})".format(
                doing, os.strerror(code), errno.errorcode.get(code, str(code))
            ),
            SOURCE,
            remedy=remedy,
        )
        self.errno = code


class Message(NamedTuple):
    """One netlink message: its type, its sequence number, its payload."""

    type: int
    seq: int
    payload: bytes


def ask(question: int, timeout: float = TIMEOUT) -> List[Message]:
    """The kernel's whole answer to one audit request without a payload.

    Args:
        question: AUDIT_GET, AUDIT_GET_FEATURE or AUDIT_LIST_RULES.
        timeout: Seconds to wait for each further message.

    Returns:
        The messages of that type, in the kernel's order: one for AUDIT_GET and
        AUDIT_GET_FEATURE, one per rule for AUDIT_LIST_RULES.

    Raises:
        EvidenceError: no audit here, not permitted, no answer, or a broken one.
    """
    for _try in range(_TRIES - 1):
        try:
            return _ask_once(question, timeout)
        except Refused as refusal:
            # A part of the answer is lost: with a full buffer before it, the kernel waits a tenth of a second for the
            # reader (audit_net_init and audit_send_list_thread, kernel/audit.c). Another try has another buffer.
            if refusal.errno != errno.ENOBUFS:
                raise
    return _ask_once(question, timeout)


def _ask_once(question: int, timeout: float) -> List[Message]:
    try:
        channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
    except AttributeError:
        raise EvidenceError("this is not a Linux system", SOURCE, remedy="run this on the audited Linux host") from None
    except OSError as exc:
        raise refused(exc.errno, "open a netlink socket to") from None
    try:
        # More rules than the default buffer holds may arrive before they are read.
        try:
            channel.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
        except OSError:
            pass  # Without CAP_NET_ADMIN: the kernel waits for the reader anyway.
        return _exchange(channel, question, timeout)
    finally:
        channel.close()


def _exchange(channel: socket.socket, question: int, timeout: float) -> List[Message]:
    seq = 1 + (int(time.time() * 1000) & 0x3FFFFFFF)
    # The acknowledgement comes ahead of the answer, so that a refusal and a
    # silent kernel are told apart.
    frame = _HEADER.pack(_HEADER.size, question, NLM_F_REQUEST | NLM_F_ACK, seq, 0)
    try:
        channel.bind((0, 0))
        channel.sendto(frame, (0, 0))
    except OSError as exc:
        raise refused(exc.errno, "ask") from None
    answer: List[Message] = []
    while True:
        for message in receive(channel, timeout):
            if message.seq != seq:
                continue  # The tail of an earlier conversation of this port.
            if message.type == NLMSG_ERROR:
                code = error_code(message.payload)
                if code:
                    raise refused(code, "ask")
                continue
            if message.type == NLMSG_DONE:
                return answer
            if message.type == question:
                answer.append(message)
                if question != AUDIT_LIST_RULES:
                    return answer


def receive(channel: socket.socket, timeout: Optional[float]) -> Iterator[Message]:
    """The messages of the next datagram that the kernel itself sent.

    Args:
        channel: A bound NETLINK_AUDIT socket.
        timeout: Seconds to wait for a datagram.

    Raises:
        EvidenceError: none came in time, or the datagram is not whole.
    """
    # A sender other than the kernel must not be able to keep this loop alive.
    until = None if timeout is None else time.monotonic() + timeout
    while True:
        left = None if until is None else max(0.0, until - time.monotonic())
        if not select.select([channel], [], [], left)[0]:
            raise EvidenceError(
                "the audit subsystem did not answer within {0:g} seconds".format(timeout or 0.0),
                SOURCE,
                remedy="see whether 'auditctl -s' answers; a kernel under heavy load needs another try",
            )
        try:
            data, _ancillary, flags, sender = channel.recvmsg(_RECEIVE)
        except OSError as exc:
            raise refused(exc.errno, "read the answer of") from None
        if sender[0] != 0:
            continue  # netlink(7): port 0 is the kernel; any process may write to ours.
        if flags & socket.MSG_TRUNC:
            raise _broken("a message longer than {0} bytes".format(_RECEIVE))
        return iter(split(data))


def split(data: bytes) -> List[Message]:
    """The messages in one datagram.

    Raises:
        EvidenceError: a header promises more bytes than there are.
    """
    messages = []
    offset = 0
    while offset < len(data):
        if len(data) - offset < _HEADER.size:
            raise _broken("{0} bytes where a message header has {1}".format(len(data) - offset, _HEADER.size))
        length, kind, _flags, seq, _port = _HEADER.unpack_from(data, offset)
        if length < _HEADER.size or offset + length > len(data):
            raise _broken("a message of {0} bytes in {1}".format(length, len(data) - offset))
        messages.append(Message(kind, seq, data[offset + _HEADER.size : offset + length]))
        offset += (length + 3) & ~3
    return messages


def error_code(payload: bytes) -> int:
    """The errno of struct nlmsgerr; 0 for an acknowledgement.

    Less than 0 where the kernel answered with a value: the resets of audit_receive_msg do.

    Raises:
        EvidenceError: the message is cut.
    """
    if len(payload) < 4:
        raise _broken("an error message of {0} bytes".format(len(payload)))
    return -int(struct.unpack_from("=i", payload)[0])


def _broken(what: str) -> EvidenceError:
    return EvidenceError(
        "truncated or malformed netlink answer: {0}".format(what),
        SOURCE,
        remedy="read the rules with 'auditctl -l' and judge that text instead",
    )


_REMEDIES = {
    # audit_netlink_ok: no CAP_AUDIT_CONTROL, or not in the initial pid namespace.
    errno.EPERM: "run as root with CAP_AUDIT_CONTROL in the host's own pid namespace, not inside a container",
    errno.EACCES: "run as root: a security module or sandbox keeps this process from netlink",
    # audit_netlink_ok answers so outside the initial user namespace; netlink
    # itself does where no audit subsystem listens.
    errno.ECONNREFUSED: "run on the host itself, not in a container or user namespace; if this is the host, "
    "its kernel was started with audit=0 or built without audit",
    errno.EPROTONOSUPPORT: "this kernel has no audit subsystem: boot one built with CONFIG_AUDIT=y",
    errno.EAFNOSUPPORT: "this kernel or sandbox has no netlink: run on the host itself",
    errno.ENOBUFS: "the answer overran the socket buffer: try again, or raise net.core.rmem_max",
}


def refused(code: Optional[int], doing: str) -> Refused:
    """The error for an errno, saying what it means for audit and what to do about it."""
    number = code or 0
    return Refused(number, doing, _REMEDIES.get(number, "see whether 'auditctl -s' works as root on this host"))
