# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's rules and status as read by netlink, against what auditctl prints of the same kernel."""

import csv
import os
import subprocess

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, status, text_printed
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line
from ansible_collections.auditops.trail.tests.kernel import control

FIXTURE = os.path.join("tests", "unit", "fixtures", "auditctl-roundtrip.tsv")


def auditctl(*args):
    done = subprocess.run([control.AUDITCTL, *args], check=False, capture_output=True, text=True)
    return done.returncode, done.stdout


def dialect():
    number = auditctl("-v")[1].split()[-1]
    return Dialect(version=tuple(int(part) for part in number.split(".")), machine="x86_64")


def inputs(repository):
    with open(os.path.join(repository, FIXTURE), encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return sorted({row["input"] for row in rows if row["rc"] == "0" and row["auditctl -l"].startswith("-")})


def test_every_listed_rule_is_the_one_auditctl_prints_and_was_given(bench, repository, tmp_path):
    """Each accepted line of the fixture that this auditctl and this kernel take, loaded alone."""
    reader = dialect()
    compared = 0
    for line in inputs(repository):
        text = tmp_path / "one.rules"
        text.write_text(line + "\n")
        text.chmod(0o600)
        if auditctl("-R", str(text))[0]:
            control.delete_all(bench.channel)
            continue
        try:
            rules = kernel.list_rules("x86_64")
            shown = auditctl("-l")[1].rstrip("\n")
        finally:
            control.delete_all(bench.channel)
        assert len(rules) == 1, line
        rule = rules[0]
        assert text_printed.printed(rule, reader) == shown, line
        given = parse_line(line, reader).rule
        assert identity(given, os.path.isdir) == identity(rule), line
        compared += 1
    assert compared >= 80


def test_order_and_places_are_those_of_the_listing(bench):
    lines = [
        "-a always,exclude -F msgtype=CWD",
        "-w {0}/a -p wa -k one".format(bench.scratch.root),
        "-A always,exit -F arch=b64 -S openat -F key=first",
        "-a never,user -F uid=5",
        "-a never,exit -F path={0}/b -F perm=wa".format(bench.scratch.root),
        "-a never,task -F auid=77",
    ]
    try:
        control.load(lines, bench.home)
        rules = kernel.list_rules("x86_64")
        shown = auditctl("-l")[1].splitlines()
    finally:
        control.delete_all(bench.channel)
    assert [rule.origin.line for rule in rules] == [1, 2, 3, 4, 5, 6]
    assert [rule.list for rule in rules] == ["user", "task", "exit", "exit", "exit", "exclude"]
    assert [text_printed.printed(rule, dialect()) for rule in rules] == shown
    assert rules[2].keys == ("first",)
    # auditctl -l hides it behind -w; netlink does not.
    assert rules[4].action == "never" and shown[4].startswith("-w ")


def test_every_text_loads_as_the_same_rule(bench):
    lines = [
        "-w {0}/a -p wa -k one".format(bench.scratch.root),
        "-a never,exit -F dir={0} -F perm=r".format(bench.scratch.root),
        "-a always,exit -F arch=b32 -S open -C auid!=uid -F exit=-EPERM -k t",
    ]
    try:
        control.load(lines, bench.home)
        rules = kernel.list_rules("x86_64")
        control.delete_all(bench.channel)
        control.load([rule.origin.text for rule in rules], bench.home)
        again = kernel.list_rules("x86_64")
    finally:
        control.delete_all(bench.channel)
    assert [identity(rule) for rule in again] == [identity(rule) for rule in rules]


@pytest.mark.parametrize("values", [{"backlog_limit": 8192}, {"backlog_limit": 333, "failure": 0, "rate_limit": 12345}])
def test_status_is_what_auditctl_shows(bench, values):
    try:
        bench.channel.set(**values)
        # Two readings of counters that live on.
        live = {"backlog": None, "backlog_wait_time_actual": None, "lost": None}
        shown = status.parse_status(auditctl("-s")[1])
        assert kernel.read_status()._replace(**live) == shown._replace(**live)
    finally:
        bench.channel.set(backlog_limit=8192, failure=1, rate_limit=0)
