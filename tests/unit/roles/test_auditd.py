# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role auditd with stand-ins for its modules and for systemctl: what is done to the daemon, in which order, and
what is said. No test here changes anything but files below its own folder."""

import grp
import json
import os
import stat
import sys

import pytest

from ansible_collections.auditops.trail.tests.unit import playing
from ansible_collections.auditops.trail.tests.unit.roles.process import Daemon

pytest.importorskip("yaml", reason="PyYAML is not installed")
pytestmark = pytest.mark.controller
HERE = os.path.dirname(os.path.abspath(__file__))
STAND_INS = ("audit_health_info", "auditd_config", "audit_settings", "audit_boot")
BACKUP = "config-20261126T170000.000000Z-1f2e"
WRITTEN = {"changed": True, "path": "/etc/audit/auditd.conf", "backup": BACKUP, "apply": "reload"}
THERE = {"changed": False, "path": "/etc/audit/auditd.conf", "backup": None, "apply": "none"}
REFUSED = {"failed": True, "msg": "au-remote.conf:2: the plugin is active and no path is given"}
UNIT = "LoadState=loaded\nActiveState={0}\nUnitFileState=enabled\n"
ALL_THREE = " without audit-rules.service.d auditd.service.d augenrules.service.d"


def look(pid=0, rules=12, off=None, here=True, **more):
    """What audit_health_info tells of a host."""
    status = {
        "off_at_boot": off,
        "host": {"init": "systemd", "os": {"id": "debian", "version_id": "12"}},
        "service": {"running": pid > 0, "refuse_manual_stop": False, "units": ["auditd.service"], "main_pid": pid},
        "packages": {"manager": "rpm", "audit_installed": here},
        "daemon": {"pid": pid, "comm": "auditd", "is_auditd": pid > 0},
        "rules": {"kernel": rules},
        "log": {"file": "/var/log/audit/audit.log", "filesystem": {"bytes": 1 << 34, "separate": True}},
    }
    for part, values in more.items():
        status[part] = dict(status[part], **values)
    return {"changed": False, "not_applicable": None, "status": status}


class Run:
    """What a run printed, what was asked, and the fact that the role left."""

    def __init__(self, done, folder):
        self.code, self.output = done.returncode, " ".join(done.stdout.split())
        self._folder = folder

    @property
    def log(self):
        """All that was asked but looks."""
        with open(str(self._folder / "log"), encoding="utf-8") as file:
            return [line for line in file.read().splitlines() if line != "look"]

    @property
    def given(self):
        with open(str(self._folder / "given"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    @property
    def left(self):
        """Drop-ins that are still there."""
        return [path.name for path in (self._folder / "units").glob("*/*")]

    @property
    def fact(self):
        with open(str(self._folder / "fact.json"), encoding="utf-8") as file:
            return json.load(file)


@pytest.fixture(name="daemon")
def fixture_daemon(tmp_path):
    made = Daemon(tmp_path)
    yield made
    made.end()


@pytest.fixture(name="role")
def fixture_role(tmp_path, repository):
    """``role({"look": [...]}, auditd_log_share=40)``: a run of the role on a host whose modules answer as told."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    folder = tmp_path / "host"
    (folder / "units").mkdir(parents=True)
    (folder / "bin").mkdir()
    answers = playing.module(os.path.join(HERE, "stand_in.py"))
    collections = playing.collection(tmp_path / "collections", repository, dict.fromkeys(STAND_INS, answers))
    _program(folder / "bin" / "systemctl", "systemctl.py")

    def run(answers, *options, fails=(), leftover=False, unread=False, tasks=("main",), active=True, **variables):
        known = {"look": [look()], "present auditd": [THERE], "applied": [{"changed": False, "apply": "none"}]}
        (folder / "answers.json").write_text(json.dumps(dict(known, **answers)))
        unit = UNIT.format("active" if active else "inactive") + ("NeedDaemonReload=yes\n" if unread else "")
        (folder / "unit").write_text(unit)
        for word in fails:
            (folder / ("fails " + word)).write_text("")
        if leftover:
            (folder / "units" / "auditd.service.d").mkdir()
            (folder / "units" / "auditd.service.d" / "zzz-auditops-no-load.conf").write_text("")
        given = {
            "auditd_protect": False, "auditd_journald": False, "auditd_kernel": False, "auditd_boot": False,
            "_auditd_units": str(folder / "units"),
        }  # fmt: skip
        copy = {"content": "{{ auditops_trail_daemon | default({}) | to_json }}", "dest": str(folder / "fact.json")}
        play = {
            "hosts": "a",
            "gather_facts": False,
            "environment": {"PATH": "{0}:{1}".format(folder / "bin", os.environ["PATH"]), "STAND_IN_DIR": str(folder)},
            "tasks": [
                {
                    "block": [_imported(one) if isinstance(one, str) else one for one in tasks],
                    "always": [{"ansible.builtin.copy": copy, "check_mode": False}],
                }
            ],
        }
        (tmp_path / "play.yml").write_text(json.dumps([play]))
        host = "a ansible_connection=local " + playing.ON_THIS_PYTHON
        given.update(variables)
        done = playing.play(tmp_path, collections, str(tmp_path / "play.yml"), [host], *options, variables=given)
        assert "Traceback" not in done.stdout
        return Run(done, folder)

    return run


