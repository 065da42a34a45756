# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies of audit records beside auditd's own log."""

import errno
import hashlib
import os
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import configuration, copies
from ansible_collections.auditops.trail.plugins.module_utils.posture import entry as acl_entry
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import marks, selects
from ansible_collections.auditops.trail.tests.unit import audited, roots

PLUGIN = "active = {0}\ndirection = out\npath = /sbin/audisp-syslog\ntype = always\nargs = LOG_INFO LOG_LOCAL6\n"
JOURNAL = "/var/log/journal/0123/system.journal"


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def collected(tmp_path, files=None, plugin="no", modes=None, **parts):
    given = {"/etc/audit/plugins.d/syslog.conf": PLUGIN.format(plugin), "/sbin/audisp-syslog": ""}
    given.update(files or {})
    roots.make(tmp_path, {"/sbin/audisp-syslog": ""})
    posture = audited.make(tmp_path, files=given)
    os.chmod(str(tmp_path) + "/sbin/audisp-syslog", 0o755)
    posture["config"] = configuration.collect(audited.context(tmp_path), posture)
    posture.update(parts)
    for path, mode in (modes or {}).items():
        os.chmod(str(tmp_path) + path, mode)
    return audited.checked("copies", copies.collect(audited.context(tmp_path), posture))


@pytest.mark.parametrize(
    ("files", "storage", "persistent"),
    [
        ({}, "auto", False),
        ({JOURNAL: ""}, "auto", True),
        ({"/etc/systemd/journald.conf": "[Journal]\nStorage=volatile\n", JOURNAL: ""}, "volatile", False),
        ({"/etc/systemd/journald.conf": "[Journal]\n#Storage=volatile\n"}, "auto", False),
        ({"/usr/lib/systemd/journald.conf": "[Journal]\nStorage=persistent\n"}, "persistent", True),
        (
            {
                "/etc/systemd/journald.conf": "[Journal]\nStorage=volatile\n",
                "/usr/lib/systemd/journald.conf.d/50-a.conf": "[Journal]\nStorage=persistent\n",
            },
            "persistent",
            True,
        ),
        (
            {
                "/etc/systemd/journald.conf.d/50-a.conf": "[Journal]\nStorage=volatile\n",
                "/usr/lib/systemd/journald.conf.d/50-a.conf": "[Journal]\nStorage=persistent\n",
                "/run/systemd/journald.conf.d/10-b.conf": "[Journal]\nStorage=none\n",
            },
            "volatile",
            False,
        ),
    ],
)
def test_where_the_journal_is_kept(tmp_path, files, storage, persistent):
    found = collected(tmp_path, files)["journal"]
    assert (found["storage"], found["persistent"]) == (storage, persistent)


@pytest.mark.parametrize(
    ("parts", "audit"),
    [
        ({}, None),
        ({"daemon": {"listeners": [{"pid": 5, "comm": "systemd-journal", "exe": None}]}}, True),
        ({"daemon": {"listeners": []}}, False),
        ({"daemon": {"listeners": None}, "service": {"units": None}}, None),
        ({"service": {"units": [{"name": "systemd-journald-audit.socket", "active": "active"}]}}, True),
        ({"service": {"units": [{"name": "systemd-journald-audit.socket", "active": "inactive"}]}}, False),
    ],
)
def test_whether_the_journal_takes_audit_records(tmp_path, parts, audit):
    assert collected(tmp_path, **parts)["journal"]["audit"] is audit


def test_audit_in_journald_conf_is_told_as_written(tmp_path):
    files = {"/etc/systemd/journald.conf": "[Journal]\nAudit=no\n", "/proc/9/comm": "systemd-journal\n"}
    found = collected(tmp_path, files)["journal"]
    assert found["audit_setting"] == "no" and found["audit"] is None and found["active"] is True
    assert (found["audit_file"], found["audit_line"]) == ("/etc/systemd/journald.conf", 2)


MAIN, VENDOR = "/etc/systemd/journald.conf", "/usr/lib/systemd/journald.conf"
FIRST, LAST = "/usr/lib/systemd/journald.conf.d/10-a.conf", "/etc/systemd/journald.conf.d/zz.conf"
PROGRAM = "/usr/lib/systemd/systemd-journald"
DPKG = "/var/lib/dpkg/status"


