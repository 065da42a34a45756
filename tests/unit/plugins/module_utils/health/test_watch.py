# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching a host: when it is looked at, what a broken host shows, and hosts that have no audit system of their own."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import looks, quick, watch
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Limits
from ansible_collections.auditops.trail.plugins.module_utils.posture import logs
from ansible_collections.auditops.trail.tests.unit import audited, roots

STATUS = {
    "enabled": 1, "failure": 1, "pid": 7, "rate_limit": 0, "backlog_limit": 8192, "lost": 0, "backlog": 0,
    "backlog_wait_time": 60000, "loginuid_immutable": 0,
}  # fmt: skip
SYSTEM = {"os": {"id": "debian"}, "init": "systemd", "container": "none", "chroot": False, "boot_id": "b"}
LOG = "/var/log/audit/audit.log"


def _fail(error):
    raise error


class Host:
    """A host whose status, log and parts a test sets; the clock goes on by what is slept."""

    def __init__(self, tmp_path):
        self.root = tmp_path
        self.now = 1000.0
        self.statuses = []
        self.per_sleep = b""
        self.said = []
        self.suspended = False
        self.parts = {
            "system": dict(SYSTEM),
            "service": {"running": True, "enabled": True, "rules_at_boot": True, "loader": "augenrules", "main_pid": 7,
                        "units": []},
            "packages": {"manager": "dpkg", "audit_installed": True, "audit": {"name": "auditd", "version": "3.0.9"}},
            "status": dict(STATUS),
            "daemon": {"pid": 7, "is_auditd": True, "holder": {"comm": "auditd"}, "not_seen": []},
            "rules": {"loaded": [1, 2]},
            "disk": {"rules": [1, 2]},
            "drift": {"equal": True, "differences": [], "not_seen": []},
        }  # fmt: skip
        self.errors = {}
        self.settings = "max_log_file = 8\nnum_logs = 5\nmax_log_file_action = ROTATE\n"
        self.configured = audited.make(tmp_path, audited.AUDITD + self.settings, files={LOG: "x" * 100})
        self.slept = []

    def watch(self, seconds=60, prove_rules=True, **limits):
        context = audited.context(self.root)
        means = watch.Means(self._posture, self._ask, self._say, lambda: self.now, self._sleep)
        return watch.watch(context, seconds, prove_rules, Limits(**limits), means)

    def _posture(self, context, parts):
        wanted = set(parts)
        if "drift" in wanted:
            wanted |= {"rules", "disk"}
        found = {"errors": dict(self.errors)}
        for part in wanted:
            if part in ("config", "logs"):
                found["config"] = self.configured["config"]
            elif part not in self.errors:
                found[part] = self.parts[part]
        if "logs" in wanted:
            found["logs"] = logs.collect(context, dict(self.configured, errors={}))
        return found

    def _ask(self, _context):
        answer = self.statuses.pop(0) if self.statuses else {}
        if isinstance(answer, Exception):
            _fail(answer)
        return dict(STATUS, **answer)

    def _say(self, text):
        self.said.append(text)
        if isinstance(self.suspended, Exception):
            _fail(self.suspended)
        if not self.suspended:
            with open(str(self.root) + LOG, "a", encoding="utf-8") as file:
                file.write("type=USER msg=audit(1.0:1): pid=9 uid=0 msg='{0}'\n".format(text))

    def _sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds
        with open(str(self.root) + LOG, "ab") as file:
            file.write(self.per_sleep)


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    return Host(tmp_path)


def broken(found):
    return {one["name"]: one["text"] for one in found["criteria"] if one["ok"] is not True}


def test_a_host_that_is_well_meets_each_criterion(host):
    found = host.watch()
    assert found["healthy"] is True
    assert [one["name"] for one in found["criteria"]] == [
        "daemon", "rules", "lost", "backlog", "log", "log_growth", "retention",
    ]  # fmt: skip
    assert sum(host.slept) == pytest.approx(60)
    assert found["not_applicable"] is None


def test_a_daemon_that_dies_while_it_is_watched_is_seen(host):
    host.statuses = [{}, {}, {"pid": 0}]
    assert list(broken(host.watch())) == ["daemon"]


def test_a_rule_that_is_not_loaded_is_seen(host):
    host.parts["drift"] = {"equal": False, "differences": [{"text": "-w /etc/x is not in the kernel"}], "not_seen": []}
    assert list(broken(host.watch())) == ["rules"]


def test_rules_that_have_to_differ_are_not_compared(host):
    host.parts["drift"] = {"equal": False, "differences": [{"text": "not yet"}], "not_seen": []}
    found = host.watch(prove_rules=False)
    assert found["healthy"] is True
    assert "rules" not in [one["name"] for one in found["criteria"]]


def test_lost_records_are_seen(host):
    host.statuses = [{}] * 12 + [{"lost": 3}]
    assert list(broken(host.watch())) == ["lost"]


