# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and status as the kernel sends them: bytes captured from Linux 6.18, and bytes that are no answer."""

import base64
import errno
import socket
import struct
import zlib

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import UNSET, Compare, Field, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.status import Status

# What AUDIT_LIST_RULES sent, deflated, and what auditctl had been given.
CAPTURED = [
    (
        "eNpjYIAARiD+P6IBJAxGMmBlGPHAYaQHAACAMP1K",
        "-a never,user -F uid=5",
        Rule("user", "never", None, (Field("uid", "=", 5),)),
    ),
    (
        "eNpjZIAARoZRwDnC/e87mgQcRnoAAAACzwCZ",
        "-a never,task -F auid=77",
        Rule("task", "never", None, (Field("auid", "=", 77),)),
    ),
    (
        "eNpjYWBgYAJiZiD+P6IBA0MmMAyygPgSw8gEwkDMBcTsDCMWOCDhEQekgFi/qDRPP7E0JbMkv6BYNzmxQD8xPy+VsaQ8HwDDRQlo",
        "-w /run/auditops-cap/a -p wa -k one -k two",
        Rule(
            "exit",
            "always",
            None,
            (Field("path", "=", "/run/auditops-cap/a"), Field("perm", "=", 10)),
            ("one", "two"),
        ),
    ),
    (
        "eNpjYYAAJiD+P6IBA0MmMAyyGEYuEAZiLoYRDRygeMTGv35RaZ5+YmlKZkl+QbFucmKBfhIAqIgFqQ==",
        "-a never,exit -F path=/run/auditops-cap/b -F perm=wa",
        Rule("exit", "never", None, (Field("path", "=", "/run/auditops-cap/b"), Field("perm", "=", 10))),
    ),
    (
        "eNpjYWBgYILi/yMaMDBkA8Mgi2HkAhEgZmQY0cABikds/OsXlebpJ5amZJbkFxTrJicW6KfoAwCsUAXX",
        "-a always,exit -F dir=/run/auditops-cap/d/ -F perm=x",
        Rule("exit", "always", None, (Field("dir", "=", "/run/auditops-cap/d/"), Field("perm", "=", 1))),
    ),
    (
        "eNpjYWBgYAJiNiBmYcAPmBiGN+AGYk4oTgfifCC+xDBygB0Dw4EXzAwM/4HgMxCDwoORYUQBByBOAGIDKBtGjwgAiutsAJBYDaU=",
        "-a always,exit -F arch=b64 -S open,openat -F auid>=1000 -F auid!=unset -F exit=-EACCES -C euid!=uid -k k",
        Rule(
            "exit",
            "always",
            frozenset([2, 257]),
            (
                Field("arch", "=", 0xC000003E),
                Field("auid", ">=", 1000),
                Field("auid", "!=", UNSET),
                Field("exit", "=", 2**32 - errno.EACCES),
                Compare("uid", "!=", "euid"),
            ),
            ("k",),
        ),
    ),
    (
        (
            "eNpjYWBgYAJiLiD+P6IBA0MBMAz4gVgYiE8CcSEQ5wBxBhBLAnEaEF9iGL6AE4hZodgBmibADGjaAIkzMgxr4ICEPZDYBlDsgAiR"
            "4QdEgFg/KTNPv6SoNDUtPz++JCmxKL60CgAH5hAf"
        ),
        (
            "-a always,exit -F exe=/bin/true -S all -F subj_type=foo_t -F obj_user=bar_u -F a1&=0x40 -F saddr_fam=10"
            " -F filetype=dir -F success!=0 -F sessionid!=unset -F inode=5 -k z"
        ),
        Rule(
            "exit",
            "always",
            None,
            (
                Field("exe", "=", "/bin/true"),
                Field("subj_type", "=", "foo_t"),
                Field("obj_user", "=", "bar_u"),
                Field("a1", "&=", 0x40),
                Field("saddr_fam", "=", 10),
                Field("filetype", "=", 0o040000),
                Field("success", "!=", 0),
                Field("sessionid", "!=", UNSET),
                Field("inode", "=", 5),
            ),
            ("z",),
        ),
    ),
    (
        "eNpjZWBgYAJiRiD+P6IBAwMPw8gG0qwMIx04jPQAAAD0K/13",
        "-a always,exclude -F msgtype=CWD",
        Rule("exclude", "always", None, (Field("msgtype", "=", 1307),)),
    ),
    (
        "eNpjY4AARiD+P6IBA4MUw8gGyYlFJSM8CBxGuP8ZADIj/w4=",
        "-a never,filesystem -F fstype=tracefs",
        Rule("filesystem", "never", None, (Field("fstype", "=", 0x74726163),)),
    ),
]


