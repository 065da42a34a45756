# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests over NETLINK_AUDIT that change something: rules, status values, the lock, one record in the trail.

Each is acknowledged by the kernel before the next is made. What an errno says
is ``audit_receive_msg`` and ``audit_set_*`` of kernel/audit.c, and
``audit_add_rule``, ``audit_del_rule`` and ``audit_data_to_entry`` of
kernel/auditfilter.c. Callers read back what came of it (rules/kernel.py).
"""

import errno
import os
import socket
import struct
from types import TracebackType
from typing import Optional, Type

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink

AUDIT_SET = 1001
AUDIT_USER = 1005
AUDIT_ADD_RULE = 1011
AUDIT_DEL_RULE = 1012
AUDIT_SET_FEATURE = 1018

TIMEOUT = 60.0
"""Seconds for an acknowledgement. A rule on a directory walks it, a deletion waits for readers of the list."""

LOCKED = 2
"""Of ``enabled``: rules and settings stay as they are until the next boot."""

_HEADER = struct.Struct("=IHHII")  # struct nlmsghdr: len, type, flags, seq, pid
_STATUS = struct.Struct("=11I")
_LOST = (64, 6)
# AUDIT_STATUS_*: the bit of the mask, and the word of struct audit_status that it speaks of. In this order they are
# sent: what lets more through first, the lock last.
_SETTABLE = (
    ("backlog_limit", 16, 5),
    ("backlog_wait_time", 32, 9),
    ("rate_limit", 8, 4),
    ("failure", 2, 2),
    ("enabled", 1, 1),
)
_LOGINUID_IMMUTABLE = 1 << 1  # AUDIT_FEATURE_TO_MASK(AUDIT_FEATURE_LOGINUID_IMMUTABLE)
_FEATURE_VERSION = 1

_LOCKED_OR_NOT_ALLOWED = (
    "where 'auditctl -s' says enabled 2 the audit system is locked until the next boot: change the files and reboot; "
    "else run as root with CAP_AUDIT_CONTROL on the host itself, not in a container"
)
_REMEDIES = {
    errno.EPERM: _LOCKED_OR_NOT_ALLOWED,
    errno.EEXIST: "the very same rule is loaded already: leave one of the two out",
    errno.ENOENT: "create the directory that the rule names before it is loaded; a rule that is to be deleted is gone",
    errno.EINVAL: "this kernel does not take it: compare with audit.rules(7) and the kernel's release",
    errno.ENOMEM: "the kernel has no memory for it: see free(1), and try again",
    errno.ECONNREFUSED: "run on the host itself; if this is the host, it was booted with audit=0 or has no audit",
}


class ChangeRefused(TrailError):
    """The kernel refused a change, with an errno (kept in ``errno``)."""

    def __init__(self, code: int, doing: str) -> None:
        super().__init__(
            "the kernel refused to {0}: {1} ({2})".format(
                doing, os.strerror(code), errno.errorcode.get(code, str(code))
            ),
            netlink.SOURCE,
            remedy=_REMEDIES.get(code, "see whether auditctl does it by hand, as root on this host"),
        )
        self.errno = code


class Writer:
    """One netlink socket for requests that change something; a context manager.

    Raises:
        EvidenceError: there is no audit here, or no permission to speak to it.
    """

    def __init__(self) -> None:
        try:
            self._channel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, netlink.NETLINK_AUDIT)
        except AttributeError:
            raise EvidenceError(
                "this is not a Linux system", netlink.SOURCE, remedy="run this on the audited Linux host"
            ) from None
        except OSError as exc:
            raise netlink.refused(exc.errno, "open a netlink socket to") from None
        self._seq = 0
        try:
            self._channel.bind((0, 0))
        except OSError as exc:
            self.close()
            raise netlink.refused(exc.errno, "open a netlink socket to") from None

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, _kind: Optional[Type[BaseException]], _error: Optional[BaseException], _trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back."""
        self._channel.close()

    def add(self, payload: bytes) -> None:
        """Add a rule (bytes of rules/encode.py, or of ``kernel.list_payloads``) behind the others of its list.

        Raises:
            ChangeRefused: EEXIST the very rule is there; ENOENT a directory is not; EINVAL; EPERM.
            EvidenceError: no answer.
        """
        self._request(AUDIT_ADD_RULE, payload, "add a rule")

    def delete(self, payload: bytes) -> None:
        """Delete the first rule that is this very rule.

        Raises:
            ChangeRefused: ENOENT there is none; EPERM.
            EvidenceError: no answer.
        """
        self._request(AUDIT_DEL_RULE, payload, "delete a rule")

    def set_status(
        self,
        enabled: Optional[int] = None,
        failure: Optional[int] = None,
        rate_limit: Optional[int] = None,
        backlog_limit: Optional[int] = None,
        backlog_wait_time: Optional[int] = None,
    ) -> None:
        """Set the values that are not None, each by a request of its own, limits first and ``enabled`` last.

        Args:
            enabled: 0, 1, or 2, which cannot be undone without a reboot.
            failure: 0 silent, 1 printk, 2 panic.
            rate_limit: Records a second; 0 for no limit.
            backlog_limit: Records; 0 for no limit.
            backlog_wait_time: Jiffies, up to ten minutes' worth. A kernel before 3.14 passes over it.

        Raises:
            ChangeRefused: EINVAL the value is out of range; EPERM locked, or not allowed. The message names the value;
                those that were sent before it are set.
            EvidenceError: no answer.
        """
        values = {
            "enabled": enabled,
            "failure": failure,
            "rate_limit": rate_limit,
            "backlog_limit": backlog_limit,
            "backlog_wait_time": backlog_wait_time,
        }
        for name, bit, word in _SETTABLE:
            value = values[name]
            if value is not None:
                self._set(bit, word, value, "set {0} to {1}".format(name, value))

    def reset_lost(self) -> int:
        """Set the counter of lost records to 0; returns what it was (AUDIT_STATUS_LOST, since 4.10).

        Raises:
            ChangeRefused: not allowed.
            EvidenceError: this kernel cannot, or gives no answer.
        """
        before = kernel.read_status().lost or 0
        lost = self._set(_LOST[0], _LOST[1], 0, "reset the counter of lost records")
        if before and not lost:
            # The counter only grows: a kernel that knew the request would have answered with at least what was read.
            raise EvidenceError(
                "this kernel cannot reset its counter of lost records",
                netlink.SOURCE,
                remedy="kernels since 4.10 can; compare the counter with what it was before, or reboot",
            )
        return lost

    def make_loginuid_immutable(self) -> None:
        """Keep every process from changing an auid that is set, until the next boot (AUDIT_SET_FEATURE, locked).

        Raises:
            ChangeRefused: EINVAL before 3.13; EPERM.
            EvidenceError: no answer.
        """
        payload = struct.pack(
            "=4I", _FEATURE_VERSION, _LOGINUID_IMMUTABLE, _LOGINUID_IMMUTABLE, _LOGINUID_IMMUTABLE
        )  # vers, mask, features, lock: as --loginuid-immutable sends it
        self._request(AUDIT_SET_FEATURE, payload, "make login uids immutable")

    def say(self, text: str) -> None:
        """Put a record of type USER into the trail, as ``auditctl -m`` does; no rule and no setting changes.

        The kernel acknowledges it also where audit is off (enabled 0) or a rule keeps it out.

        Raises:
            ChangeRefused: EPERM, without CAP_AUDIT_WRITE.
            EvidenceError: no answer.
        """
        self._request(AUDIT_USER, text.encode("ascii", "replace") + b"\0", "record a message")

    def _set(self, bit: int, word: int, value: int, doing: str) -> int:
        words = [0] * 11
        words[0], words[word] = bit, value
        try:
            payload = _STATUS.pack(*words)
        except struct.error:
            raise ChangeRefused(errno.EINVAL, doing) from None
        return self._request(AUDIT_SET, payload, doing)

    def _request(self, kind: int, payload: bytes, doing: str) -> int:
        """Make a request and wait for its acknowledgement; returns the value in it, 0 for most."""
        self._seq += 1
        header = _HEADER.pack(
            _HEADER.size + len(payload), kind, netlink.NLM_F_REQUEST | netlink.NLM_F_ACK, self._seq, 0
        )
        try:
            self._channel.sendto(header + payload, (0, 0))
        except OSError as exc:
            raise ChangeRefused(exc.errno or 0, doing) from None
        while True:
            for message in netlink.receive(self._channel, TIMEOUT):
                if message.seq == self._seq and message.type == netlink.NLMSG_ERROR:
                    code = netlink.error_code(message.payload)
                    if code > 0:
                        raise ChangeRefused(code, doing)
                    return -code


def set_status(
    enabled: Optional[int] = None,
    failure: Optional[int] = None,
    rate_limit: Optional[int] = None,
    backlog_limit: Optional[int] = None,
    backlog_wait_time: Optional[int] = None,
) -> None:
    """:meth:`Writer.set_status` over a socket of its own."""
    with Writer() as writer:
        writer.set_status(enabled, failure, rate_limit, backlog_limit, backlog_wait_time)


def say(text: str) -> None:
    """:meth:`Writer.say` over a socket of its own."""
    with Writer() as writer:
        writer.say(text)


def reset_lost() -> int:
    """:meth:`Writer.reset_lost` over a socket of its own."""
    with Writer() as writer:
        return writer.reset_lost()
