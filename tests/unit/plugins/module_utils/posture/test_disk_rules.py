# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on disk and who loads them."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import disk_rules
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.tests.unit import roots

HOST = {"machine": "x86_64", "auditctl_version": [3, 0, 9], "awk": "gawk", "kernel": "6.1.0-37-amd64"}


def posture(**changes):
    return {"host": dict(HOST, **changes), "errors": {}}


def configuration(tmp_path, **files):
    folder = tmp_path / "audit"
    (folder / "rules.d").mkdir(parents=True)
    for name, text in files.items():
        path = folder / "rules.d" / (name + ".rules")
        path.write_text(text)
        os.chmod(str(path), 0o640)
    return str(folder)


def test_rules_keep_their_file_and_line(tmp_path):
    folder = configuration(tmp_path, a="-D\n# a remark\n-w /etc/passwd -p wa\n")
    found = disk_rules.collect(Context(loader="augenrules", configuration=folder), posture())
    assert [(rule["file"], rule["line"]) for rule in found["rules"]] == [(folder + "/rules.d/a.rules", 3)]
    assert found["loader"] == "augenrules"


def test_a_line_that_stops_the_load_is_told(tmp_path):
    folder = configuration(tmp_path, a="-w /etc/passwd -p wa\n-a always,exit -S nosuchcall\n-w /etc/group -p wa\n")
    found = disk_rules.collect(Context(loader="augenrules", configuration=folder), posture())
    assert found["stopped_at"]["line"] == 2
    assert [gone["rule"]["line"] for gone in found["removed"]] == [3]


def test_binary_junk_is_a_refused_line_and_no_failure(tmp_path):
    folder = configuration(tmp_path)
    path = os.path.join(folder, "rules.d", "junk.rules")
    with open(path, "wb") as out:
        out.write(bytes(bytearray(range(1, 256))) + b"\n")
    os.chmod(path, 0o640)
    found = disk_rules.collect(Context(loader="augenrules", configuration=folder), posture())
    assert found["rejected"][0]["file"] == path


def test_a_file_far_too_large_is_told_by_file_and_line(tmp_path):
    text = "".join("-w /srv/data/file{0} -p wa\n".format(number) for number in range(disk_rules.MOST_LINES + 1))
    folder = configuration(tmp_path, large=text)
    with pytest.raises(EvidenceError, match="10001 lines") as told:
        disk_rules.collect(Context(loader="augenrules", configuration=folder), posture())
    assert (told.value.file, told.value.line) == (folder + "/rules.d/large.rules", disk_rules.MOST_LINES + 1)


def test_without_the_audit_package_the_reason_is_told(tmp_path):
    with pytest.raises(EvidenceError, match="there is no .*absent"):
        disk_rules.collect(Context(configuration=str(tmp_path / "absent")), posture())


def test_augenrules_needs_awk(tmp_path):
    folder = configuration(tmp_path)
    with pytest.raises(EvidenceError, match="awk") as told:
        disk_rules.collect(Context(loader="augenrules", configuration=folder), posture(awk=None))
    assert "install" in told.value.remedy


@pytest.mark.parametrize(
    ("told", "rules_d", "loader"),
    [
        ("auditctl", True, "auditctl"),
        ("augenrules", False, "augenrules"),
        (None, True, "augenrules"),
        (None, False, "auditctl"),
    ],
)
def test_the_service_tells_what_loads_the_rules_and_else_a_rules_d(tmp_path, told, rules_d, loader):
    roots.make(tmp_path, folders=["/etc/audit/rules.d"] if rules_d else [])
    context = roots.context(tmp_path, configuration=str(tmp_path) + "/etc/audit")
    assert disk_rules.find_loader(context, {"service": {"loader": told}}) == loader


def test_where_the_service_tells_nothing_the_unit_files_do(tmp_path):
    unit = "/etc/systemd/system/auditd.service"
    roots.make(tmp_path, {unit: "ExecStartPost=/sbin/auditctl -R /etc/audit/audit.rules\n"}, {}, ["/etc/audit/rules.d"])
    context = roots.context(tmp_path, configuration=str(tmp_path) + "/etc/audit")
    assert disk_rules.find_loader(context, {}) == "auditctl"