def inflated(text):
    return zlib.decompress(base64.b64decode(text))


def rule_bytes(flags=4, action=2, fields=(), text=b"", count=None, buflen=None):
    """struct audit_rule_data, every call in its mask."""
    columns = [[0] * 64 for _column in range(3)]
    for n, (number, operator, value) in enumerate(fields):
        columns[0][n], columns[1][n], columns[2][n] = number, value, operator
    words = [flags, action, len(fields) if count is None else count] + [0xFFFFFFFF] * 63 + [0]
    for column in columns:
        words += column
    words.append(len(text) if buflen is None else buflen)
    return struct.pack("={0}I".format(len(words)), *words) + text


@pytest.mark.parametrize("captured, line, rule", CAPTURED, ids=[case[1] for case in CAPTURED])
def test_a_captured_rule_is_what_auditctl_was_given(captured, line, rule):
    decoded = kernel.decode_rule(inflated(captured), position=7)
    assert decoded == rule._replace(origin=Origin("the kernel", 7, ""))


def test_the_text_of_a_rule_means_the_rule():
    decoded = kernel.decode_rule(inflated(CAPTURED[3][0]), "x86_64", 1)
    assert "never" in decoded.origin.text and "/run/auditops-cap/b" in decoded.origin.text


def test_a_field_without_words_leaves_the_text_empty():
    decoded = kernel.decode_rule(rule_bytes(fields=[(99, 0x40000000, 1)]), "x86_64", 1)
    assert decoded.conditions == (Field("f99", "=", 1),)
    assert decoded.origin.text == ""


@pytest.mark.parametrize("op, value, expected", [(0x40000000, 1, "!="), (0x40000000, 0, "="), (0x30000000, 1, "=")])
def test_whether_there_is_an_auid_is_said_in_words_of_auditctl(op, value, expected):
    """AUDIT_LOGINUID_SET: other programs than auditctl send it."""
    decoded = kernel.decode_rule(rule_bytes(fields=[(24, op, value)]), "x86_64", 1)
    assert decoded.conditions == (Field("auid", expected, 4294967295),)


@pytest.mark.parametrize("number", range(1, 26))
def test_every_comparison_of_the_kernel_has_a_pair(number):
    (found,) = kernel.decode_rule(rule_bytes(fields=[(111, 0x30000000, number)])).conditions
    assert isinstance(found, Compare) and found.op == "!=" and found.left != found.right


def test_an_unknown_comparison_and_an_unknown_field_keep_their_numbers():
    decoded = kernel.decode_rule(rule_bytes(fields=[(111, 0x40000000, 26), (114, 0x60000000, 3)]))
    assert decoded.conditions == (Field("f111", "=", 26), Field("f114", ">=", 3))


def test_text_that_is_not_utf8_survives():
    decoded = kernel.decode_rule(rule_bytes(fields=[(105, 0x40000000, 4)], text=b"/\xff\xfea"))
    assert decoded.value("path").encode("utf-8", "surrogateescape") == b"/\xff\xfea"


def test_two_strings_follow_each_other_in_the_buffer():
    fields = [(112, 0x30000000, 4), (210, 0x40000000, 3), (107, 0x40000000, 2)]
    decoded = kernel.decode_rule(rule_bytes(fields=fields, text=b"/exek\x01k/d"))
    assert decoded.conditions == (Field("exe", "!=", "/exe"), Field("dir", "=", "/d"))
    assert decoded.keys == ("k", "k")