def _imported(name):
    return {"import_role": {"name": "auditops.trail.auditd", "tasks_from": name}}


def _program(path, name):
    with open(os.path.join(HERE, name), encoding="utf-8") as opened:
        path.write_text("#!{0}\n{1}".format(sys.executable, opened.read()))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_daemon_that_runs_and_has_read_all_is_left_alone_and_so_is_the_kernel_by_the_entry_daemon(role, daemon):
    # As -e gives them, over what a task that imports the role says.
    run = role({"look": [look(daemon.pid)]}, tasks=("daemon",), auditd_kernel=True, auditd_boot=True)
    assert run.code == 0 and daemon.signals() == []
    assert run.log == ["present auditd"]
    assert "changed=1 " in run.output, "the test's own file alone"
    fact = run.fact
    assert (fact["changed"], fact["files"], fact["apply"], fact["restarted"]) == (False, [], "none", False)
    assert not fact["failure"] and not fact["not_applicable"]


def test_what_is_misspelt_is_refused_before_the_host_is_looked_at(role):
    run = role({}, auditd_setings={"num_logs": 9})
    assert run.code == 2
    with pytest.raises(FileNotFoundError):
        run.log  # noqa: B018
    assert "auditd_setings (did you mean auditd_settings?)" in run.output


def test_a_switch_that_is_given_as_a_text_is_what_the_text_says(role, daemon, tmp_path):
    # As [all:vars] of an INI inventory and -e name=value give it. The folders are there should one be taken for true.
    given = {"_auditd_folder_of_configuration": str(tmp_path / "etc"), "_auditd_log_file": str(tmp_path / "log" / "a")}
    given.update(dict.fromkeys(("auditd_protect", "auditd_kernel", "auditd_update_cache"), "false"))
    (tmp_path / "journald").write_text("Journal.Audit")
    drop_in = tmp_path / "drop-ins" / "one.conf"
    given.update(
        auditd_journald="yes",
        _auditd_journald_programs=[str(tmp_path / "journald")],
        _auditd_journald_drop_in=str(drop_in),
    )
    run = role({"look": [look(daemon.pid)], "boot": [{"changed": True, "reboot_required": True}]}, auditd_boot="yes",
               auditd_reboot="no", auditd_log_share="50", auditd_backlog_limit="8192", **given)  # fmt: skip
    assert run.code == 0
    assert run.log == ["present auditd", "boot"]
    assert not (tmp_path / "etc").exists() and not (tmp_path / "log").exists() and drop_in.exists()
    written = next(one["given"]["settings"] for one in run.given if one["asked"] == "present auditd")
    assert written["max_log_file"] == (1 << 34) // 2 // 50 // (1 << 20) // 8 * 8


