# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who can read and change what the audit system is made of."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import configuration, permissions
from ansible_collections.auditops.trail.plugins.module_utils.posture.exposure import faults
from ansible_collections.auditops.trail.tests.unit import audited, roots

RULES = "/etc/audit/rules.d/audit.rules"
TOOLS = ("/usr/sbin/auditctl", "/usr/sbin/auditd")


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def collected(tmp_path, modes=None, files=None, links=None, auditd=audited.AUDITD):
    given = {RULES: "-D\n", "/etc/audit/audit.rules": "-D\n"}
    given.update(files or {})
    posture = audited.make(tmp_path, auditd, given, links=links)
    roots.program(tmp_path, *TOOLS)
    for path in TOOLS:
        os.chmod(str(tmp_path) + path, 0o755)
    for path, mode in (modes or {}).items():
        os.chmod(str(tmp_path) + path, mode)
    for folder, _folders, _files in os.walk(str(tmp_path) + "/etc/audit", followlinks=True):
        if folder[len(str(tmp_path)) :] not in (modes or {}):
            os.chmod(folder, 0o750)
    posture["config"] = configuration.collect(audited.context(tmp_path), posture)
    return audited.checked("permissions", permissions.collect(audited.context(tmp_path), posture))


def paths(entries):
    return [entry["path"] for entry in entries]


def test_what_a_package_installs_is_in_order(tmp_path):
    found = collected(tmp_path)
    assert paths(found["configuration"]) == ["/etc/audit", "/etc/audit/auditd.conf", "/etc/audit/rules.d"]
    assert paths(found["rules"]) == ["/etc/audit/audit.rules", RULES]
    assert paths(found["tools"]) == list(TOOLS)
    assert found["plugins"] == [] and found["scripts"] == []
    assert found["exposed"] == [] and found["not_seen"] == []


@pytest.mark.parametrize(
    ("path", "mode", "said"),
    [
        ("/etc/audit/auditd.conf", 0o644, "everybody can read or enter it (0644)"),
        (RULES, 0o642, "everybody can change it (0642)"),
        (RULES, 0o660, "its group can change it (0660)"),
        ("/usr/sbin/auditctl", 0o775, "its group can change it (0775)"),
        ("/usr/sbin/auditctl", 0o757, "everybody can change it (0757)"),
        ("/etc/audit/rules.d", 0o777, "everybody can change it (0777)"),
        ("/usr/sbin", 0o777, "everybody can change it (0777)"),
        ("/etc", 0o757, "everybody can change it (0757)"),
        ("/etc/audit", 0o755, "everybody can read or enter it (0755)"),
    ],
)
def test_what_others_can_do_is_told(tmp_path, path, mode, said):
    assert "{0}: {1}".format(path, said) in collected(tmp_path, {path: mode})["exposed"]


@pytest.mark.parametrize(("path", "mode"), [("/usr/sbin", 0o1777), ("/usr/sbin", 0o775), ("/etc", 0o755)])
def test_what_harms_nothing_is_not_told(tmp_path, path, mode):
    assert collected(tmp_path, {path: mode})["exposed"] == []


def test_tools_are_told_by_where_their_links_lead(tmp_path):
    links = {"/usr/sbin/augenrules": "../lib/augenrules-4"}
    found = collected(tmp_path, {"/usr/lib/augenrules-4": 0o777}, {"/usr/lib/augenrules-4": ""}, links)
    assert "/usr/lib/augenrules-4" in paths(found["tools"])
    assert any(text.startswith("/usr/lib/augenrules-4") for text in found["exposed"])


def test_plugins_and_scripts_are_looked_at(tmp_path):
    files = {
        "/etc/audit/plugins.d/a.conf": "active = no\npath = /usr/lib/a-plugin\n",
        "/usr/lib/a-plugin": "",
        "/usr/lib/tell": "",
    }
    auditd = "space_left_action = exec /usr/lib/tell\n" + audited.AUDITD
    modes = {"/usr/lib/a-plugin": 0o770, "/usr/lib/tell": 0o755}
    found = collected(tmp_path, modes, files, auditd=auditd)
    assert paths(found["plugins"]) == ["/usr/lib/a-plugin"]
    assert paths(found["scripts"]) == ["/usr/lib/tell"]
    assert found["exposed"] == ["/usr/lib/a-plugin: its group can change it (0770)"]


