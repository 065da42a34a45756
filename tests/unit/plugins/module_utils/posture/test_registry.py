# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One collector that fails costs its own part and no other."""

import ast
import inspect
import os
import re
import struct
import subprocess
import sys

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms, kernel_rules, kernel_status, registry
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION, Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.registry import Collector
from ansible_collections.auditops.trail.plugins.module_utils.rules import netlink

HOST = {"machine": "x86_64", "auditctl_version": [3, 0, 9]}


def refused(*_arguments):
    raise EvidenceError("only root may ask", "netlink", None, "use become.")


def test_a_collector_that_fails_leaves_the_rest():
    def broken(_context, _posture):
        return {}["absent"]

    posture = registry.collect(
        Context(),
        (
            Collector("one", lambda _context, _posture: {"value": 1}),
            Collector("two", refused),
            Collector("three", broken),
            Collector("four", lambda _context, posture: {"seen": sorted(posture["errors"])}),
        ),
    )
    assert posture["one"] == {"value": 1}
    assert "two" not in posture
    assert posture["errors"]["two"] == {
        "message": "only root may ask",
        "file": "netlink",
        "line": None,
        "remedy": "use become.",
    }
    assert "KeyError" in posture["errors"]["three"]["message"]
    assert posture["four"] == {"seen": ["three", "two"]}
    assert posture["posture_version"] == POSTURE_VERSION


def test_the_parts_are_collected_in_the_order_in_which_they_need_each_other():
    before = set()
    for collector in registry.COLLECTORS:
        assert set(collector.needs) <= before, collector.part
        before.add(collector.part)
    assert registry.COLLECTORS[-1].part == "paths"


def test_what_collects_a_part_is_read_when_the_part_is_asked_for(collections_path):
    asked = (
        "import sys\n"
        "from {0} import context, registry\n"
        "registry.collect(context.Context(), parts=['system'])\n"
        "print([name for name in sys.modules if name.startswith('{0}.')])"
    ).format(registry.__name__.rpartition(".")[0])
    environ = dict(os.environ, PYTHONPATH=str(collections_path))
    told = subprocess.run([sys.executable, "-B", "-c", asked], stdout=subprocess.PIPE, check=True, env=environ)
    read = {name.rpartition(".")[2] for name in ast.literal_eval(told.stdout.decode())}
    assert "system" in read and not read & {"fim", "logins", "shipping", "trail"}


def test_all_that_collects_is_brought_to_a_target():
    modules = {module.__name__.rpartition(".")[2]: module for module in registry.shipped()}
    named = set(re.findall(r'_of\("(\w+)"\)', inspect.getsource(registry)))
    assert len(named) == len(registry.COLLECTORS) and set(modules) == named
    assert all(callable(module.collect) for module in modules.values())


def test_each_part_has_a_form():
    assert {collector.part for collector in registry.COLLECTORS} <= set(forms.PARTS)


def test_some_parts_cost_only_these_and_what_they_need():
    def collector(part, *needs):
        return Collector(part, lambda _context, posture: sorted(set(posture) & {"a", "b", "c", "d"}), needs)

    made = (collector("a"), collector("b", "a"), collector("c"), collector("d", "b"))
    posture = registry.collect(Context(), made, parts=["d"])
    assert {part: posture[part] for part in "abcd" if part in posture} == {"a": [], "b": ["a"], "d": ["a", "b"]}
    assert not set(registry.collect(Context(), made, parts=[])) & {"a", "b", "c", "d"}
    with pytest.raises(ValueError, match="'e'"):
        registry.collect(Context(), made, parts=["e"])


def test_a_part_that_builds_on_a_failed_one_gives_its_reason():
    parts = tuple(c for c in registry.COLLECTORS if c.part in ("rules", "disk", "paths"))
    posture = registry.collect(Context(), (Collector("host", refused),) + parts)
    assert set(posture["errors"]) == {"host", "rules", "disk", "paths"}
    assert {error["message"] for error in posture["errors"].values()} == {"only root may ask"}


def test_where_netlink_is_refused_auditctl_is_asked(monkeypatch):
    monkeypatch.setattr(kernel_status, "read_status", refused)
    monkeypatch.setattr(
        kernel_status.auditctl,
        "ask",
        lambda option: "enabled 1\nfailure 1\npid 7\nrate_limit 0\nbacklog_limit 64\nlost 0\nbacklog 0\n",
    )
    assert kernel_status.collect(Context(), {})["pid"] == 7


def test_where_nothing_answers_the_words_are_netlinks(monkeypatch):
    monkeypatch.setattr(kernel_status, "read_status", refused)
    monkeypatch.setattr(kernel_status.auditctl, "ask", lambda option: None)
    with pytest.raises(EvidenceError, match="only root may ask"):
        kernel_status.collect(Context(), {})


def test_a_watch_listed_by_auditctl_has_no_known_action(monkeypatch):
    monkeypatch.setattr(kernel_rules, "list_rules", refused)
    monkeypatch.setattr(kernel_rules.auditctl, "ask", lambda option: "-w /etc/passwd -p wa\n")
    found = kernel_rules.collect(Context(), {"host": HOST, "errors": {}})
    assert found["source"] == "auditctl -l"
    assert [rule["action"] for rule in found["loaded"]] == [None]


@pytest.mark.parametrize(
    "errors, listed", [("", "-w /etc/passwd -p wa\n"), ("Error receiving audit netlink packet", None)]
)
def test_a_listing_that_is_not_whole_is_none(monkeypatch, tmp_path, errors, listed):
    """A starved auditctl: rules are missing, which it says on standard error alone."""
    program = tmp_path / "auditctl"
    program.write_text("#!/bin/sh\necho '-w /etc/passwd -p wa'\nprintf '{0}' >&2\n".format(errors))
    program.chmod(0o755)
    monkeypatch.setattr(kernel_rules.auditctl, "find_program", lambda name: str(program))
    assert kernel_rules.auditctl.ask("-l") == listed


def test_a_rule_of_the_kernel_gets_a_line_for_people(monkeypatch):
    from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Field, Origin, Rule

    rule = Rule("exit", "never", None, (Field("path", "=", "/etc/shadow"),), origin=Origin("the kernel", 1))
    monkeypatch.setattr(kernel_rules, "list_rules", lambda: [rule])
    found = kernel_rules.collect(Context(), {"host": HOST, "errors": {}})
    assert found["source"] == "netlink"
    assert found["loaded"][0]["text"] == "-a never,exit -F path=/etc/shadow"


@pytest.mark.parametrize("version, word", [([3, 0, 9], "452"), ([4, 2, 1], "fchmodat2")])
def test_the_line_for_people_is_one_for_the_hosts_auditctl(monkeypatch, version, word):
    """3.0.9 has no name for call 452 and would refuse the one that 4.2.1 has."""
    mask = [0] * 14 + [1 << 4] + [0] * 49
    fields, values, operators = [11] + [0] * 63, [0xC000003E] + [0] * 63, [0x40000000] + [0] * 63
    payload = struct.pack("=260I", 4, 2, 1, *(mask + fields + values + operators), 0)
    monkeypatch.setattr(netlink, "ask", lambda kind: [netlink.Message(netlink.AUDIT_LIST_RULES, 1, payload)])
    found = kernel_rules.collect(Context(), {"host": dict(HOST, auditctl_version=version), "errors": {}})
    assert found["loaded"][0]["text"] == "-a always,exit -F arch=b64 -S " + word
