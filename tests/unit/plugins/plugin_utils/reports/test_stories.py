# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gaps in words, and what is shared among hosts."""

import hashlib

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import wording  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import evidence, hosts, stories, text  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller


def gap(**example):
    event = dict({"arch": "b32", "syscall": "chmod", "object": "/etc/passwd", "access": "a", "auid": 1000}, **example)
    return {
        "requirement": "-w /etc/passwd -p wa", "outcome": "partial", "covered_by": [], "defeated_by": [], "limits": [],
        "missing": [], "incomplete": [], "counterexample": event,
    }  # fmt: skip


def control(entry, **more):
    made = {
        "id": "identity.passwd", "title": "T", "severity": "high", "verdict": "fail", "why": "W", "coverage": [entry],
        "evidence": {}, "not_demanded": [], "reasons": [], "remedy": [],
    }  # fmt: skip
    return dict(made, **more)


@pytest.mark.parametrize(
    ("example", "words"),
    [
        (
            {"because": "10-base.rules:7 (`-a never`) matches it first"},
            (
                "A 32-bit chmod by auid 1000 that changes the attributes of /etc/passwd leaves no record, because"
                " 10-base.rules:7 (`-a never`) matches it first."
            ),
        ),
        (
            {"arch": "b64", "syscall": "openat", "access": "w", "uid": 0, "euid": 0},
            (
                "A 64-bit openat by auid 1000 as uid 0 that opens /etc/passwd for writing leaves no record, because"
                " no rule matches it."
            ),
        ),
        (
            {"arch": "x32", "syscall": "openat", "access": "w", "exit": -13, "auid": 0xFFFFFFFF},
            (
                "An x32 openat by auid unset that opens /etc/passwd for writing and fails with EACCES leaves no record,"
                " because no rule matches it."
            ),
        ),
        (
            {"arch": "b64", "syscall": "execve", "access": "x", "object": ""},
            "A 64-bit execve by auid 1000 that runs a program leaves no record, because no rule matches it.",
        ),
        (
            {"arch": None, "syscall": None},
            "That auid 1000 changes the attributes of /etc/passwd leaves no record, because no rule matches it.",
        ),
    ],
)
def test_a_missed_event_is_one_sentence(example, words):
    assert stories.event_of(gap(**example)).sentence == words


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        ("partial", "A USER_LOGIN record of auid 1000 (uid 0)"),
        ("defeated", "Every USER_LOGIN record"),
    ],
)
def test_a_dropped_record_is_one_sentence(outcome, words):
    example = {
        "arch": None, "syscall": None, "auid": 1000, "uid": 0, "msgtype": 1112, "record": "USER_LOGIN",
        "because": "10.rules:3: the exclude list drops it",
    }  # fmt: skip
    entry = dict(gap(), requirement="USER_LOGIN", outcome=outcome, counterexample=example)
    assert stories.event_of(entry).sentence == f"{words} is dropped, because 10.rules:3: the exclude list drops it."
    said = "an ANOM_LOGIN record of auid 1000 (uid 0) is dropped"
    assert wording.missed_event(dict(example, record="ANOM_LOGIN")) == said
    assert wording.missed_event({"record": "CONFIG_CHANGE"}) == "a CONFIG_CHANGE record is dropped"


def test_where_no_event_is_known_the_requirement_stands_for_it():
    entry = dict(gap(), counterexample=None)
    assert stories.event_of(entry).sentence.startswith("Every event of -w /etc/passwd -p wa leaves no record")


def test_records_that_lack_a_part_and_samples_that_lack_a_field_are_told():
    entry = dict(gap(), outcome="covered", incomplete=["PATH"], counterexample=None)
    sample = {"type": "USER_LOGIN", "at": "2026-11-26T17:00:00Z", "text": "", "present": [], "missing": ["res"]}
    told = stories.told(control(entry, sample=sample))
    assert stories.spoken(told) == (
        "PATH of the events of -w /etc/passwd -p wa leaves no record, because the exclude list drops it.",
        "The USER_LOGIN record of 2026-11-26T17:00:00Z lacks res.",
    )