@pytest.mark.parametrize(
    "payload, said",
    [
        (b"", "0 bytes"),
        (rule_bytes()[:-1], "at least"),
        (rule_bytes(flags=2), "list number 2"),
        (rule_bytes(action=1), "action number 1"),
        (rule_bytes(count=65), "65 fields"),
        (rule_bytes(text=b"abc", buflen=9), "3 of 9 bytes"),
        (rule_bytes(fields=[(105, 0x40000000, 9)], text=b"/a"), "beyond the end"),
        (rule_bytes(fields=[(1, 0, 9)]), "operator 0x0"),
        (rule_bytes(fields=[(114, 0x40000000, 3)], text=b"abc"), "no known field owns"),
    ],
)
def test_bytes_that_are_no_rule_are_an_error_with_place_and_remedy(payload, said):
    with pytest.raises(EvidenceError) as caught:
        kernel.decode_rule(payload, position=3)
    assert said in caught.value.message
    assert (caught.value.file, caught.value.line) == ("the kernel", 3)
    assert "auditctl -l" in caught.value.remedy


STATUS = struct.pack("=11I", 0, 1, 2, 777, 5, 8192, 6, 7, 0x7F, 60000, 9)


def test_status_of_a_kernel_of_today():
    features = struct.pack("=4I", 1, 0xFFFFFFFF, 2, 2)
    expected = Status(1, 2, 777, 5, 8192, 6, 7, 60000, 9, 1, 1)
    assert kernel.decode_status(STATUS, features) == expected
    assert kernel.decode_status(STATUS + b"\0" * 8, features) == expected


def test_an_older_kernel_leaves_out_what_it_does_not_have():
    assert kernel.decode_status(STATUS[:40], struct.pack("=4I", 1, 1, 0, 2)) == Status(
        1, 2, 777, 5, 8192, 6, 7, 60000, None, 0, 1
    )
    assert kernel.decode_status(STATUS[:32], None) == Status(1, 2, 777, 5, 8192, 6, 7, None, None, None, None)


@pytest.mark.parametrize("status, features", [(STATUS[:31], None), (b"", None), (STATUS, b"\0" * 15)])
def test_half_a_status_is_an_error(status, features):
    with pytest.raises(EvidenceError) as caught:
        kernel.decode_status(status, features)
    assert caught.value.remedy


def frame(kind, payload, seq=1):
    return struct.pack("=IHHII", 16 + len(payload), kind, 0, seq, 0) + payload + b"\0" * (-len(payload) % 4)


class FakeKernel:
    """A netlink socket whose kernel answers with given datagrams."""

    def __init__(self, answers, sender=0, flags=0):
        self.answers = list(answers)
        self.sender = sender
        self.flags = flags
        self.seq = 0
        self.pair = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.closed = False

    def bind(self, _address):
        pass

    def setsockopt(self, *_option):
        raise OSError(errno.EPERM, "no CAP_NET_ADMIN")

    def fileno(self):
        return self.pair[0].fileno()

    def sendto(self, data, _address):
        self.seq = struct.unpack_from("=I", data, 8)[0]
        for _answer in self.answers:
            self.pair[1].send(b"x")

    def recvmsg(self, _size):
        self.pair[0].recv(1)
        answer = self.answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        if isinstance(answer, list):
            answer = b"".join(frame(kind, payload, self.seq) for kind, payload in answer)
        return answer, [], self.flags, (self.sender, 0)

    def close(self):
        self.closed = True
        self.pair[0].close()
        self.pair[1].close()


@pytest.fixture
def fake(monkeypatch):
    def install(*answers, **how):
        made = FakeKernel(answers, **how)
        monkeypatch.setattr(netlink.socket, "socket", lambda *_args: made)
        return made

    return install


ACK = (netlink.NLMSG_ERROR, struct.pack("=i", 0) + b"\0" * 16)


def refusal(code):
    return (netlink.NLMSG_ERROR, struct.pack("=i", -code) + b"\0" * 16)


def test_a_listing_over_several_datagrams_ends_with_done(fake):
    rules = [inflated(case[0]) for case in CAPTURED]
    asked = fake([ACK], [(1013, rules[0]), (1013, rules[1])], [(1013, rules[2])], [(netlink.NLMSG_DONE, b"")])
    listed = kernel.list_rules()
    assert [rule.origin.line for rule in listed] == [1, 2, 3]
    assert [rule.list for rule in listed] == ["user", "task", "exit"]
    assert asked.closed


def test_an_answer_to_another_question_is_passed_over(fake):
    stale = frame(1013, inflated(CAPTURED[0][0]), seq=0)
    fake(stale, [ACK], [(netlink.NLMSG_DONE, b"")])
    assert kernel.list_rules() == []