def test_what_an_earlier_run_has_written_is_brought_into_force_though_this_one_writes_nothing(role, daemon):
    run = role({"look": [look(daemon.pid)], "present auditd": [dict(THERE, apply="reload")]})
    assert run.code == 0 and daemon.signals() == ["HUP"]
    assert run.log == ["present auditd", "applied"]
    assert (run.fact["changed"], run.fact["apply"]) == (False, "none")


def test_a_restart_loads_no_rules_over_those_that_the_kernel_holds(role, daemon):
    answers = {"look": [look(daemon.pid)], "present auditd": [dict(WRITTEN, apply="restart")]}
    run = role(answers)
    assert run.code == 0 and daemon.signals() == []
    assert run.log == [
        "present auditd", "systemctl daemon-reload" + ALL_THREE, "systemctl restart" + ALL_THREE,
        "systemctl daemon-reload", "applied",
    ]  # fmt: skip
    assert run.left == []
    assert run.fact["restarted"] is True
    assert run.fact["backups"] == {"/etc/audit/auditd.conf": BACKUP}


def test_with_no_rules_in_the_kernel_the_start_loads_those_of_the_files(role, daemon):
    run = role({"look": [look(daemon.pid, rules=0)], "present auditd": [dict(WRITTEN, apply="restart")]})
    assert run.log == ["present auditd", "systemctl restart", "applied"]


def test_where_it_cannot_be_told_what_the_kernel_holds_nothing_is_loaded_over_it(role, daemon):
    run = role({"look": [look(daemon.pid, rules=None)], "present auditd": [dict(WRITTEN, apply="restart")]})
    assert "systemctl restart" + ALL_THREE in run.log


def test_what_a_cut_off_run_has_left_is_taken_away_by_the_next(role, daemon):
    run = role({"look": [look(daemon.pid)]}, leftover=True)
    assert run.code == 0 and run.left == []
    assert run.log == ["systemctl daemon-reload", "present auditd"]


def test_files_that_are_away_and_that_systemd_has_not_read_are_read_by_the_next(role, daemon):
    run = role({"look": [look(daemon.pid)]}, tasks=("release_rules",), unread=True)
    assert run.code == 0 and run.log == ["systemctl daemon-reload"]
    assert role({"look": [look(daemon.pid)]}, tasks=("release_rules",)).log == ["systemctl daemon-reload"], "no second"


def test_a_rollback_loads_no_rules_of_the_files_also_where_the_kernel_has_none(role, daemon):
    back = dict(_imported("roll_back"), vars={"_auditd_holds_rules": True})
    answers = {
        "look": [look(daemon.pid, rules=0)],
        "present auditd": [dict(WRITTEN, apply="restart")],
        "rolled_back auditd": [dict(WRITTEN, apply="restart")],
    }
    run = role(answers, tasks=("main", back))
    assert run.log == [
        "present auditd", "systemctl restart", "applied",
        "rolled_back auditd", "systemctl daemon-reload" + ALL_THREE, "systemctl restart" + ALL_THREE,
        "systemctl daemon-reload", "applied",
    ]  # fmt: skip


def test_a_daemon_whose_unit_may_not_be_stopped_is_ended_and_started(role, daemon):
    told = look(daemon.pid, service={"refuse_manual_stop": True})
    run = role({"look": [told], "present auditd": [dict(WRITTEN, apply="restart")]}, active=False)
    assert run.code == 0 and daemon.ended()
    assert run.log == [
        "present auditd", "systemctl daemon-reload" + ALL_THREE, "systemctl start" + ALL_THREE,
        "systemctl daemon-reload", "applied",
    ]  # fmt: skip
    assert run.fact["restarted"] is True


