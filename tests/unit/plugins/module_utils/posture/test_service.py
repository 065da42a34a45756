# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs, what is started at boot, and what loads the rules."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import forms_system, service
from ansible_collections.auditops.trail.tests.unit import roots

LOADS = "{ path=/sbin/augenrules ; argv[]=/sbin/augenrules --load ; ignore_errors=yes ; start_time=[n/a] }"
LOADS_FILE = "{ path=/sbin/auditctl ; argv[]=/sbin/auditctl -R /etc/audit/audit.rules ; ignore_errors=no }"
RUNS = "{ path=/sbin/auditd ; argv[]=/sbin/auditd ; ignore_errors=no ; pid=0 }"

ROOTS = "Uid:\t0\t0\t0\t0\nNSpid:\t77\n"


def auditd_runs(pid, init="init", status=ROOTS):
    folder = "/proc/{0}/".format(pid)
    return {"/proc/1/comm": init + "\n", folder + "comm": "auditd\n", folder + "status": status}


def block(name, load="loaded", active="inactive", state="disabled", pid=0, wanted="", post="", start=RUNS, manual="no"):
    lines = [
        "Id=" + name, "LoadState=" + load, "ActiveState=" + active, "SubState=dead", "UnitFileState=" + state,
        "MainPID={0}".format(pid), "RefuseManualStop=" + manual, "ExecStart=" + start, "WantedBy=" + wanted,
    ]  # fmt: skip
    return "\n".join(lines + (["ExecStartPost=" + post] if post else []))


AUDITD = block("auditd.service", "loaded", "active", "enabled", 512, "multi-user.target", LOADS, manual="yes")
ABSENT = "Id=audit-rules.service\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nUnitFileState=\nMainPID=0"
AUGENRULES = ABSENT.replace("audit-rules", "augenrules")
SOCKET = block("systemd-journald-audit.socket", "loaded", "active", "static", "", "sockets.target", start="")


def collect(root, *blocks, **system):
    asked = []

    def run(arguments):
        asked.append(arguments)
        return 0, "\n\n".join(blocks) + "\n"

    if blocks:
        roots.program(root, "/usr/bin/systemctl")
    told = dict({"init": "systemd", "container": "none", "chroot": False}, **system)
    found = service.collect(roots.context(root, run), {"system": told, "errors": {}})
    form.check(forms_system.PARTS["service"], found, "service", "")
    assert len(asked) == (1 if blocks else 0)
    return found


def test_auditd_3_loads_the_rules_itself(tmp_path):
    found = collect(tmp_path, AUDITD, ABSENT, AUGENRULES, SOCKET)
    assert [unit["name"] for unit in found["units"]] == [
        "auditd.service", "audit-rules.service", "augenrules.service", "systemd-journald-audit.socket",
    ]  # fmt: skip
    assert (found["running"], found["enabled"], found["rules_at_boot"], found["main_pid"]) == (True, True, True, 512)
    assert found["units"][0]["refuse_manual_stop"] is True
    assert found["units"][1]["load"] == "not-found"
    assert found["not_seen"] == []


def test_auditd_without_a_line_that_loads_leaves_the_rules_where_they_are(tmp_path):
    assert (
        collect(tmp_path, block("auditd.service", state="enabled"), ABSENT, AUGENRULES, SOCKET)["rules_at_boot"]
        is False
    )


@pytest.mark.parametrize("line", [LOADS, LOADS_FILE])
@pytest.mark.parametrize(
    ("auditd", "state", "wanted", "load", "expected"),
    [
        ("enabled", "enabled", "sysinit.target", "loaded", True),
        ("disabled", "enabled", "sysinit.target", "loaded", True),
        ("enabled", "disabled", "auditd.service", "loaded", True),
        ("disabled", "disabled", "auditd.service", "loaded", False),
        ("enabled", "masked", "auditd.service", "masked", False),
        ("enabled", "static", "", "loaded", False),
        ("enabled", "static", "auditd.service", "loaded", True),
    ],
)
def test_audit_rules_loads_them_where_it_is_started(tmp_path, line, auditd, state, wanted, load, expected):
    daemon = block("auditd.service", state=auditd)
    rules = block("audit-rules.service", load, "active", state, wanted=wanted, start=line)
    assert collect(tmp_path, daemon, rules, AUGENRULES, SOCKET)["rules_at_boot"] is expected


@pytest.mark.parametrize(
    ("state", "wanted", "expected"),
    [
        ("enabled", "", True),
        ("enabled-runtime", "multi-user.target", False),
        ("disabled", "", False),
        ("masked", "", False),
        ("static", "", False),
        ("static", "multi-user.target", True),
        ("alias", "multi-user.target", True),
        ("generated", "graphical.target multi-user.target", True),
        ("indirect", "", False),
    ],
)
def test_what_is_started_at_boot(tmp_path, state, wanted, expected):
    daemon = block("auditd.service", state=state, wanted=wanted, post=LOADS)
    found = collect(tmp_path, daemon, ABSENT, AUGENRULES, SOCKET)
    assert (found["enabled"], found["rules_at_boot"]) == (expected, expected)