@pytest.mark.parametrize(
    ("line", "well"),
    [
        ("quiet", False),
        ("audit=1 quiet", True),
        ("audit=ON", True),
        ("audit=many", True),
        ("audit=1 -- audit=0", True),
        ("quiet -- audit=1", False),
    ],
)
def test_a_full_socket_loses_records_only_where_the_kernel_does_not_keep_them(host, line, well):
    roots.make(host.root, {"/proc/cmdline": "BOOT_IMAGE=/vmlinuz {0}\n".format(line)})
    host.statuses = [{"refused": 0}] * 12 + [{"refused": 3}]
    found = host.watch()
    assert found["healthy"] is well
    assert list(broken(found)) == ([] if well else ["lost"])


def test_a_queue_that_fills_is_seen(host):
    host.statuses = [{"backlog": 300 * turn} for turn in range(13)]
    assert list(broken(host.watch())) == ["backlog"]


def test_a_log_that_is_flooded_is_seen_by_its_rate_and_by_what_it_would_last(host):
    host.per_sleep = b"y" * (1 << 20)
    assert list(broken(host.watch())) == ["retention"]
    assert list(broken(host.watch(retention_days=0, log_bytes_per_second=1000))) == ["log_growth"]


def test_a_daemon_that_runs_and_writes_nothing_is_seen_by_a_message_that_never_comes(host):
    host.suspended = True
    found = host.watch()
    assert found["healthy"] is False
    assert list(broken(found)) == ["log", "log_growth", "retention"]
    assert "nothing is written to the log: a message that was sent is not in it after 5 s" in broken(found)["log"]
    assert sum(host.slept) == pytest.approx(65, abs=0.5)


def test_a_message_that_a_rule_keeps_out_is_no_fault_where_others_are_written(host):
    host.suspended, host.per_sleep = True, b"type=SYSCALL\n"
    found = host.watch()
    assert found["healthy"] is True
    assert [one["text"] for one in found["criteria"] if one["name"] == "log"][0].endswith("(a rule may exclude it)")


def test_a_message_is_found_in_a_log_that_is_rotated_meanwhile(host):
    say, log = host._say, str(host.root) + LOG

    def rotated(text):
        say(text)
        os.rename(log, log + ".1")
        open(log, "wb").close()

    host._say = rotated
    assert host.watch()["healthy"] is True


def test_a_message_that_cannot_be_sent_leaves_health_unknown(host):
    host.suspended = TrailError("the kernel refused to record a message", "the kernel")
    found = host.watch()
    assert found["healthy"] is None
    assert "refused to record a message" in broken(found)["log"]


def test_nobody_is_sent_a_message_where_nobody_listens(host):
    host.statuses = [{"pid": 0}] * 13
    assert broken(host.watch())["log"] == "nobody receives the kernel's records"
    assert host.said == []


def test_a_host_that_writes_no_log_by_choice_is_not_judged_by_one(host, tmp_path):
    text = audited.AUDITD + host.settings + "write_logs = no\n"
    host.configured = audited.make(host.root, text)
    found = host.watch()
    assert found["healthy"] is True and host.said == []
    assert [one["text"] for one in found["criteria"]][-3:] == [
        "not applicable: this host writes no log of its own (write_logs = no)"
    ] * 3


def test_a_kernel_that_does_not_answer_once_leaves_health_unknown(host):
    host.statuses = [{}, EvidenceError("no answer")]
    found = host.watch()
    assert found["healthy"] is None
    assert broken(found)["lost"] == "no answer"


def test_the_quick_check_is_one_look_and_judges_what_that_can_tell(host):
    found = host.watch(seconds=0)
    assert host.slept == [] and host.said == []
    assert [one["name"] for one in found["criteria"]] == ["daemon", "rules", "backlog"]
    assert found["status"]["rules"] == {"kernel": 2, "disk": 2, "equal": True, "differences": []}
    assert found["status"]["log"]["num_logs"] == 5
    assert found["status"]["log"]["files"] == [{"path": LOG, "size": 100}]
    assert found["status"]["log"]["filesystem"]["separate"] is True


@pytest.mark.parametrize(
    ("system", "words"),
    [({"container": "docker"}, "a container (docker)"), ({"chroot": True}, "a chroot")],
)
def test_where_there_is_no_audit_system_nothing_is_judged(host, system, words):
    host.parts["system"].update(system)
    found = host.watch()
    assert words in found["not_applicable"]["reason"]
    assert (found["healthy"], found["criteria"], host.slept) == (None, [], [])
    assert found["status"]["host"]["init"] == "systemd"


def test_a_kernel_without_audit_is_told_from_one_that_refuses(host):
    host.errors = {"status": {"message": "not supported", "remedy": "boot one built with CONFIG_AUDIT=y"}}
    assert "has no audit subsystem" in host.watch()["not_applicable"]["reason"]
    host.errors = {"status": {"message": "not permitted", "remedy": "run as root"}}
    assert host.watch(seconds=0)["not_applicable"] is None