def test_lines_to_add_stay_as_they_are_and_other_steps_are_words():
    steps = [
        {"do": "remove", "text": "-a never,exit -S all", "file": "/etc/audit/rules.d/10.rules", "line": 7},
        {"do": "add", "text": "-w /etc/passwd -p wa -k identity", "file": None, "line": None},
    ]
    told = stories.told(control(gap(), remedy=steps))
    assert told.lines == ("-w /etc/passwd -p wa -k identity",)
    assert told.steps == ("remove /etc/audit/rules.d/10.rules:7, or move it behind the rules that it hides",)


def test_the_line_to_blame_is_one_on_disk():
    kernel = {"rule": "-a never", "file": "the kernel", "line": 3}
    disk = {"rule": "-a never", "file": "/etc/audit/rules.d/10.rules", "line": 7}
    assert stories.blamed(control(dict(gap(), defeated_by=[kernel, disk]))) == ("/etc/audit/rules.d/10.rules", 7)
    assert stories.blamed(control(dict(gap(), defeated_by=[kernel]))) is None


def test_hosts_with_the_same_story_share_it_and_others_do_not():
    same = control(gap())
    other = control(gap(object="/etc/group"))
    results = [{"host": name, "controls": [one]} for name, one in (("a", other), ("b", same), ("c", same))]
    groups = stories.stories(results, ("fail",))["identity.passwd"]
    assert [group.hosts for group in groups] == [["b", "c"], ["a"]]


def roll(number):
    return hosts.Roll([{"host": f"h{place:03}"} for place in range(number)])


def test_few_hosts_are_named_and_all_hosts_are_not():
    assert roll(200).told(["h001"])[:4] == (1, "1 of 200 hosts", ["h001"], [])
    assert roll(200).told([f"h{place:03}" for place in range(200)])[:4] == (200, "all 200 assessed hosts", [], [])
    assert roll(1).told(["h000"])[:4] == (1, "the one assessed host", ["h000"], [])


def test_many_hosts_are_told_by_those_that_are_missing():
    told = roll(200).told([f"h{place:03}" for place in range(2, 200)])
    assert (told.lead, told.shown, told.rest) == ("198 of 200 hosts, all but", ["h000", "h001"], [])
    assert told.places == "2-199"


def test_no_host_is_lost_when_names_are_folded_away():
    names = [f"h{place:03}" for place in range(0, 200, 3)]
    told = roll(200).told(names)
    assert told.shown + told.rest == names


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("web1", "web1"), ("caf\u00e9", "caf\u00e9"), ("\u65e5\u672c", "\u65e5\u672c"), ("a\nb", "a\\x0ab"),
        ("ho\u202est", "ho\\u202est"), ("a\u200bb", "a\\u200bb"), ("\udce9", "\\udce9"), ("\x00\x1b", "\\x00\\x1b"),
        ("\u2028", "\\u2028"), ("\U000e0041", "\\U000e0041"), ("\u00ad", "\\xad"), (7, "7"),
    ],
)  # fmt: skip
def test_what_cannot_be_seen_is_spelled_out(given, seen):
    assert text.visible(given) == seen


def test_two_names_never_have_one_anchor():
    names = ["a.b", "a b", "a/b", "a~20b", "\u00e9", "A", "a"]
    assert len({text.anchor(name) for name in names}) == len(names)


def test_equal_evidence_is_gathered_and_its_hash_is_that_of_its_canonical_form():
    results = fleets.fleet(6, 12, hostile=False)["results"]
    for name, groups in evidence.gathered(results).items():
        told = sorted(host for group in groups for host in group.hosts)
        assert told == [result["host"] for result in results], name
    one = dict(results[0]["controls"][0], evidence={"b": 1, "a": "\u00e9"}, coverage=[], reasons=[], parameters={})
    assert evidence.canonical(one) == '{"evidence":{"a":"\\u00e9","b":1}}'
    assert evidence.digest("{}") == hashlib.sha256(b"{}").hexdigest()