@pytest.mark.parametrize("system", [{"container": "docker"}, {"chroot": True}])
def test_in_a_container_or_a_chroot_nothing_is_claimed(tmp_path, system):
    found = collect(tmp_path, **system)
    assert {found[name] for name in ("units", "running", "enabled", "rules_at_boot", "main_pid")} == {None}
    assert len(found["not_seen"]) == 1


def test_where_systemctl_does_not_answer_it_is_an_error(tmp_path):
    with pytest.raises(EvidenceError, match="systemctl"):
        collect(tmp_path, "Failed to connect to bus")


def test_a_runlevel_and_a_pid_file_tell_without_systemd(tmp_path):
    roots.make(
        tmp_path,
        {
            "/run/auditd.pid": "77\n",
            "/proc/77/comm": "auditd\n",
            "/proc/77/status": ROOTS,
            "/proc/1/comm": "init\n",
            "/etc/init.d/auditd": "#!/bin/sh\n# augenrules\n/sbin/augenrules --load\n",
        },
        {"/etc/rc3.d/S01auditd": "../init.d/auditd"},
    )
    found = collect(tmp_path, init="init")
    assert (found["running"], found["main_pid"], found["enabled"], found["rules_at_boot"]) == (True, 77, True, True)
    assert (found["units"], found["loader"]) == (None, "augenrules")


def test_a_pid_file_whose_process_is_another_by_now_tells_nothing(tmp_path):
    roots.make(tmp_path, {"/run/auditd.pid": "77\n", "/proc/77/comm": "bash\n", "/proc/1/comm": "init\n"})
    roots.make(tmp_path, folders=["/etc/rc2.d"])
    found = collect(tmp_path, init="init")
    assert (found["running"], found["main_pid"], found["enabled"], found["rules_at_boot"]) == (False, 0, False, False)


def test_what_an_unknown_init_starts_is_not_known(tmp_path):
    roots.make(tmp_path, auditd_runs(9, "tini"), {"/etc/rc3.d/S01auditd": "x"})
    found = collect(tmp_path, init="tini")
    assert (found["running"], found["main_pid"], found["enabled"], found["rules_at_boot"]) == (True, 9, None, None)
    assert "tini" in found["not_seen"][0]


def test_hidden_processes_are_not_taken_for_none(tmp_path):
    roots.make(tmp_path, {"/proc/9/comm": "bash\n"})
    assert collect(tmp_path, init="init")["running"] is None


@pytest.mark.parametrize(
    ("required_by", "auditd", "expected"),
    [("auditd.service", "enabled", True), ("auditd.service", "disabled", False), ("", "enabled", False)],
)
def test_the_unit_of_suse_loads_the_rules_where_auditds_requires_it(tmp_path, required_by, auditd, expected):
    rules = block("augenrules.service", state="static", start=LOADS) + "\nRequiredBy=" + required_by
    found = collect(tmp_path, block("auditd.service", state=auditd), ABSENT, rules, SOCKET)
    assert (found["rules_at_boot"], found["loader"]) == (expected, "augenrules")


@pytest.mark.parametrize(
    ("daemon", "rules", "loader"),
    [
        (LOADS, "", "augenrules"),
        (LOADS_FILE, "", "auditctl"),
        ("", "", None),
        (LOADS, LOADS_FILE, "augenrules"),  # audit-rules.service is not started
    ],
)
def test_what_is_started_tells_what_the_rules_are_loaded_by(tmp_path, daemon, rules, loader):
    other = block("audit-rules.service", start=rules) if rules else ABSENT
    found = collect(tmp_path, block("auditd.service", state="enabled", post=daemon), other, AUGENRULES, SOCKET)
    assert found["loader"] == loader


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (ROOTS, (True, 77)),
        ("Uid:\t1000\t1000\t1000\t1000\nNSpid:\t77\n", (False, 0)),  # anybody's, called auditd
        ("Uid:\t0\t0\t0\t0\nNSpid:\t77\t1\n", (None, None)),  # this host's files in a namespace of its own
    ],
)
@pytest.mark.parametrize("file", [{}, {"/run/auditd.pid": "77\n"}])
def test_without_systemd_auditd_is_roots_and_no_containers(tmp_path, status, told, file):
    roots.make(tmp_path, dict(auditd_runs(77, "init", status), **file))
    found = collect(tmp_path, init="init")
    assert (found["running"], found["main_pid"]) == told
    assert any("/proc/77" in text for text in found["not_seen"]) is (told[0] is None)


def test_a_script_that_loads_nothing_is_told_from_none(tmp_path):
    roots.make(tmp_path, {"/proc/1/comm": "init\n"}, {"/etc/runlevels/default/auditd": "/etc/init.d/auditd"})
    assert collect(tmp_path, init="init")["rules_at_boot"] is None
    roots.make(tmp_path, {"/etc/init.d/auditd": "start-stop-daemon --exec /sbin/auditd\n"})
    assert collect(tmp_path, init="init")["rules_at_boot"] is False