def test_rules_that_are_gone_after_a_restart_are_a_failure(role, daemon):
    answers = {
        "look": [look(daemon.pid), look(daemon.pid), look(daemon.pid, rules=4), look(daemon.pid, rules=4)],
        "present auditd": [dict(WRITTEN, apply="restart")],
        "rolled_back auditd": [dict(WRITTEN, apply="none")],
    }
    run = role(answers)
    assert run.code == 2
    assert "The kernel holds 4 rules since the daemon was started, and it held 12 before" in run.output


def test_a_daemon_that_does_not_come_up_gets_its_old_configuration_back(role, daemon):
    answers = {
        "look": [look(daemon.pid)],
        "present auditd": [dict(WRITTEN, apply="restart")],
        "rolled_back auditd": [dict(WRITTEN, apply="reload")],
    }
    run = role(answers, fails=["restart"])
    assert run.code == 2
    assert run.log[-5:] == [
        "systemctl daemon-reload" + ALL_THREE, "systemctl restart" + ALL_THREE, "systemctl daemon-reload",
        "rolled_back auditd", "applied",
    ]  # fmt: skip
    assert run.left == [] and daemon.signals() == ["HUP"]
    assert "Restart the daemon by its unit: " in run.output
    assert "The configuration of before is there again, and the daemon goes by it." in run.output
    assert run.fact["failure"]["task"] == "Restart the daemon by its unit"


def test_a_refused_plugin_takes_back_what_was_written_before_it_and_names_its_reason(role, daemon):
    answers = {
        "look": [look(daemon.pid)],
        "present auditd": [dict(WRITTEN, apply="restart")],
        "present au-remote.conf": [REFUSED],
        "rolled_back auditd": [dict(WRITTEN, apply="none")],
    }
    run = role(answers, auditd_plugins={"au-remote.conf": {"active": True}}, auditd_packages=["auditd"])
    assert run.code == 2 and daemon.signals() == []
    assert run.log[-1] == "rolled_back auditd"
    assert "restart" not in " ".join(run.log)
    assert run.fact["failure"]["msg"] == REFUSED["msg"]
    assert "One or more items failed" not in run.fact["failure"]["msg"]


def test_a_second_use_of_the_role_in_a_play_tells_nothing_of_a_first_one_that_failed(role, daemon):
    refused = {"present auditd": [WRITTEN, THERE], "present ours.conf": [REFUSED, REFUSED, THERE]}
    answers = dict(refused, **{"look": [look(daemon.pid)], "rolled_back auditd": [dict(WRITTEN, apply="none")]})
    first = {"block": [_imported("main")], "rescue": [{"debug": {"msg": "it was refused"}}]}
    run = role(answers, tasks=(first, first, "main"), auditd_plugins={"ours.conf": {}})
    assert run.code == 0
    once, again = run.output.split("it was refused")[:2]
    assert "The configuration of before is there again" in once
    assert "Say why the audit daemon is not set up" in again and "is there again" not in again
    assert run.log.count("rolled_back auditd") == 1
    assert run.fact["failure"] == {}


def test_where_nothing_was_changed_nothing_is_said_to_be_back(role):
    run = role({"look": [look()]}, fails=["start"], active=False)
    assert run.code == 2
    assert "is there again" not in run.output and "rolled_back auditd" not in run.log
    assert "Start the daemon where it does not run: " in run.output
    assert run.left == []


def test_a_kernel_that_was_started_without_audit_is_set_up_and_its_daemon_not_started(role):
    off = "the kernel was started with audit=0"
    run = role({"look": [look(off=off, rules=None)], "present auditd": [dict(WRITTEN, apply="restart")]})
    assert run.code == 0
    assert run.log == ["present auditd"]
    assert off in run.output
    assert run.fact["apply"] == "restart", "it is not in force before the next boot"


def test_an_init_that_is_not_known_is_left_alone(role):
    run = role({"look": [look(host={"init": "openrc-init"})]})
    assert run.code == 0 and run.log == []
    assert "openrc-init" in run.fact["not_applicable"]["reason"]