def said(*lines):
    return "\n".join(("[Journal]",) + lines) + "\n"


def conffile(content):
    digest = hashlib.md5(content.encode()).hexdigest()
    return "Package: systemd\nConffiles:\n /etc/systemd/logind.conf 0123\n {0} {1}\n".format(MAIN, digest)


@pytest.mark.parametrize(
    ("files", "state", "place"),
    [
        ({MAIN: said("#Audit=no")}, "off", None),  # Debian 11 and 12
        ({VENDOR: said("#Audit=yes")}, "on", None),  # upstream
        ({VENDOR: said("#Audit=")}, "keep", None),  # Fedora and its kin
        ({VENDOR: said("#Audit=keep")}, "keep", None),
        ({MAIN: said("Storage=persistent"), VENDOR: said("# Audit = no")}, "off", None),
        ({MAIN: said("#Audit=no", "Audit=yes")}, "on", (MAIN, 3)),
        ({MAIN: said("#Audit=no", "Audit = True")}, "on", (MAIN, 3)),
        ({MAIN: said("#Audit=no", "audit=yes")}, "off", None),  # another name to systemd
        ({MAIN: said("#Audit=yes"), LAST: said("Audit=off")}, "off", (LAST, 2)),
        ({MAIN: said("#Audit=no"), FIRST: said("Audit=no"), LAST: said("Audit=yes")}, "on", (LAST, 2)),
        ({MAIN: said("#Audit=no"), FIRST: said("Audit=yes"), LAST: said("Audit=")}, "keep", (LAST, 2)),
        # What it does not understand leaves the value before it; only younger ones know the word "keep".
        ({MAIN: said("#Audit=no"), LAST: said("Audit=maybe")}, "off", None),
        ({MAIN: said("#Audit=no"), LAST: said("Audit=keep")}, "off", None),
        ({MAIN: said("#Audit=yes"), LAST: said("Audit=keep")}, "keep", (LAST, 2)),
        ({MAIN: said("Storage=auto"), LAST: said("Audit=keep")}, None, (LAST, 2)),
        ({MAIN: said("#Audit="), FIRST: said("Audit=no"), LAST: said("Audit=keep")}, None, (LAST, 2)),
        ({VENDOR: said("#Audit=keep"), FIRST: said("Audit=no"), LAST: said("Audit=keep")}, "keep", (LAST, 2)),
        # Where dpkg is, a comment in /etc is believed of the package's own file alone, unless it says "no".
        ({MAIN: said("#Audit=yes"), DPKG: conffile(said("#Audit=yes"))}, "on", None),
        ({MAIN: said("Storage=auto", "#Audit=yes"), DPKG: conffile(said("#Audit=no"))}, None, None),
        ({MAIN: said("#Audit="), DPKG: "Package: systemd\n"}, None, None),
        ({MAIN: said("Storage=auto", "#Audit=no"), DPKG: conffile(said("#Audit=no"))}, "off", None),
        ({MAIN: said("Storage=auto"), VENDOR: said("#Audit=yes"), DPKG: "Package: systemd\n"}, "on", None),
        # Another section's setting is none of journald's.
        ({MAIN: "[Other]\nAudit=yes\n[Journal]\n#Audit=no\n"}, "off", None),
        # journald 245 does not know the setting; of a younger one without the comment nobody knows the default.
        ({MAIN: said("#Storage=auto"), PROGRAM: "\0Journal.Storage\0"}, "on", None),
        ({MAIN: said("#Storage=auto"), PROGRAM: "\0Journal.Audit\0Journal.Storage\0"}, None, None),
        ({MAIN: said("#Storage=auto")}, None, None),
    ],
)
def test_what_journald_does_to_auditing_when_it_starts(tmp_path, files, state, place):
    found = collected(tmp_path, files)["journal"]
    assert found["audit_at_start"] == state
    assert (found["audit_file"], found["audit_line"]) == (place or (None, None))


