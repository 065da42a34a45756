# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and loads survive being saved."""

import json

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec
from ansible_collections.auditops.trail.plugins.module_utils.rules.lines import from_texts
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load, Rejected, Removed, Setting
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect, Origin, Rule
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

DIALECT = Dialect(users=(), groups=())
LINES = [
    "-w /etc/passwd -p wa -k identity",
    "-a never,exit -F path=/etc/shadow -F perm=wa",
    "-A always,exit -F arch=b64 -S execve,execveat -C uid!=euid -F euid=0 -F auid!=unset -k a -k b",
    "-a always,exit -F arch=b32 -S open -F exit=-EACCES -F success=0 -F a1&=3 -k x",
    "-a always,exclude -F msgtype=CWD",
    "-a never,filesystem -F fstype=tracefs",
    "-a always,exit -F dir=/var/log/audit -F perm=rwxa",
    "-a never,task -F auid>=1000",
]


def saved(data):
    return json.loads(json.dumps(data))


@pytest.mark.parametrize("line", LINES)
def test_a_rule_comes_back_as_it_was(line):
    rule = parse_line(line, DIALECT, "10.rules", 3).rule
    assert codec.rule_from_plain(saved(codec.rule_to_plain(rule))) == rule


def test_a_rule_of_unknown_action_stays_unknown():
    rule = Rule("exit", None, None, ())
    assert codec.rule_from_plain(saved(codec.rule_to_plain(rule))).action is None


def test_bytes_that_are_not_utf8_survive():
    rule = parse_line("-w /srv/caf\udce9 -p wa", DIALECT).rule
    assert codec.rule_from_plain(saved(codec.rule_to_plain(rule))) == rule


def test_a_load_comes_back_as_it_was():
    lines = ["-D", "-b 8192"] + LINES + ["-a always,exit -S nosuchcall", "-e 2"]
    load = simulate(from_texts(lines, "10.rules"), DIALECT)
    assert load.rejected
    assert load.stopped_at is not None
    assert codec.load_from_plain(saved(codec.load_to_plain(load))) == load


def test_every_part_of_a_load_is_kept():
    rule = parse_line(LINES[0], DIALECT, "a", 1).rule
    load = Load(
        loaded=(rule,),
        removed=(Removed(rule, Origin("b", 2, "-D"), "deleted"),),
        rejected=(Rejected(Origin("c", 3, "junk"), "not a rule", "delete it"),),
        stopped_at=Origin("c", 3, "junk"),
        warnings=("slow",),
        settings={"enabled": Setting(1, Origin("d", 4, "-e 1")), "failure": Setting(2)},
        live=True,
    )
    assert codec.load_from_plain(saved(codec.load_to_plain(load))) == load
    assert set(Load._fields) == {"loaded", "removed", "rejected", "stopped_at", "warnings", "settings", "live"}


@pytest.mark.parametrize(
    "broken",
    [{}, {"list": "exit"}, {"list": "exit", "action": "always", "syscalls": ["x"], "conditions": [], "keys": []}, None],
    ids=["empty", "half", "syscall", "null"],
)
def test_data_of_another_form_is_refused(broken):
    with pytest.raises(EvidenceError):
        codec.rule_from_plain(broken)


def test_a_load_of_another_form_is_refused():
    with pytest.raises(EvidenceError):
        codec.load_from_plain({"rules": [{}]})


@pytest.mark.parametrize(
    "changed",
    [
        {"list": "exits"},
        {"action": "possible"},
        {"syscalls": "59"},
        {"syscalls": [True]},
        {"syscalls": [4096]},
        {"keys": "k"},
        {"conditions": [{"field": "perm", "op": "~", "value": 2}]},
        {"conditions": [{"field": "perm", "op": "=", "value": "2"}]},
        {"conditions": [{"field": "path", "op": "=", "value": 2}]},
        {"conditions": [{"compare": "uid", "op": ">", "with": "euid"}]},
        {"conditions": [{"compare": "uid", "op": "=", "with": 3}]},
    ],
)
def test_a_rule_that_no_kernel_holds_is_refused(changed):
    made = {"list": "exit", "action": "always", "syscalls": [59], "conditions": [], "keys": []}
    assert codec.rule_from_plain(made).syscalls == frozenset([59])
    with pytest.raises(EvidenceError):
        codec.rule_from_plain(dict(made, **changed))


def test_a_field_that_does_not_exist():
    data = codec.rule_to_plain(parse_line(LINES[0], DIALECT, "10.rules", 3).rule)
    data["conditions"][0]["field"] = "nosuch"
    with pytest.raises(EvidenceError):
        codec.rule_from_plain(saved(data))