def test_other_owners_are_told():
    entry = {"path": "/x", "mode": "0640", "uid": 7, "gid": 8, "owner": "bob", "group": None, "type": "file"}
    entry.update(group_write=False, other_access=False, other_write=False)
    assert faults(entry) == ["/x: its owner is bob", "/x: its group is 8"]
    assert faults(dict(entry, uid=0), (0, 8)) == []


@pytest.mark.parametrize(
    ("mode", "write", "others_read", "told"),
    [
        ("0600", False, False, []),
        ("0640", False, False, ["/x: its group is 8"]),
        ("0755", False, True, []),
        ("0775", True, True, ["/x: its group is 8", "/x: its group can change it (0775)"]),
    ],
)
def test_a_group_that_has_no_access_does_no_harm(mode, write, others_read, told):
    entry = {"path": "/x", "mode": mode, "uid": 0, "gid": 8, "owner": "root", "group": None, "type": "file"}
    entry.update(group_write=write, other_access=others_read, other_write=False)
    assert faults(entry, others_read=others_read) == told


def test_a_folder_that_may_not_be_listed_leaves_null(tmp_path, monkeypatch):
    posture = audited.make(tmp_path, files={RULES: "-D\n"})
    real = os.listdir

    def refuse(path):
        if str(path).endswith("rules.d"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    found = audited.checked("permissions", permissions.collect(audited.context(tmp_path), posture))
    assert found["rules"] is None and found["exposed"] is None
    assert "/etc/audit/rules.d: Permission denied" in found["not_seen"]


def test_what_is_exposed_is_told_though_not_all_was_seen(tmp_path, monkeypatch):
    audited.make(tmp_path, files={RULES: "-D\n"})
    real = os.listdir

    def refuse(path):
        if str(path).endswith("rules.d"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", refuse)
    found = collected(tmp_path, {"/usr/sbin/auditctl": 0o777})
    assert found["rules"] is None and found["not_seen"] == ["/etc/audit/rules.d: Permission denied"]
    told = ["/usr/sbin/auditctl: its group can change it (0777)", "/usr/sbin/auditctl: everybody can change it (0777)"]
    assert sorted(found["exposed"]) == sorted(told)
    assert found["exposed_by"]["rules"] is None and sorted(found["exposed_by"]["tools"]) == sorted(told)


def test_rules_behind_a_link_and_the_folders_above_them_are_looked_at(tmp_path):
    files = {RULES: None, "/srv/prod/rules/a.rules": "-D\n"}
    links = {"/etc/audit/rules.d": "../../srv/prod/rules"}
    found = collected(tmp_path, {"/srv/prod": 0o777}, files, links)
    assert paths(found["rules"]) == ["/etc/audit/audit.rules", "/etc/audit/rules.d/a.rules"]
    assert {"/etc/audit/rules.d", "/srv/prod/rules"} < set(paths(found["configuration"]))
    assert "/srv/prod: everybody can change it (0777)" in found["exposed"]


def test_a_link_that_leads_back_is_walked_once(tmp_path):
    found = collected(tmp_path, links={"/etc/audit/loop": "../audit"})
    assert paths(found["configuration"]).count("/etc/audit/loop") == 1 and found["not_seen"] == []


def test_a_folder_of_plugins_elsewhere_belongs_to_the_configuration(tmp_path):
    files = {"/srv/plugins/a.conf": "active = no\npath = /usr/sbin/auditctl\n"}
    found = collected(tmp_path, files=files, auditd=audited.AUDITD + "plugin_dir = /srv/plugins\n")
    assert "/srv/plugins/a.conf" in paths(found["configuration"])


def test_where_no_tool_is_installed_their_list_is_null(tmp_path):
    posture = audited.make(tmp_path, files={RULES: "-D\n"})
    found = audited.checked("permissions", permissions.collect(audited.context(tmp_path), posture))
    assert found["tools"] is None and "no audit tool is installed" in found["not_seen"]


def test_without_a_configuration_there_is_nothing_to_judge(tmp_path):
    posture = audited.make(tmp_path, auditd=None)
    found = audited.checked("permissions", permissions.collect(audited.context(tmp_path), posture))
    assert found["configuration"] is None and found["rules"] is None and found["exposed"] is None
    assert found["exposed_by"]["folders"] is None, "those above what was not seen"
    assert "/etc/audit: there is no such folder" in found["not_seen"]