def test_what_journald_does_is_not_known_where_its_file_cannot_be_read(tmp_path):
    roots.make(tmp_path, folders=[MAIN])
    found = collected(tmp_path, {LAST: said("Audit=yes")})
    assert found["journal"]["audit_at_start"] is None
    assert [text.split(":")[0] for text in found["not_seen"]] == [MAIN]


def test_a_main_file_that_is_masked_is_read_as_empty_and_the_distributions_shows_the_default(tmp_path):
    roots.make(tmp_path, links={MAIN: "/dev/null"})
    found = collected(tmp_path, {VENDOR: said("#Audit=no", "Audit=yes")})
    assert found["journal"]["audit_at_start"] == "off"
    assert found["not_seen"] == []


def test_a_journal_that_everybody_reads_is_exposed(tmp_path):
    found = collected(tmp_path, {JOURNAL: ""}, modes={JOURNAL: 0o644})
    assert [text.split(" ")[:2] for text in found["exposed"]] == [[JOURNAL, "0644"]]
    assert collected(tmp_path / "b", {JOURNAL: ""}, modes={JOURNAL: 0o640})["exposed"] == []


def test_a_journal_without_audit_records_is_no_copy(tmp_path):
    found = collected(tmp_path, {JOURNAL: ""}, modes={JOURNAL: 0o644}, daemon={"listeners": []})
    assert found["exposed"] == []


@pytest.mark.parametrize(
    ("mode", "group", "gid", "exposed", "reader"),
    [
        ("0640", "adm", 4, False, True),
        ("0640", "systemd-journal", 999, False, True),
        ("0660", "adm", 4, True, True),
        ("0640", "users", 100, True, False),
        ("0600", "users", 100, False, False),
        ("0640", "root", 0, False, False),
        ("0640", "wheel", 77, False, False),
    ],
)
def test_groups_that_are_for_reading_logs_are_told_apart(mode, group, gid, exposed, reader):
    entry = {"path": "/x", "mode": mode, "uid": 0, "gid": gid, "owner": "root", "group": group, "other_access": False}
    entry["group_write"] = mode == "0660"
    own = 77
    assert copies._exposed(entry, own) is exposed
    looker = copies.Complete(roots.context("/nowhere"))
    assert [one["group"] for one in copies._readers(looker, [entry], own)] == ([group] if reader else [])


def test_groups_that_read_a_copy_are_told_with_their_members(tmp_path, monkeypatch):
    # systemd gives adm and wheel the journal by a list: tmpfiles.d/systemd.conf.
    def value(path, name):
        if not str(path).endswith(".journal"):
            raise OSError(errno.ENODATA, "no list")
        return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", 8, 4, gid) for gid in (4, 10))

    monkeypatch.setattr(os, "getxattr", value)
    monkeypatch.setattr(acl_entry, "group_name", {4: "adm", 10: "wheel"}.get)
    files = {
        JOURNAL: "",
        "/etc/passwd": "root:x:0:0::/root:/bin/sh\nben:x:7:10::/:/bin/sh\n",
        "/etc/group": "adm:x:4:anna,syslog\nwheel:x:10:eve\n",
    }
    found = collected(tmp_path, files, modes={JOURNAL: 0o600})
    assert found["exposed"] == []
    assert found["group_readers"] == [
        {"group": "adm", "members": ["anna", "syslog"], "paths": [JOURNAL]},
        {"group": "wheel", "members": ["ben", "eve"], "paths": [JOURNAL]},
    ]


def test_an_owner_other_than_root_is_exposure_but_for_syslogs_own():
    entry = {"path": "/x", "mode": "0600", "uid": 7, "gid": 0, "owner": "bob", "group": "root", "other_access": False}
    assert copies._exposed(entry, 0)
    assert not copies._exposed(dict(entry, owner="syslog", group_write=False), 0)


