# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that change something: what is sent, and what is said of the kernel's answer."""

import errno
import socket
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, kernel_write, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status


class Answering:
    """A netlink socket whose kernel acknowledges each request with the next code (0 where none is left)."""

    def __init__(self, codes):
        self.codes = list(codes)
        self.sent = []
        self.pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.closed = False

    def bind(self, _address):
        pass

    def fileno(self):
        return self.pair[0].fileno()

    def sendto(self, data, _address):
        _length, kind, flags, seq, _port = struct.unpack_from("=IHHII", data)
        assert flags == netlink.NLM_F_REQUEST | netlink.NLM_F_ACK
        self.sent.append((kind, data[16:]))
        code = self.codes.pop(0) if self.codes else 0
        if code is None:
            return
        # An answer to somebody else's request comes first, and is to be passed over.
        for number, value in ((seq - 1, -1), (seq, code)):
            self.pair[1].send(struct.pack("=IHHIIi", 20, netlink.NLMSG_ERROR, 0, number, 0, value))

    def recvmsg(self, size):
        return self.pair[0].recv(size), [], 0, (0, 0)

    def close(self):
        self.closed = True
        self.pair[0].close()
        self.pair[1].close()


@pytest.fixture
def answering(monkeypatch):
    def install(*codes):
        made = Answering(codes)
        monkeypatch.setattr(kernel_write.socket, "socket", lambda *_args: made)
        return made

    return install


def words(payload):
    return struct.unpack("={0}I".format(len(payload) // 4), payload)


def test_rules_go_out_as_they_are(answering):
    sent = answering().sent
    with kernel_write.Writer() as writer:
        writer.add(b"rule one")
        writer.delete(b"rule two")
    assert sent == [(1011, b"rule one"), (1012, b"rule two")]


def test_the_socket_is_given_back(answering):
    made = answering(-errno.EPERM)
    with pytest.raises(kernel_write.ChangeRefused), kernel_write.Writer() as writer:
        writer.add(b"")
    assert made.closed


@pytest.mark.parametrize(
    "code, said",
    [
        (errno.EEXIST, "loaded already"),
        (errno.ENOENT, "create the directory"),
        (errno.EINVAL, "audit.rules(7)"),
        (errno.EPERM, "reboot"),
        (errno.EIO, "auditctl"),
    ],
)
def test_a_refusal_has_errno_and_remedy(answering, code, said):
    answering(-code)
    with pytest.raises(kernel_write.ChangeRefused) as caught, kernel_write.Writer() as writer:
        writer.add(b"")
    assert caught.value.errno == code
    assert errno.errorcode[code] in caught.value.message and "add a rule" in caught.value.message
    assert said in caught.value.remedy


def test_each_value_is_a_request_of_its_own_and_enabled_is_the_last(answering):
    sent = answering().sent
    kernel_write.set_status(enabled=2, failure=2, rate_limit=3, backlog_limit=4, backlog_wait_time=5)
    assert [kind for kind, _payload in sent] == [1001] * 5
    told = [words(payload) for _kind, payload in sent]
    # mask, enabled, failure, pid, rate_limit, backlog_limit, lost, backlog, features, backlog_wait_time, actual
    assert told[0] == (16, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0)
    assert told[1] == (32, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0)
    assert told[2] == (8, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0)
    assert told[3] == (2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)
    assert told[4] == (1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0)


def test_what_is_not_given_is_not_sent(answering):
    sent = answering().sent
    kernel_write.set_status(failure=0)
    assert [words(payload)[:3] for _kind, payload in sent] == [(2, 0, 0)]


@pytest.mark.parametrize("value", [-1, 1 << 32])
def test_a_value_without_room_is_refused_before_it_is_sent(answering, value):
    sent = answering().sent
    with pytest.raises(kernel_write.ChangeRefused) as caught:
        kernel_write.set_status(backlog_limit=value)
    assert "backlog_limit to {0}".format(value) in caught.value.message
    assert sent == []


def test_a_refused_value_is_named_and_what_comes_behind_is_not_sent(answering):
    sent = answering(0, -errno.EINVAL).sent
    with pytest.raises(kernel_write.ChangeRefused) as caught:
        kernel_write.set_status(backlog_limit=9, backlog_wait_time=1 << 30, failure=1)
    assert "backlog_wait_time to 1073741824" in caught.value.message
    assert len(sent) == 2


def test_a_message_goes_out_as_auditctl_sends_it(answering):
    made = answering()
    kernel_write.say("op=health-check id=1 n\xe9 res=success")
    assert made.sent == [(1005, b"op=health-check id=1 n? res=success\0")]
    assert made.closed


def test_a_message_that_is_refused_says_so(answering):
    answering(-errno.EPERM)
    with pytest.raises(kernel_write.ChangeRefused, match="refused to record a message"):
        kernel_write.say("x")


def test_the_reset_answers_with_what_was_lost(answering, monkeypatch):
    monkeypatch.setattr(kernel, "read_status", lambda: Status(lost=41))
    sent = answering(42).sent
    assert kernel_write.reset_lost() == 42
    assert [words(payload)[0] for _kind, payload in sent] == [64]


def test_nothing_lost_is_nothing_lost(answering, monkeypatch):
    monkeypatch.setattr(kernel, "read_status", lambda: Status(lost=0))
    answering(0)
    assert kernel_write.reset_lost() == 0


def test_a_kernel_that_cannot_reset_is_not_believed(answering, monkeypatch):
    monkeypatch.setattr(kernel, "read_status", lambda: Status(lost=41))
    answering(0)
    with pytest.raises(EvidenceError) as caught:
        kernel_write.reset_lost()
    assert "4.10" in caught.value.remedy


def test_the_login_uid_is_locked_as_auditctl_does_it(answering):
    sent = answering().sent
    with kernel_write.Writer() as writer:
        writer.make_loginuid_immutable()
    assert [(kind, words(payload)) for kind, payload in sent] == [(1018, (1, 2, 2, 2))]


def test_silence_is_an_error(answering, monkeypatch):
    monkeypatch.setattr(kernel_write, "TIMEOUT", 0.05)
    answering(None)
    with pytest.raises(EvidenceError) as caught, kernel_write.Writer() as writer:
        writer.add(b"")
    assert "did not answer" in caught.value.message


def test_no_audit_here_is_told_with_a_remedy(monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EPROTONOSUPPORT, "no")

    monkeypatch.setattr(kernel_write.socket, "socket", refuse)
    with pytest.raises(EvidenceError) as caught:
        kernel_write.set_status(failure=1)
    assert "CONFIG_AUDIT" in caught.value.remedy