def test_a_rollback_starts_a_daemon_that_ran_before_and_is_dead(role, daemon):
    answers = {"look": [look(daemon.pid), look(daemon.pid), look(0), look(daemon.pid)]}
    run = role(answers, tasks=("main", "roll_back"), active=False)
    assert run.code == 0
    assert run.log == [
        "present auditd", "systemctl daemon-reload" + ALL_THREE, "systemctl start" + ALL_THREE,
        "systemctl daemon-reload",
    ]  # fmt: skip


def test_a_second_rollback_applies_nothing_again(role, daemon):
    answers = {
        "look": [look(daemon.pid)],
        "present auditd": [dict(WRITTEN, apply="reload")],
        "rolled_back auditd": [dict(WRITTEN, apply="reload"), dict(THERE)],
    }
    run = role(answers, tasks=("main", "roll_back", "roll_back"))
    assert run.code == 0
    assert run.log == ["present auditd", "applied", "rolled_back auditd", "applied", "rolled_back auditd"]
    assert daemon.signals() == ["HUP", "HUP"]


def test_a_key_without_value_leaves_what_is_compiled_in(role, daemon, tmp_path):
    settings = {"log_group": None, "log_file": None}
    run = role({"look": [look(daemon.pid, log={"file": "/srv/old/audit.log"})]}, auditd_settings=settings)
    given = [one["given"] for one in run.given]
    assert given[0]["log_folder"] == "/var/log/audit"
    written = next(one["settings"] for one in given if one.get("file") == "auditd")
    assert written["log_group"] is None and written["log_file"] is None


def test_check_mode_changes_nothing_and_tells_the_same(role, daemon):
    answers = {"look": [look(daemon.pid)], "present auditd": [dict(WRITTEN, apply="restart", backup=None)]}
    run = role(answers, "--check")
    assert run.code == 0 and daemon.signals() == []
    assert run.log == ["present auditd"]


def test_in_check_mode_a_host_without_package_lists_is_told_of_and_no_failure(role, tmp_path):
    (tmp_path / "host" / "bin" / "apt-get").write_text(
        "#!/bin/sh\necho E: Unable to locate package auditd >&2\nexit 100\n"
    )
    (tmp_path / "host" / "bin" / "apt-get").chmod(0o755)
    lists = tmp_path / "lists"
    lists.mkdir()
    answers = {"look": [look(here=False, packages={"manager": "dpkg"})], "present auditd": [WRITTEN]}
    run = role(answers, "--check", _auditd_apt_lists=str(lists))
    assert run.code == 0
    assert "There are no package lists on a yet" in run.output
    (lists / "deb_Packages").write_text("")
    run = role(answers, "--check", _auditd_apt_lists=str(lists))
    assert run.code == 2
    assert "E: Unable to locate package auditd" in run.output


SUSE = {"init": "systemd", "os": {"id": "opensuse-leap", "version_id": "15.6", "id_like": ["suse", "opensuse"]}}


def test_on_suse_zypper_installs_without_another_collection(role, tmp_path):
    program = tmp_path / "host" / "bin" / "zypper"
    program.write_text('#!/bin/sh\necho "$@" >> "{0}/zypper"\necho Nothing to do.\nexit 102\n'.format(tmp_path))
    program.chmod(0o755)
    bare = look(here=False, host=SUSE)
    role({"look": [bare], "present auditd": [WRITTEN]}, "--check")
    assert (tmp_path / "zypper").read_text() == "--non-interactive install --dry-run audit\n"
    role({"look": [bare]}, "--tags", "auditd_packages")
    assert (tmp_path / "zypper").read_text().splitlines()[1] == "--non-interactive install audit"