def test_the_files_that_the_plugins_facility_is_written_to(tmp_path):
    files = {
        "/usr/sbin/rsyslogd": "",
        "/etc/rsyslog.conf": "$IncludeConfig /etc/rsyslog.d/*.conf\n*.*;auth,local6.none -/var/log/syslog\n",
        "/etc/rsyslog.d/a.conf": "local6.* /var/log/audit-copy.log\nmail.* /var/log/mail.log\nlocal6.=debug /d\n",
        "/var/log/audit-copy.log": "",
        "/var/log/syslog": "",
        "/var/log/mail.log": "",
    }
    found = collected(tmp_path, files, plugin="yes", modes={"/var/log/audit-copy.log": 0o664})
    assert found["syslog"]["plugin"] is True and found["syslog"]["daemon"] == "rsyslog"
    assert [entry["path"] for entry in found["syslog"]["files"]] == ["/var/log/audit-copy.log"]
    assert found["exposed"][0].startswith("/var/log/audit-copy.log 0664")


def test_behind_a_filter_the_files_are_not_known(tmp_path):
    files = {"/usr/sbin/rsyslogd": "", "/etc/rsyslog.conf": "if $syslogfacility == 22 then /var/log/x\n"}
    found = collected(tmp_path, files, plugin="yes")
    assert found["syslog"]["files"] is None and found["exposed"] is None
    assert "filters" in found["not_seen"][0]
    assert collected(tmp_path / "b", files, plugin="no")["syslog"]["files"] == []


def test_a_ruleset_for_what_the_network_sends_leaves_the_files_known(tmp_path):
    rules = 'ruleset(name="remote") {\n  action(type="omfile" dynaFile="ByHost")\n}\n'
    rules += 'input(type="imtcp" port="514" ruleset="remote")\n*.* /var/log/syslog\n'
    files = {"/usr/sbin/rsyslogd": "", "/etc/rsyslog.conf": rules, "/var/log/syslog": "x"}
    found = collected(tmp_path, files, plugin="yes")
    assert [one["path"] for one in found["syslog"]["files"]] == ["/var/log/syslog"]


@pytest.mark.parametrize(
    ("daemon", "configuration", "text"),
    [
        ("rsyslogd", "/etc/rsyslog.conf", "*.* ?Dynamic\n"),
        ("rsyslogd", "/etc/rsyslog.conf", "*.* -?Dynamic;Form\n"),
        ("rsyslogd", "/etc/rsyslog.conf", '*.* action(type="omfile" dynaFile="Dynamic")\n'),
        (
            "syslog-ng",
            "/etc/syslog-ng/syslog-ng.conf",
            'destination d { file("/var/log/$HOST/all"); };\nlog { source(s); destination(d); };\n',
        ),
    ],
)
def test_files_whose_names_a_template_makes_are_not_known(tmp_path, daemon, configuration, text):
    files = {"/usr/sbin/" + daemon: "", configuration: text}
    found = collected(tmp_path, files, plugin="yes")
    assert found["syslog"]["files"] is None and found["exposed"] is None


def test_a_template_that_other_messages_fill_does_not_matter(tmp_path):
    files = {"/usr/sbin/rsyslogd": "", "/etc/rsyslog.conf": "mail.* ?Dynamic\n"}
    assert collected(tmp_path, files, plugin="yes")["syslog"]["files"] == []


def test_copies_that_people_leave(tmp_path):
    files = {
        "/var/log/audit/audit.log.1": "",
        "/var/log/audit/audit.log.save": "",
        "/var/backups/audit-2026.tgz": "",
        "/var/log/audit.old": "",
    }
    found = collected(tmp_path, files)
    assert [entry["path"] for entry in found["elsewhere"]] == [
        "/var/backups/audit-2026.tgz",
        "/var/log/audit.old",
        "/var/log/audit/audit.log.save",
    ]


@pytest.mark.parametrize(
    ("selector", "taken"),
    [
        ("*.*", True),
        ("user.info", True),
        ("user.notice", False),
        ("user.=info", True),
        ("user.=notice", False),
        ("*.*;user.none", False),
        ("user.none;*.*", True),
        ("*.info;user.!=info", False),
        ("*.debug;user.!warning", True),
        ("mail,user.*", True),
        ("mail.*", False),
        ("user.bogus", None),
        ("bogus.*", None),
    ],
)
def test_selectors(selector, taken):
    assert selects(selector, "user", "info") is taken


def test_the_marks_of_the_plugin():
    assert marks([]) == ("user", "info")
    assert marks(["LOG_LOCAL6", "LOG_WARNING"]) == ("local6", "warning")