NONE = {"status": {"message": "could not open (EPROTONOSUPPORT)", "remedy": "boot one built with CONFIG_AUDIT=y"}}
FOREIGN = {"status": {"message": "could not ask (ECONNREFUSED)", "remedy": "not in a container or user namespace"}}


@pytest.mark.parametrize("errors", [NONE, FOREIGN])
@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("root=/dev/vda1 audit=1 audit=0 quiet", "audit=0"),
        ("audit=off", "audit=off"),
        ("audit=0 audit=1", "audit=0"),
        ('"audit=0"', "audit=0"),
    ],
)
def test_a_kernel_that_was_started_with_audit_0_is_no_host_to_be_left_alone(host, errors, line, word):
    host.errors = errors
    roots.make(host.root, {"/proc/cmdline": line + "\n"})
    for seconds in (0, 60):
        found = host.watch(seconds)
        assert (found["healthy"], found["not_applicable"], host.slept) == (False, None, [])
        assert [(one["name"], one["ok"]) for one in found["criteria"]] == [("daemon", False)]
        assert "audit switched off ({0})".format(word) in found["criteria"][0]["text"]
        assert found["status"]["off_at_boot"] == found["criteria"][0]["text"]


@pytest.mark.parametrize("line", ["audit=1", "quiet", "audit=1 -- audit=0"])
def test_a_kernel_that_was_not_is_one_without_audit(host, line):
    host.errors = NONE
    roots.make(host.root, {"/proc/cmdline": line + "\n"})
    assert "has no audit subsystem" in host.watch()["not_applicable"]["reason"]


@pytest.mark.parametrize(
    ("mapped", "away"), [("0 100000 65536\n", True), ("         0          0 4294967295\n", False), (None, False)]
)
def test_a_user_namespace_is_told_from_a_kernel_that_refuses(host, mapped, away):
    host.errors = FOREIGN
    host.statuses = [EvidenceError("could not ask (ECONNREFUSED)")]
    if mapped:
        roots.make(host.root, {"/proc/self/uid_map": mapped})
    found = host.watch(seconds=0)
    assert (found["not_applicable"] is not None) is away
    assert found["healthy"] is None


def test_a_bare_host_tells_the_filesystem_that_the_log_will_lie_on(host, tmp_path):
    os.unlink(str(host.root) + "/etc/audit/auditd.conf")
    bare = tmp_path / "bare"
    bare.mkdir()
    host.configured = audited.make(bare, None)
    host.root = bare
    os.rmdir(str(bare) + "/var/log/audit")
    found = host.watch(seconds=0)["status"]["log"]
    assert (found["directory"], found["file"]) == ("/var/log/audit", None)
    assert found["filesystem"]["mount"] == "/"
    assert found["filesystem"]["bytes"] > 0


def test_a_folder_that_is_to_be_shares_the_file_system_above_it_as_it_will_when_it_is_there(tmp_path):
    mounts = "21 1 8:1 / / rw - ext4 /dev/a rw\n22 21 8:2 / /srv rw - ext4 /dev/b rw\n"
    roots.make(tmp_path, {"/proc/self/mountinfo": mounts}, {}, ["/srv"])
    context = roots.context(tmp_path)
    before = quick.filesystem(context, "/srv/deep/audit")
    os.makedirs(str(tmp_path) + "/srv/deep/audit")
    after = quick.filesystem(context, "/srv/deep/audit")
    assert (before["mount"], before["separate"]) == (after["mount"], after["separate"]) == ("/srv", False)
    assert quick.filesystem(context, "/srv")["separate"] is True


@pytest.mark.parametrize(
    ("seconds", "limits", "name"),
    [
        (-1, {}, "seconds"),
        (3601, {}, "seconds"),
        (1, {"backlog_percent": 0}, "backlog_percent"),
        (1, {"lost": -1}, "limits.lost"),
        (1, {"retention_days": -1}, "retention_days"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(seconds, limits, name):
    with pytest.raises(TrailError) as refused:
        watch.check_options(seconds, Limits(**limits))
    assert name in str(refused.value)


@pytest.mark.parametrize(("seconds", "number"), [(0, 1), (1, 2), (9, 2), (10, 3), (60, 13), (3600, 13)])
def test_the_number_of_looks_grows_with_the_time(seconds, number):
    assert looks.number(seconds) == number


def test_a_log_is_followed_through_its_rotation(tmp_path):
    log = tmp_path / "audit.log"
    log.write_bytes(b"x" * 10)
    (tmp_path / "audit.log.save").write_bytes(b"no log")
    before = looks.sizes(str(log), lambda: 0.0)
    log.rename(tmp_path / "audit.log.1")
    log.write_bytes(b"y" * 7)
    with open(str(tmp_path / "audit.log.1"), "ab") as file:
        file.write(b"z" * 5)
    assert looks.written(before, looks.sizes(str(log), lambda: 1.0)) == (12, False)


def test_a_folder_that_is_not_there_says_so(tmp_path):
    assert "No such file" in looks.sizes(str(tmp_path / "none" / "audit.log"), lambda: 0.0).why
