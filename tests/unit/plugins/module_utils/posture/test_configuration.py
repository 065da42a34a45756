# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How auditd, audisp-remote and the plugins are configured."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import configuration
from ansible_collections.auditops.trail.tests.unit import audited, roots

SYSLOG = "active = yes\ndirection = out\npath = /usr/sbin/audisp-syslog\ntype = always\nargs = LOG_INFO\n"
PLUGIN = "/etc/audit/plugins.d/syslog.conf"


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def with_plugin(tmp_path, files=None, **changes):
    roots.make(tmp_path, {"/usr/sbin/audisp-syslog": ""})
    os.chmod(str(tmp_path) + "/usr/sbin/audisp-syslog", 0o755)
    return audited.make(tmp_path, files=dict({PLUGIN: SYSLOG}, **(files or {})), **changes)["config"]


def test_what_auditd_makes_of_its_file(tmp_path):
    found = audited.make(tmp_path)["config"]
    assert found["auditd"]["file"] == "/etc/audit/auditd.conf"
    assert found["auditd"]["usable"] and found["auditd"]["exists"]
    assert found["auditd"]["values"]["space_left"] == 75
    assert found["remote"] is None and found["plugins"] == [] and found["dispatcher"] is None
    assert found["not_seen"] == []


def test_without_a_file_the_defaults_hold(tmp_path):
    roots.program(tmp_path, "/usr/sbin/auditd")
    found = audited.make(tmp_path, auditd=None)["config"]["auditd"]
    assert found["exists"] is False
    assert found["values"]["max_log_file_action"] == "ignore"


def test_without_a_file_and_without_auditd_nothing_holds(tmp_path):
    found = audited.make(tmp_path, auditd=None, files={PLUGIN: SYSLOG})["config"]
    assert found["auditd"]["exists"] is False
    assert found["auditd"]["values"] is None and found["auditd"]["usable"] is None and found["plugins"] is None
    assert found["not_seen"] == ["there is no /etc/audit/auditd.conf, and no auditd that would read it"]


def test_a_file_is_read_though_auditd_is_gone(tmp_path):
    assert audited.make(tmp_path)["config"]["auditd"]["values"]["space_left"] == 75


def test_an_unknown_release_is_read_as_the_newest(tmp_path):
    assert "report_interval" in audited.make(tmp_path, version=None)["config"]["auditd"]["values"]


def test_plugins_and_what_they_run(tmp_path):
    (plugin,) = with_plugin(tmp_path)["plugins"]
    assert (plugin["name"], plugin["active"], plugin["args"]) == ("syslog", True, ["LOG_INFO"])
    assert plugin["path"] == "/usr/sbin/audisp-syslog"


def test_a_plugin_with_a_fault_is_not_active(tmp_path):
    (plugin,) = with_plugin(tmp_path, {PLUGIN: SYSLOG.replace("audisp-syslog", "absent")})["plugins"]
    assert plugin["active"] is False
    assert "no such program" in plugin["problems"][0]["message"]


@pytest.mark.parametrize(
    ("name", "version", "read"),
    [
        (".hidden.conf", (3, 0, 9), False),
        ("a.conf.rpmsave", (3, 0, 9), False),
        ("a.save", (3, 0, 9), True),
        ("a.save", (4, 0, 3), False),
        ("a", (4, 2, 1), True),
    ],
)
def test_which_files_are_plugins(tmp_path, name, version, read):
    files = {PLUGIN: None, "/etc/audit/plugins.d/" + name: SYSLOG}
    assert bool(with_plugin(tmp_path, files, version=version)["plugins"]) is read


def test_before_3_0_the_dispatcher_has_a_file_of_its_own(tmp_path):
    files = {
        PLUGIN: None,
        "/etc/audisp/audispd.conf": "q_depth = 150\nname_format = HOSTNAME\n",
        "/etc/audisp/audisp-remote.conf": "remote_server = logs.example\n",
        "/etc/audisp/plugins.d/syslog.conf": SYSLOG,
    }
    found = with_plugin(tmp_path, files, version=(2, 8, 5))
    assert found["dispatcher"]["values"]["name_format"] == "hostname"
    assert found["remote"]["values"]["remote_server"] == "logs.example"
    assert [plugin["name"] for plugin in found["plugins"]] == ["syslog"]


def test_a_pipe_in_the_place_of_the_file_keeps_nobody_waiting(tmp_path):
    roots.make(tmp_path, folders=["/etc/audit"])
    os.mkfifo(str(tmp_path) + "/etc/audit/auditd.conf")
    found = audited.make(tmp_path, auditd=None)["config"]
    assert found["auditd"]["usable"] is False


def test_what_may_not_be_read_is_null_and_told(tmp_path, monkeypatch):
    posture = audited.make(tmp_path)
    real = os.open

    def refuse(path, *arguments, **named):
        if str(path).endswith("auditd.conf"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    monkeypatch.setattr(os, "open", refuse)
    found = audited.checked("config", configuration.collect(audited.context(tmp_path), posture))
    assert found["auditd"] is None and found["plugins"] is None
    assert found["not_seen"] == ["/etc/audit/auditd.conf: Permission denied"]


def test_others_fail_for_its_reason(tmp_path):
    posture = {"errors": {"config": {"message": "no host", "file": None, "line": None, "remedy": None}}}
    with pytest.raises(EvidenceError, match="no host"):
        configuration.auditd_values(posture)