@pytest.mark.parametrize(
    "version, host, group, keys, value",
    [
        ("2.8.5-5.18.1", SUSE, None, {"overflow_action"}, "root"),
        ("3.0.9-150600.1", SUSE, "audit", set(), "audit"),
        ("1:3.0.9-1", None, "root", set(), "adm"),
    ],
)
def test_what_a_release_has_not_and_what_its_package_gives_is_left_to_it(
    role, daemon, version, host, group, keys, value
):
    seen = look(daemon.pid, packages={"audit": {"name": "audit", "version": version}}, log={"log_group": group})
    if host:
        seen["status"]["host"] = host
    run = role({"look": [seen], "present auditd": [WRITTEN]}, "--check")
    given = next(one["given"]["settings"] for one in run.given if one["given"].get("file") == "auditd")
    assert {"overflow_action"} - set(given) == keys
    assert given["log_group"] == value


def test_a_first_installation_loads_no_rules_over_those_that_the_kernel_holds(role):
    run = role({"look": [look(here=False)]}, "--tags", "auditd_packages", fails=["daemon-reload"])
    assert run.code == 2, "nothing is installed in a test"
    assert run.log[0] == "systemctl daemon-reload" + ALL_THREE


@pytest.mark.skipif(os.geteuid() != 0, reason="what is given to root has to be root's")
def test_protection_takes_away_and_gives_nothing(role, tmp_path):
    outside = tmp_path / "outside.rules"
    outside.write_text("")
    outside.chmod(0o644)
    audit, log = tmp_path / "etc", tmp_path / "log"
    (audit / "rules.d").mkdir(parents=True)
    (audit / "rules.d" / "10.rules").symlink_to(outside)
    (audit / "auditd.conf").write_text("")
    (audit / "auditd.conf").chmod(0o666)
    given = {"_auditd_folder_of_configuration": str(audit), "_auditd_log_file": str(log / "audit.log")}
    given["_auditd_platform"] = {"log_parent": False}
    for changed in (True, False):
        run = role(
            {}, tasks=("protection",), auditd_settings={"log_group": None}, _auditd_conf={"log_group": None}, **given
        )
        assert run.code == 0
        assert ("changed: [a]" in run.output.partition("Close the configuration")[2].partition("TASK")[0]) is changed
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644
    assert stat.S_IMODE((audit / "auditd.conf").stat().st_mode) == 0o640
    assert stat.S_IMODE(log.stat().st_mode) == 0o700


def test_check_mode_on_a_bare_host_tells_of_the_folder_of_the_log_what_the_package_does_not_bring(role, tmp_path):
    other = next(one.gr_name for one in grp.getgrall() if one.gr_gid not in (0, os.getgid()))
    (tmp_path / "log").mkdir(mode=0o755)
    given = {"_auditd_platform": {"log_group": "root"}, "_auditd_is_here": False, "_auditd_log_asked": ""}
    given.update(_auditd_log_file=str(tmp_path / "log" / "a"), _auditd_folder_of_configuration=str(tmp_path))
    for group, told in (("root", "ok: [a]"), (other, "changed: [a]")):
        run = role({}, "--check", tasks=("protection",), _auditd_conf={"log_group": group}, **given)
        assert run.code == 0
        assert told in run.output.partition("Close the folder of the log")[2].partition("TASK")[0], group


@pytest.mark.parametrize(("before", "after"), [(0o755, 0o755), (0o775, 0o1775), (0o1777, 0o1777)])
def test_the_folder_above_the_log_only_gets_the_sticky_bit(role, tmp_path, before, after):
    folder, of_package, of_host = tmp_path / "var", tmp_path / "package.conf", tmp_path / "host.conf"
    folder.mkdir()
    folder.chmod(before)
    of_package.write_text("z /var/log 0775 root syslog -\n")
    of_host.write_text("z /var/log 0755 root root -\n")
    run = role({}, tasks=("log_parent",), _auditd_var_log=str(folder), _auditd_tmpfiles_of_package=str(of_package),
               _auditd_tmpfiles_of_host=str(of_host))  # fmt: skip
    assert run.code == 0
    assert stat.S_IMODE(folder.stat().st_mode) == after
    assert of_host.read_text() == "z /var/log 0755 root root -\n", "somebody has put it in the place of the package's"