@pytest.mark.parametrize(
    "code, said",
    [
        (errno.EPERM, "CAP_AUDIT_CONTROL"),
        (errno.ECONNREFUSED, "container"),
        (errno.EPROTONOSUPPORT, "CONFIG_AUDIT"),
        (errno.EINVAL, "auditctl -s"),
    ],
)
def test_a_refusal_names_errno_and_remedy(fake, code, said):
    fake([refusal(code)])
    with pytest.raises(EvidenceError) as caught:
        kernel.list_rules()
    assert errno.errorcode[code] in caught.value.message
    assert said in caught.value.remedy


def test_no_audit_in_the_kernel_is_said_when_the_socket_is_refused(monkeypatch):
    def refuse(*_args):
        raise OSError(errno.EPROTONOSUPPORT, "no")

    monkeypatch.setattr(netlink.socket, "socket", refuse)
    with pytest.raises(EvidenceError) as caught:
        kernel.read_status()
    assert "CONFIG_AUDIT" in caught.value.remedy


def test_after_an_overrun_the_kernel_is_asked_again(monkeypatch):
    rules = [inflated(case[0]) for case in CAPTURED]
    whole = ([ACK], [(1013, rules[0]), (1013, rules[1])], [(netlink.NLMSG_DONE, b"")])
    kernels = [FakeKernel(([ACK], [(1013, rules[0])], OSError(errno.ENOBUFS, "overrun"))), FakeKernel(whole)]
    waiting = iter(kernels)
    monkeypatch.setattr(netlink.socket, "socket", lambda *_args: next(waiting))
    assert len(kernel.list_rules()) == 2
    assert all(asked.closed for asked in kernels)


def test_an_overrun_again_and_again_is_an_error(monkeypatch):
    kernels = iter([FakeKernel((OSError(errno.ENOBUFS, "overrun"),)) for _try in range(3)])
    monkeypatch.setattr(netlink.socket, "socket", lambda *_args: next(kernels))
    with pytest.raises(EvidenceError) as caught:
        kernel.list_rules()
    assert "try again" in caught.value.remedy


@pytest.mark.parametrize(
    "answer",
    [b"\x01", struct.pack("=IHHII", 400, 1013, 0, 1, 0) + b"short", struct.pack("=IHHII", 3, 1013, 0, 1, 0)],
)
def test_a_cut_message_is_an_error(fake, answer):
    fake(answer)
    with pytest.raises(EvidenceError) as caught:
        kernel.list_rules()
    assert "truncated" in caught.value.message and caught.value.remedy


def test_a_datagram_larger_than_the_buffer_is_an_error(fake):
    fake([ACK], flags=socket.MSG_TRUNC)
    with pytest.raises(EvidenceError) as caught:
        kernel.list_rules()
    assert "longer than" in caught.value.message


def test_silence_is_an_error(fake):
    fake([ACK])
    with pytest.raises(EvidenceError) as caught:
        netlink.ask(netlink.AUDIT_GET, timeout=0.05)
    assert "did not answer" in caught.value.message


def test_another_process_cannot_answer_for_the_kernel(fake):
    fake([(netlink.NLMSG_DONE, b"")], sender=4711)
    with pytest.raises(EvidenceError) as caught:
        netlink.ask(netlink.AUDIT_LIST_RULES, timeout=0.05)
    assert "did not answer" in caught.value.message


def test_a_kernel_without_features_still_has_a_status(monkeypatch):
    def ask(question):
        if question == netlink.AUDIT_GET_FEATURE:
            raise netlink.refused(errno.EINVAL, "ask")
        return [netlink.Message(question, 1, STATUS)]

    monkeypatch.setattr(netlink, "ask", ask)
    assert kernel.read_status().loginuid_immutable is None
    assert kernel.read_status().pid == 777


def test_a_refused_feature_request_is_not_taken_for_an_old_kernel(monkeypatch):
    def ask(question):
        if question == netlink.AUDIT_GET_FEATURE:
            raise netlink.refused(errno.EPERM, "ask")
        return [netlink.Message(question, 1, STATUS)]

    monkeypatch.setattr(netlink, "ask", ask)
    with pytest.raises(EvidenceError):
        kernel.read_status()
