# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens when the disk fills or fails, and whether anybody would hear of it."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import alerts
from ansible_collections.auditops.trail.tests.unit import audited, roots

MAILER = "/usr/lib/sendmail"
NOT_SHIPPED = {"shipping": {"active": False}}


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def collected(tmp_path, text="", files=None, mailer=None, parts=None):
    if mailer:
        roots.program(tmp_path, mailer)
        os.chmod(str(tmp_path) + mailer, 0o755)
    posture = dict(audited.make(tmp_path, audited.AUDITD + text, files), **(NOT_SHIPPED if parts is None else parts))
    return audited.checked("alerts", alerts.collect(audited.context(tmp_path), posture))


EMAIL = "space_left_action = EMAIL\n"
QUIET = "disk_error_action = ignore\n"
STOPS = {
    name: "{0} = {1}\n".format(name, action)
    for name, action in (
        ("space_left_action", "SINGLE"),
        ("admin_space_left_action", "HALT"),
        ("disk_full_action", "HALT"),
        ("disk_error_action", "SINGLE"),
    )
}


def but(text):
    """All four stop the host, but for those that the text sets."""
    given = [line.split(" ")[0] for line in text.splitlines()]
    return text + "".join(line for name, line in STOPS.items() if name not in given)


def others(text):
    """The ways without those of actions that stop the host."""
    return [way for way in text if ": the host goes" not in way]


def test_mail_to_root_by_a_mailer_is_heard(tmp_path):
    found = collected(tmp_path, but(EMAIL), mailer=MAILER)
    assert found["actions"]["space_left_action"] == "email"
    assert (found["account"], found["resolves"], found["mta"]) == ("root", True, MAILER)
    assert found["mail_works"] is True and found["path"] is True
    assert others(found["ways"]) == ["space_left_action = email: mail to root"] and found["unheard"] == []


def test_without_a_mailer_nobody_hears(tmp_path):
    found = collected(tmp_path, but(EMAIL))
    assert found["mta"] is None and found["mail_works"] is False and found["path"] is False
    assert others(found["ways"]) == [] and found["unheard"] == ["space_left_action = email"]


def test_hosts_that_stop_need_nobody_who_reads(tmp_path):
    found = collected(tmp_path, but(""))
    assert found["path"] is True and found["unheard"] == [] and len(found["ways"]) == 4
    assert "disk_full_action = halt: the host goes off" in found["ways"]


def test_a_way_for_one_failure_is_none_for_the_others(tmp_path):
    roots.program(tmp_path, "/usr/lib/tell")
    os.chmod(str(tmp_path) + "/usr/lib/tell", 0o755)
    text = "space_left_action = EMAIL\nadmin_space_left_action = EMAIL\ndisk_full_action = ROTATE\n"
    found = collected(tmp_path, text + "disk_error_action = exec /usr/lib/tell\n")
    assert found["path"] is False and found["ways"] == ["disk_error_action = exec: runs /usr/lib/tell"]
    assert found["unheard"] == [
        "space_left_action = email",
        "admin_space_left_action = email",
        "disk_full_action = rotate",
    ]


def test_auditd_knows_one_mailer_alone(tmp_path):
    found = collected(tmp_path, EMAIL, mailer="/usr/sbin/sendmail")
    assert found["mta"] == "/usr/sbin/sendmail" and found["mail_works"] is False


@pytest.mark.parametrize(
    ("account", "aliases", "resolves"),
    [
        ("root", "", True),
        ("ops", "", False),
        ("ops", "ops: alice@example.com\n", True),
        ("ops", "Ops : /dev/null\n", False),
        ("ops", "# ops: alice\n", False),
        ("ops@example.com", "", True),
    ],
)
def test_whether_the_account_leads_to_somebody(tmp_path, account, aliases, resolves):
    found = collected(tmp_path, "action_mail_acct = {0}\n".format(account), {"/etc/aliases": aliases})
    assert found["resolves"] is resolves


def test_the_accounts_alias_is_told(tmp_path):
    assert collected(tmp_path, files={"/etc/aliases": "root: ops@example.com\n"})["alias"] == "ops@example.com"


def rsyslog(text):
    return {
        "/proc/sys/kernel/hostname": "web1.example\n",
        "/usr/sbin/rsyslogd": "",
        "/etc/rsyslog.conf": text,
        "/proc/40/comm": "rsyslogd\n",
    }


