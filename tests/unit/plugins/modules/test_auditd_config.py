# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""auditd_config from its arguments to what it prints, in a process of its own as on a target.

Always in check mode: the state folder is the host's. What is written is tested at the core.
"""

import os

import pytest

pytest.importorskip("ansible.module_utils.basic", reason="the module's own frame comes with ansible-core")

MODULE = "ansible_collections.auditops.trail.plugins.modules.auditd_config"
TEXT = "space_left = 75\nadmin_space_left = 50\nnum_logs = 5\n"
RETURNED = {
    "apply", "backup", "changed", "diff", "path", "problems", "proof", "proof_reason", "reload_sufficient",
    "restart_keys", "settings",
}  # fmt: skip


@pytest.fixture
def conf(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("the parsers want a file of root's")
    path = tmp_path / "auditd.conf"
    path.write_text(TEXT)
    path.chmod(0o640)
    return path


@pytest.fixture
def ask(run, conf):
    return lambda **arguments: run(
        _ansible_check_mode=True, **dict({"path": str(conf), "version": "3.0.9"}, **arguments)
    )


def test_what_would_change_is_told_and_nothing_is_written(ask, conf):
    result = ask(settings={"num_logs": 9, "write_logs": False}, proof="table")
    assert not RETURNED - set(result)  # a path among them has Ansible add its owner and mode
    assert result["changed"] is True and result["backup"] is None
    assert result["settings"] == {
        "num_logs": {"before": "5", "after": "9"},
        "write_logs": {"before": None, "after": "no"},
    }
    assert result["diff"]["after"] == TEXT.replace("num_logs = 5", "num_logs = 9") + "write_logs = no\n"
    assert conf.read_text() == TEXT


def test_what_is_there_is_no_change(ask):
    assert ask(settings={"num_logs": "5"})["changed"] is False
    assert ask(settings={"freq": None})["changed"] is False


def test_a_refused_value_fails_with_key_line_and_legal_values(ask, conf):
    result = ask(settings={"num_logs": 1000})
    assert result["failed"] is True
    assert (result["file"], result["line"]) == (str(conf), 3)
    assert "num_logs" in result["msg"] and "0 to 999" in result["msg"]


def test_a_key_that_nobody_has_is_warned_of_where_it_is_to_go(ask):
    assert "is tcp_listen_port meant?" in str(ask(settings={"tcp_listen_prt": None})["warnings"])


def test_the_daemon_has_read_it_is_no_change(ask):
    assert ask(state="applied")["changed"] is False


def test_audisp_remote_and_plugins_are_read_by_their_own_keys(ask):
    assert ask(file="audisp-remote", settings={"space_left": None, "admin_space_left": None, "num_logs": None})[
        "changed"
    ]
    result = ask(file="audisp-remote", settings={"space_left": 4})
    assert "no such key" in result["msg"]


def test_a_plugin_without_a_name_is_an_error(run):
    result = run(_ansible_check_mode=True, file="plugin", version="3.0.9", settings={"active": True})
    assert "no plugin is named" in result["msg"]


def test_a_release_that_is_none_is_an_error(ask):
    assert "not a version" in ask(version="bookworm")["msg"]


def test_a_backup_that_is_not_there_is_an_error(ask):
    assert ask(state="rolled_back", backup="config-20260101T000000.000000Z-0000")["failed"] is True


def test_defaults_are_the_documented_ones(repository):
    yaml = pytest.importorskip("yaml", reason="reads the documentation")
    path = os.path.join(repository, "plugins", "modules", "auditd_config.py")
    with open(path, encoding="utf-8") as file:
        documented = yaml.safe_load(file.read().partition('RETURN = r"""')[2].partition('"""')[0])
    assert set(documented) | {"changed", "diff"} == RETURNED
