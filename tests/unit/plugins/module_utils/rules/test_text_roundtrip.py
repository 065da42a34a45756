# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real auditctl did, against what is read here.

``auditctl-roundtrip.tsv``: 158 argument vectors given to auditctl 3.0.9, 3.1.5,
4.0.5 and 4.2.1 on x86_64 (kernel 6.18), with exit code, messages and what
``auditctl -l`` printed then. ``auditctl-3.0.9-files.json``: small rules files
given to ``auditctl -R`` of 3.0.9, with exit code, listing, and the status
values that were no longer the ones before (failure 1, rate_limit 0,
backlog_limit 64, backlog_wait_time 15000).
"""

import json
import os
import shlex

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.identity import identity, kernel_identity, same
from ansible_collections.auditops.trail.plugins.module_utils.rules.listing import parse_listing
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import LISTS, Dialect, Origin
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_args, parse_line
from ansible_collections.auditops.trail.plugins.module_utils.rules.render import printed, render

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3 + ["fixtures"])
VERSIONS = ("3.0.9", "3.1.5", "4.0.5", "4.2.1")
# On the machine that was asked; /var/run is a link to a directory there.
DIRECTORIES = ("/", "//", "/dev", "/etc", "/etc/ssh", "/home", "/var/run")
ENOENT = "No such file or directory"


def is_dir(path):
    return path in DIRECTORIES


def dialect(version):
    release = tuple(int(part) for part in version.split("."))
    return Dialect(release, "x86_64", (("root", 0),), (("root", 0), ("adm", 4)))


def rows(version):
    with open(os.path.join(FIXTURES, "auditctl-roundtrip.tsv")) as file:
        table = [line.rstrip("\n").split("\t") for line in file]
    assert table[0] == ["version", "input", "rc", "messages", "auditctl -l"]
    return [row[1:] for row in table[1:] if row[0] == version]


def read(text, version):
    return parse_args(shlex.split(text), dialect(version), Origin("row", 1, text))


def accepted(version):
    return [(text, out) for text, rc, _messages, out in rows(version) if rc == "0" and not text.startswith("-D")]


def recognised(rule, out, version):
    """Whether the printed line is read as that rule, as far as a listing can tell: it hides a watch's action."""
    (listed,) = parse_listing(out, dialect(version))
    if listed.action is not None:
        return same(rule, listed, is_dir) is True
    return same(rule, listed, is_dir) is None and identity(rule, is_dir) == identity(
        listed._replace(action=rule.action), is_dir
    )


def other_input(rule, out, version):
    """Whether another rule than ``rule`` prints the same line: the line itself, given to auditctl."""
    try:
        other = parse_line(out, dialect(version)).rule
        text = printed(other, dialect(version), "path")
    except RuleError:
        return False
    return text == out and same(rule, other, is_dir) is False


@pytest.mark.parametrize("version", VERSIONS)
def test_every_row_is_there(version):
    assert len(rows(version)) == 158


@pytest.mark.parametrize("version", VERSIONS)
def test_accepted_and_printed_are_the_same_rule(version):
    """The exceptions are derived: two different accepted inputs that print one text."""
    ambiguous = []
    for text, out in accepted(version):
        rule = read(text, version).rule
        if not recognised(rule, out, version):
            ambiguous.append(text)
            assert other_input(rule, out, version), (text, out)
    # That auditctl hides what it does is a fact worth noticing if it changes.
    assert ambiguous
    assert len(ambiguous) <= 5


@pytest.mark.parametrize("version", VERSIONS)
def test_printed_is_what_auditctl_prints(version):
    for text, out in accepted(version):
        # The table's cells are stripped.
        assert printed(read(text, version).rule, dialect(version)).strip() == out, text


@pytest.mark.parametrize("version", VERSIONS)
def test_rendered_is_the_same_rule(version):
    for text, _out in accepted(version):
        rule = read(text, version).rule
        line = render(rule, dialect(version))
        assert same(parse_line(line, dialect(version)).rule, rule, is_dir), (text, line)


@pytest.mark.parametrize("version", VERSIONS)
def test_rejected_is_rejected(version):
    """All but what needs the disk or the loaded rules, which the simulation of a load decides."""
    disk = []
    for text, rc, messages, _out in rows(version):
        if rc == "0":
            continue
        if ENOENT in messages:
            assert read(text, version).verb in ("add", "delete")
            disk.append(text)
            continue
        with pytest.raises(RuleError) as caught:
            read(text, version)
        refused = caught.value
        assert (refused.file, refused.line) == ("row", 1)
        assert refused.remedy
        reason = refused.message.replace("  ", " ")
        assert reason in messages.replace("  ", " ") or "Invalid argument" in messages and "Invalid argument" in reason
    # -A deletes in 4.0.5.
    assert len(disk) == (6 if version == "4.0.5" else 5)


@pytest.mark.parametrize("version", VERSIONS)
def test_warnings_are_auditctls(version):
    for text, rc, messages, _out in rows(version):
        if rc != "0" or text.startswith("-D"):
            continue
        ours = [warning for warning in read(text, version).warnings if "is no number" not in warning]
        assert " // ".join(ours) == messages, text


def files():
    with open(os.path.join(FIXTURES, "auditctl-3.0.9-files.json")) as file:
        return json.load(file)


def load(text):
    """What ``auditctl -R`` would do with the file: exit code, rules, settings."""
    rules, settings, ignore, code = [], {}, False, 0
    for number, line in enumerate((text + "\n").split("\n")[:-1], 1):
        failed = False
        try:
            statement = parse_line(line, dialect("3.0.9"), "file", number)
            done = () if statement is None else statement.before + (statement,)
        except RuleError as refused:
            done, failed = refused.before, True
        for statement in done:
            if statement.verb == "option":
                ignore = ignore or statement.name
            elif statement.verb == "set":
                settings[statement.name] = statement.value
            elif statement.verb == "delete":
                failed = True  # none of the files deletes what it has loaded
            elif statement.verb == "add":
                entry = kernel_identity(statement.rule, is_dir)
                if entry in [kernel_identity(rule._replace(prepend=False), is_dir) for rule in rules]:
                    failed = True
                else:
                    rules.insert(0 if statement.rule.prepend else len(rules), statement.rule)
        if failed and (not ignore or ignore == "continue_on_errors"):
            code = 1
        if failed and not ignore:
            break
    return code, sorted(rules, key=lambda rule: LISTS.index(rule.list)), settings


@pytest.mark.parametrize("case", files(), ids=lambda case: ascii(case["file"][:60]))
def test_files_as_auditctl_read_them(case):
    code, rules, settings = load(case["file"])
    assert code == case["rc"]
    listing = "\n".join(printed(rule, dialect("3.0.9"), "path") for rule in rules)
    assert (listing or "No rules") == case["listing"].rstrip("\n")
    before = {"failure": 1, "rate_limit": 0, "backlog_limit": 64, "backlog_wait_time": 15000}
    assert {name: settings[name] for name in before if settings.get(name, before[name]) != before[name]} == case[
        "status"
    ]