@pytest.mark.parametrize(
    ("text", "forwarded", "path"),
    [
        ("*.* @@logs.example\n", True, True),
        ("daemon.* @@logs.example\n", True, True),
        ("mail.* @@logs.example\n", False, False),
        ("*.* /var/log/syslog\n", False, False),
        ("*.* @@127.0.0.2\n", False, False),
        ("*.* @@web1.example\n", False, False),
        ("if $hostname == 'web1' then @@logs.example\n", None, None),
    ],
)
def test_a_message_to_syslog_is_heard_where_it_is_forwarded(tmp_path, text, forwarded, path):
    found = collected(tmp_path, but("admin_space_left_action = SUSPEND\n"), rsyslog(text))
    assert found["syslog_forwarded"] is forwarded and found["path"] is path


def test_ignore_is_not_heard_whatever_is_forwarded(tmp_path):
    found = collected(tmp_path, but(QUIET), rsyslog("*.* @@logs.example\n"))
    assert found["syslog_forwarded"] is True and found["path"] is False
    assert found["unheard"] == ["disk_error_action = ignore"]


def test_the_journal_can_be_uploaded(tmp_path):
    files = {"/etc/systemd/journal-upload.conf": "[Upload]\nURL=https://logs.example\n"}
    assert collected(tmp_path, files=files)["syslog_forwarded"] is False
    for pid, program, forwarded in ((8, "systemd-journald", False), (9, "systemd-journal-upload", True)):
        root = tmp_path / str(pid)
        files["/proc/{0}/comm".format(pid)] = program[:15] + "\n"
        roots.make(root, links={"/proc/{0}/exe".format(pid): "/usr/lib/systemd/" + program})
        if pid == 9:
            roots.make(root, links={"/proc/8/exe": "/usr/lib/systemd/systemd-journald"})
        assert collected(root, files=files)["syslog_forwarded"] is forwarded


def test_an_uploader_whose_file_is_hidden_is_not_known(tmp_path):
    files = {"/etc/systemd/journal-upload.conf": "[Upload]\nURL=https://logs.example\n"}
    files["/proc/8/comm"] = "systemd-journal\n"
    assert collected(tmp_path, files=files)["syslog_forwarded"] is None


def test_a_daemon_that_does_not_run_forwards_nothing(tmp_path):
    text = but("admin_space_left_action = SUSPEND\n")
    found = collected(tmp_path, text, dict(rsyslog("*.* @@logs.example\n"), **{"/proc/40/comm": None}))
    assert found["syslog_forwarded"] is False and found["path"] is False


@pytest.mark.parametrize("mode", [None, 0o644])
def test_a_program_that_is_not_there_or_cannot_be_run_does_not_count(tmp_path, mode):
    posture = audited.make(tmp_path, audited.AUDITD + but(""))
    posture["config"]["auditd"]["values"].update(disk_full_action="exec", disk_full_exe="/usr/lib/tell")
    if mode is not None:
        roots.program(tmp_path, "/usr/lib/tell")
        os.chmod(str(tmp_path) + "/usr/lib/tell", mode)
    found = audited.checked("alerts", alerts.collect(audited.context(tmp_path), dict(posture, **NOT_SHIPPED)))
    assert others(found["ways"]) == [] and found["path"] is False


def test_a_program_counts(tmp_path):
    roots.program(tmp_path, "/usr/lib/tell")
    os.chmod(str(tmp_path) + "/usr/lib/tell", 0o755)
    found = collected(tmp_path, but("disk_full_action = exec /usr/lib/tell\n"))
    assert others(found["ways"]) == ["disk_full_action = exec: runs /usr/lib/tell"] and found["path"] is True


@pytest.mark.parametrize("active", [True, False, None])
def test_shipping_alone_is_no_alert(tmp_path, active):
    found = collected(tmp_path, QUIET, parts={"shipping": {"active": active}})
    assert found["path"] is False and found["ways"] == [] and found["shipped"] is active


def test_without_auditd_there_is_nobody_to_tell(tmp_path):
    posture = audited.make(tmp_path, auditd=None)
    found = audited.checked("alerts", alerts.collect(audited.context(tmp_path), posture))
    assert found["path"] is None and found["not_seen"] == ["there is no /etc/audit/auditd.conf, and no auditd"]


def test_without_a_configuration_nothing_is_guessed(tmp_path):
    posture = audited.make(tmp_path)
    posture["config"]["auditd"] = None
    found = audited.checked("alerts", alerts.collect(audited.context(tmp_path), posture))
    assert found["actions"] is None and found["path"] is None and found["not_seen"]
