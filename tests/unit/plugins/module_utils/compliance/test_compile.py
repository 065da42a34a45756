# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a control demands of this host, and the lines that fulfil it: proven, never assumed."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.compliance.compile import compile_requirement
from ansible_collections.auditops.trail.plugins.module_utils.compliance.expand import (
    Requirement,
    expand,
    parse_requirement,
)
from ansible_collections.auditops.trail.plugins.module_utils.coverage.solver import Solver
from ansible_collections.auditops.trail.plugins.module_utils.errors import RequirementError
from ansible_collections.auditops.trail.tests.unit import postures

PATHS = postures.path_state(
    files=["/etc/passwd", "/usr/bin/su"],
    folders=["/etc/sudoers.d", "/var/log/audit"],
    missing=["/etc/sudoers", "/etc/ssh/sshd_config"],
    links=[("/srv/logs", "/var/log/audit")],
)


def expanded(record, missing_path="skip", arches=("b64", "b32"), paths=None):
    dialect, host = postures.host(paths or PATHS)
    return expand(record, missing_path, dialect, host.paths, arches)


def compiled(line, version=(3, 0, 9), key=None, **facts):
    dialect, host = postures.host(PATHS, version, **facts)
    return compile_requirement(Requirement(line, parse_requirement(line, dialect)), key, dialect, host)


def test_a_missing_path_is_not_demanded_where_the_control_skips_it():
    found = expanded(["-w /etc/sudoers -p wa", "-w /etc/sudoers.d -p wa"])
    assert [requirement.text for requirement in found.demanded] == ["-w /etc/sudoers.d -p wa"]
    assert found.not_demanded[0].reason == "/etc/sudoers does not exist on this host"


def test_a_missing_path_is_demanded_where_the_control_requires_it():
    assert len(expanded(["-w /etc/sudoers -p wa"], "require").demanded) == 1


def test_a_path_without_evidence_is_demanded():
    assert len(expanded(["-w /opt/unseen -p wa"], paths={"objects": {}, "mounts": None}).demanded) == 1


@pytest.mark.parametrize(
    ("line", "demanded"),
    [
        ("-w /usr/bin/awk -p x", "-w /usr/bin/mawk -p x"),
        ("-a always,exit -F path=/usr/bin/awk -F perm=x", "-a always,exit -F path=/usr/bin/mawk -F perm=x"),
        ("-w /usr/bin/awk -p wa", "-w /usr/bin/awk -p wa"),
        ("-w /usr/bin/gone -p x", "-w /usr/bin/gone -p x"),
    ],
)
def test_a_program_behind_a_link_is_demanded_where_it_is_run_and_the_link_where_it_is_changed(line, demanded):
    links = [("/usr/bin/awk", "/etc/alternatives/awk"), ("/etc/alternatives/awk", "/usr/bin/mawk"),
             ("/usr/bin/gone", "/nowhere")]  # fmt: skip
    paths = postures.path_state(files=["/usr/bin/mawk"], missing=["/nowhere"], links=links)
    (found,) = expanded([line], paths=paths).demanded
    assert found.text == demanded
    assert found.rule == parse_requirement(demanded, postures.host(paths)[0])


def test_32_bit_calls_are_not_demanded_where_no_process_can_make_them():
    lines = ["-a always,exit -F arch=b64 -S execve", "-a always,exit -F arch=b32 -S execve"]
    found = expanded(lines, arches=("b64",))
    assert [requirement.text for requirement in found.demanded] == lines[:1]
    assert "32-bit" in found.not_demanded[0].reason


def test_without_evidence_on_calls_both_kinds_are_demanded():
    assert len(expanded(["-a always,exit -F arch=b32 -S execve"], arches=None).demanded) == 1


NO_RULES = ["-e 2", "-w", "-a always,exit -S nosuchcall", "-d always,exit -S open", "# words", ""]
VERSIONS = [(2, 8, 5), (3, 0, 9), (3, 1, 2), (3, 1, 3), (3, 1, 5), (4, 0, 2), (4, 1, 2), (4, 2, 1)]


@pytest.mark.parametrize("line", NO_RULES)
def test_what_is_no_rule_is_refused_by_name(line):
    with pytest.raises(RequirementError) as told:
        expanded([line])
    assert repr(line) in str(told.value)


def test_an_older_auditctl_gets_the_watch_that_everyone_knows():
    assert compiled("-w /etc/passwd -p wa", key="identity").lines == ("-w /etc/passwd -p wa -k identity",)


def test_a_newer_auditctl_gets_a_line_for_each_kind_of_call():
    missed = "chown32,fchown32,lchown32,socketcall,truncate64"  # what auditctl's own list for wa lacks of i386
    assert compiled("-w /etc/passwd -p wa", (4, 0, 2), "identity").lines == (
        "-a always,exit -F arch=b64 -F path=/etc/passwd -F perm=wa -F key=identity",
        "-a always,exit -F arch=b32 -S {0} -F path=/etc/passwd -F perm=wa -F key=identity".format(missed),
    )


def test_without_32_bit_calls_one_line_is_enough():
    lines = compiled("-w /etc/passwd -p wa", (4, 0, 2), user_arches=["b64"]).lines
    assert lines == ("-a always,exit -F arch=b64 -F path=/etc/passwd -F perm=wa",)


def test_a_directory_is_a_dir():
    assert "-F dir=/var/log/audit " in compiled("-w /var/log/audit -p rwa", (4, 0, 2)).lines[0]


def test_a_call_that_this_auditctl_cannot_name_takes_a_line_without_an_arch():
    # The kernel counts fchmodat2 from 6.6 on; auditctl 3.1.5 does not know its name.
    lines = compiled("-w /etc/passwd -p wa", (3, 1, 5), kernel="6.12.0").lines
    assert lines == ("-a always,exit -F path=/etc/passwd -F perm=wa",)


@pytest.mark.parametrize(("version", "named"), [((3, 1, 5), True), ((4, 0, 2), True), ((4, 2, 1), False)])
def test_execveat_is_named_where_perm_x_with_an_arch_does_not_mean_it(version, named):
    lines = compiled("-w /usr/bin/su -p x", version).lines
    assert ["execveat" in line for line in lines] == [named, named]


def test_a_linked_directory_is_resolved_because_a_rule_on_the_link_never_fires():
    assert compiled("-a always,exit -F dir=/srv/logs -F perm=wa").lines == ("-w /var/log/audit -p wa",)


def test_other_rules_stay_as_the_control_writes_them():
    line = "-a always,exit -F arch=b64 -S execve,execveat -F euid=0 -F auid!=unset"
    assert compiled(line, key="admin").lines == (line + " -F key=admin",)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "line",
    [
        "-w /etc/passwd -p wa",
        "-w /usr/bin/su -p x",
        "-w /var/log/audit -p rwa",
        "-a always,exit -F arch=b32 -S execve,execveat -F euid=0 -F auid!=unset",
    ],
)
def test_compiled_lines_cover_what_they_are_compiled_from(line, version):
    dialect, host = postures.host(PATHS, version)
    requirement = Requirement(line, parse_requirement(line, dialect))
    done = compile_requirement(requirement, "key", dialect, host)
    assert done is not None
    assert not done.load.rejected
    assert Solver(done.load, host).judge(requirement.rule).outcome == "covered"


def test_where_no_rule_can_be_loaded_no_line_is_offered():
    paths = postures.path_state(missing=["/opt/app"])
    dialect, host = postures.host(paths)
    line = "-w /opt/app/conf/main.ini -p wa"
    assert compile_requirement(Requirement(line, parse_requirement(line, dialect)), None, dialect, host) is None
