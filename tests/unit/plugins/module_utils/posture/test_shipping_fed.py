# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What feeds a way out of the host: plugins that run, a daemon that takes the journal, others than auditd."""

import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import alerts, copies, shipping
from ansible_collections.auditops.trail.tests.unit import audited, roots

PLUGIN = "active = yes\ndirection = out\npath = {0}\ntype = {1}\nargs = LOG_INFO\nformat = string\n"
SENT = '*.* action(type="omfwd" target="logs.example" port="514" protocol="tcp")\n'
RSYSLOG = {"/proc/40/comm": "rsyslogd\n"}
PLUGS = {"/etc/audit/plugins.d/syslog.conf": PLUGIN.format("/sbin/audisp-syslog", "always")}
FED = dict(RSYSLOG, **dict(PLUGS, **{"/proc/76/comm": "audisp-syslog\n"}))
JOURNALD = {"listeners": [{"pid": 2, "comm": "systemd-journal", "exe": None}]}
NOBODY = {"listeners": []}
PSK = {
    "/etc/audit/plugins.d/au-remote.conf": PLUGIN.format("/sbin/audisp-remote", "always"),
    "/etc/audit/audisp-remote.conf": "remote_server = c\ntransport = tls\ntls_psk_file = /k\ntls_psk_identity = w\n",
    "/proc/77/comm": "audisp-remote\n",
}


@pytest.fixture(autouse=True)
def root_owns_everything(monkeypatch):
    audited.owned_by_root(monkeypatch)


def host(tmp_path, files, version=(4, 2, 1), auditd=audited.AUDITD, daemon=None):
    programs = ("/usr/sbin/rsyslogd", "/usr/sbin/syslog-ng", "/sbin/audisp-syslog", "/sbin/audisp-remote")
    roots.program(tmp_path, *programs)
    for path in programs:
        os.chmod(str(tmp_path) + path, 0o755)
    posture = audited.make(tmp_path, auditd, files, version)
    if daemon is not None:
        posture["daemon"] = daemon
    return posture


def shipped(tmp_path, files, *more, **named):
    posture = host(tmp_path, files, *more, **named)
    return audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))


@pytest.mark.parametrize(("process", "active"), [("audisp-syslog", True), ("audispd", False), ("auditd", False)])
def test_a_plugin_for_syslog_that_does_not_run_feeds_nothing(tmp_path, process, active):
    files = dict(RSYSLOG, **dict(PLUGS, **{"/etc/rsyslog.conf": SENT, "/proc/76/comm": process + "\n"}))
    assert shipped(tmp_path, files)["active"] is active


@pytest.mark.parametrize(
    ("dispatcher", "process", "active"),
    [
        ("dispatcher = /sbin/audispd\n", "audispd", True),
        ("dispatcher = /sbin/audispd\n", "auditd", False),
        ("", "audispd", False),
    ],
)
def test_audispd_of_2_8_feeds_its_plugins_where_auditd_starts_it(tmp_path, dispatcher, process, active):
    files = {"/etc/audisp/plugins.d/syslog.conf": PLUGIN.format("builtin_syslog", "builtin")}
    files.update(RSYSLOG, **{"/etc/rsyslog.conf": SENT, "/proc/76/comm": process + "\n"})
    roots.program(tmp_path, "/sbin/audispd")
    os.chmod(str(tmp_path) + "/sbin/audispd", 0o750)
    posture = host(tmp_path, files, (2, 8, 5), audited.AUDITD + dispatcher)
    assert posture["config"]["plugins"][0]["active"] is bool(dispatcher)
    found = audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))
    assert found["active"] is active


def test_another_dispatcher_of_2_8_leaves_it_open(tmp_path):
    roots.program(tmp_path, "/opt/forwarder")
    os.chmod(str(tmp_path) + "/opt/forwarder", 0o750)
    found = shipped(tmp_path, {}, (2, 8, 5), audited.AUDITD + "dispatcher = /opt/forwarder\n")
    assert [(one["via"], one["daemon"], one["active"]) for one in found["routes"]] == [("agent", "forwarder", None)]


@pytest.mark.parametrize(("comm", "active"), [("auditd", True), ("osqueryd", None)])
def test_who_takes_the_records_in_auditds_place_may_send_them_and_feeds_no_plugin(tmp_path, comm, active):
    daemon = {"holder": {"pid": 9, "comm": comm, "exe": None}, "listeners": []}
    found = shipped(tmp_path, dict(FED, **{"/etc/rsyslog.conf": SENT}), daemon=daemon)
    assert found["active"] is active
    assert [one["daemon"] for one in found["routes"] if one["via"] == "agent"] == ([comm] if active is None else [])


def test_who_reads_the_kernels_records_besides_journald_may_send_them(tmp_path):
    daemon = {"listeners": JOURNALD["listeners"] + [{"pid": 3, "comm": "sender", "exe": None}]}
    found = shipped(tmp_path, {}, daemon=daemon)
    assert [(one["daemon"], one["active"]) for one in found["routes"]] == [("sender", None)]


@pytest.mark.parametrize(
    ("comm", "cmdline", "name"),
    [
        ("java", "java\0-cp\0x\0org.logstash.Logstash\0", "logstash"),
        ("java", "java\0-jar\0app.jar\0", None),
        ("agent", "/opt/datadog-agent/bin/agent/agent\0run\0", "datadog-agent"),
        ("agent", "/usr/bin/agent\0", None),
        ("grafana-agent", "", "grafana-agent"),
        ("mdsd", "", "azuremonitoragent"),
    ],
)
def test_agents_whose_name_others_have_too_are_known_by_their_command_line(tmp_path, comm, cmdline, name):
    found = shipped(tmp_path, {"/proc/60/comm": comm + "\n", "/proc/60/cmdline": cmdline})
    assert [one["daemon"] for one in found["routes"]] == ([name] if name else [])


FORWARD = "*.* @@logs.example\n"


@pytest.mark.parametrize(
    ("before", "active"),
    [
        (':programname, isequal, "audisp-syslog" stop\n', False),
        (':programname, isequal, "audisp-syslog" ~\n', False),
        (':programname, !isequal, "audisp-syslog" stop\n', True),
        (':programname, isequal, "haproxy" stop\n', True),
        (':syslogtag, isequal, "[CLOUDINIT]" /var/log/cloud-init.log\n& stop\n', True),
        (':syslogtag, startswith, "audisp" /var/log/a\n& stop\n', False),
        (':syslogtag, contains, "[1" stop\n', None),
        (':msg, contains, "type=" ~\n', False),
        (':msg, contains, "[UFW " /var/log/ufw.log\n& stop\n', True),
        (':msg, contains, "iptables: " stop\n', True),
        (':msg, contains, "avc:  denied" stop\n', None),
        (':msg, regex, "x" stop\n', None),
        ("if $programname == 'audisp-syslog' then stop\n", False),
        ("if ($programname == 'audisp-syslog') then stop\n", False),
        ("if $programname == 'audisp-syslog' then {\n  stop\n}\n", False),
        ("if $programname == 'audisp-syslog'\nthen\n{ stop }\n", False),
        ("if $programname == 'audisp-syslog' then\n  stop\n", False),
        ("if $programname == 'haproxy' then\n  stop\n", True),
        ('if $programname == \'haproxy\' then {\n  action(type="omfile" file="/var/log/h")\n  stop\n}\n', True),
        ("if $programname != 'haproxy' then stop\n", False),
        ("if $programname == 'x' or $programname startswith 'audisp' then stop\n", False),
        ("if $programname == 'x' and\n   $msg contains 'a b' then stop\n", True),
        ("if $fromhost-ip == '192.0.2.1' then stop\n", None),
        ("if not ($programname == 'x') then stop\n", None),
        ("if $programname == 'x' then { @@a.example } else { stop }\n", False),
        ("if $programname == 'x' then {\n@@a.example\n}\nelse if $fromhost == 'y' then {\nstop\n}\n", None),
        ('if $programname startswith \'audisp\' then { action(type="omfile" file="/a") } else { stop }\n', True),
        ("if $programname == 'x' then /var/log/x else stop\n", None),
        ("if re_match($msg, 'x') then {\n stop\n}\n", None),
        ("user.* stop\n", False),
        ("*.* {\n stop\n}\n", False),
        ('template(name="t" type="list") {\n property(name="msg")\n}\n', True),
        ('ruleset(name="r") {\n stop\n}\n', True),
        ('ruleset(name="r")\n{\n stop\n}\n', True),
        ('template(name="t" type="list")\n{\n constant(value="stop")\n}\n', True),
        ("foreach ($.x in $!y) do\n{\n stop\n}\n", None),
        ("{\n stop\n}\n", False),
        ('ruleset(name="r") {\n stop\n}\n*.* call r\n', None),
        ('*.* call r\nruleset(name="r") {\n if $hostname == "x" then stop\n}\n', None),
        ('ruleset(name="r") {\n stop\n}\nmail.* call r\n', True),
        ('ruleset(name="r") {\n /var/log/a\n}\n*.* call r\n', True),
        ('ruleset(name="q") {\n stop\n}\nruleset(name="r") {\n call q\n}\n*.* call r\n', None),
        ("$RuleSet remote\n*.* stop\n$RuleSet RSYSLOG_DefaultRuleset\n", True),
        ("$RuleSet remote\n", None),
        ("*.* /var/log/full-stop\n", True),
        ("mail.* stop\n", True),
    ],
)
def test_what_a_filter_of_rsyslog_drops_is_not_sent(tmp_path, before, active):
    found = shipped(tmp_path, dict(FED, **{"/etc/rsyslog.conf": before + FORWARD}))
    assert found["active"] is active


@pytest.mark.parametrize(
    ("facility", "program", "active"), [("LOG_LOCAL6", "audispd", True), ("LOG_LOCAL6", "audisp-syslog", False),
                                        ("LOG_USER", "audispd", False), ("LOG_USER", "audisp-syslog", True)],
)  # fmt: skip
def test_the_plugin_writes_as_audispd_where_it_has_a_facility(tmp_path, facility, program, active):
    text = "if $programname == '{0}' then @@logs.example\n".format(program)
    files = dict(FED, **{"/etc/rsyslog.conf": text})
    files["/etc/audit/plugins.d/syslog.conf"] = PLUGS["/etc/audit/plugins.d/syslog.conf"].replace("LOG_INFO", facility)
    assert shipped(tmp_path, files)["active"] is active


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('*.* action(type="omkafka" topic="audit" broker=["k:9092"])\n', "omkafka"),
        ('*.* action(type="omelasticsearch" server="e" serverport="9200")\n', "omelasticsearch"),
        ('*.* action(type="omprog" binary="/opt/send")\n', "omprog"),
        ("*.* :ommysql:db,logs,u,p\n", "ommysql"),
        ("*.* ^/opt/send\n", "a program"),
        ("*.* :omusrmsg:*\n", None),
        ('*.* action(type="omusrmsg" users="*")\n', None),
        ('mail.* action(type="omkafka" topic="mail")\n', None),
    ],
)
def test_a_module_of_rsyslog_that_is_not_read_leaves_it_open(tmp_path, text, name):
    posture = host(tmp_path, dict(FED, **{"/etc/rsyslog.conf": text}))
    found = audited.checked("shipping", shipping.collect(audited.context(tmp_path), posture))
    told = [(one["via"], one["transport"], one["daemon"]) for one in found["routes"]]
    assert told == ([("other", name, "rsyslog")] if name else [])
    assert found["active"] is (None if name else False)
    assert (name is None) or any(name in text for text in found["not_seen"])


@pytest.mark.parametrize(
    ("text", "forwarded"),
    [('*.* action(type="omkafka" topic="a")\n', None), ('mail.* action(type="omkafka" topic="a")\n', False)],
)
def test_auditds_own_messages_may_leave_by_such_a_module(tmp_path, text, forwarded):
    posture = host(tmp_path, dict(RSYSLOG, **{"/etc/rsyslog.conf": text}))
    found = audited.checked("alerts", alerts.collect(audited.context(tmp_path), posture))
    assert found["syslog_forwarded"] is forwarded


def test_a_list_of_targets_is_as_many_ways(tmp_path):
    text = '*.* action(type="omfwd" target=["a.example", "b.example"] port="514" protocol="tcp")\n'
    found = shipped(tmp_path, dict(FED, **{"/etc/rsyslog.conf": text}))
    assert [(one["server"], one["port"]) for one in found["routes"]] == [("a.example", 514), ("b.example", 514)]


NG = dict(FED, **{"/proc/40/comm": "syslog-ng\n"})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("destination d {{ {0} }};\nlog {{ source(s); destination(d); }};\n", True),
        ("log {{ source(s); destination {{ {0} }}; }};\n", True),
        ("destination d {{ {0} }};\n", False),
    ],
)
@pytest.mark.parametrize("driver", ['http(url("https://x") body("{}"));', "kafka-c(config(x));", 'program("/opt/p");'])
def test_a_driver_of_syslog_ng_that_is_not_read_leaves_it_open(tmp_path, text, name, driver):
    found = shipped(tmp_path, dict(NG, **{"/etc/syslog-ng/syslog-ng.conf": text.format(driver)}))
    wanted = [("other", driver.partition("(")[0])] if name else []
    assert [(one["via"], one["transport"]) for one in found["routes"]] == wanted
    assert found["active"] is (None if name else False)


def test_options_of_a_driver_of_syslog_ng_are_no_drivers(tmp_path):
    text = 'destination d { tcp("l.example" tls(key-file("/k") ca-file("/c")) ); unix-stream("/x"); };\n'
    files = dict(NG, **{"/etc/syslog-ng/syslog-ng.conf": text + "log { destination(d); };\n"})
    posture = host(tmp_path, files, daemon=NOBODY)
    found = copies.collect(audited.context(tmp_path), posture)
    assert found["syslog"]["files"] == [] and found["not_seen"] == []
    assert len(shipping.collect(audited.context(tmp_path), posture)["routes"]) == 1


JOURNAL = 'module(load="imjournal" StateFile="imjournal.state")\n'


@pytest.mark.parametrize(
    ("text", "daemon", "encrypted"),
    [
        (JOURNAL + "*.* @logs.example:514\n", JOURNALD, False),
        ("$ModLoad imjournal\n*.* @logs.example:514\n", JOURNALD, False),
        (JOURNAL + "*.* @logs.example:514\n", None, None),
        (JOURNAL + "*.* @logs.example:514\n", NOBODY, True),
        (JOURNAL + "user.* @logs.example:514\n", JOURNALD, True),
        (JOURNAL + "auth.notice @logs.example:514\n", JOURNALD, False),
        (JOURNAL + "if $programname == 'audit' then stop\n*.* @logs.example:514\n", JOURNALD, True),
        ("*.* @logs.example:514\n", JOURNALD, True),
    ],
)
def test_records_that_leave_by_the_journal_count(tmp_path, text, daemon, encrypted):
    found = shipped(tmp_path, dict(RSYSLOG, **dict(PSK, **{"/etc/rsyslog.conf": text})), daemon=daemon)
    assert found["active"] is True and found["encrypted"] is encrypted
    assert [one["via"] for one in found["routes"]] == ["audisp-remote"] + ["syslog"] * (encrypted is not True)
    assert any("/etc/rsyslog.conf" in text for text in found["not_seen"]) is (encrypted is None)


def test_a_way_that_the_plugin_feeds_is_not_told_twice(tmp_path):
    found = shipped(tmp_path, dict(FED, **{"/etc/rsyslog.conf": JOURNAL + FORWARD}), daemon=JOURNALD)
    assert [(one["plugin"], one["active"]) for one in found["routes"]] == [("syslog", True)]


def test_which_of_syslog_ngs_ways_begin_with_the_journal_is_not_known(tmp_path):
    text = 'source s { system(); };\ndestination d { tcp("l.example"); };\nlog { source(s); destination(d); };\n'
    files = {"/proc/40/comm": "syslog-ng\n", "/etc/syslog-ng/syslog-ng.conf": text}
    assert shipped(tmp_path, files, daemon=JOURNALD)["active"] is None


@pytest.mark.parametrize(
    ("daemon", "files"), [(JOURNALD, ["/var/log/messages"]), (NOBODY, []), ({"listeners": None}, None)]
)
def test_files_with_records_out_of_the_journal_are_copies(tmp_path, daemon, files):
    text = JOURNAL + "*.info;mail.none;authpriv.none;cron.none /var/log/messages\nmail.* /var/log/maillog\n"
    given = dict(RSYSLOG, **{"/etc/rsyslog.conf": text, "/var/log/messages": "", "/var/log/maillog": ""})
    found = copies.collect(audited.context(tmp_path), host(tmp_path, given, daemon=daemon))
    told = found["syslog"]["files"]
    assert (told if told is None else [one["path"] for one in told]) == files
    assert bool(found["not_seen"]) is (files is None)


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("/etc/rsyslog.conf", "action(\n" * 10000),
        ("/etc/rsyslog.conf", 'action(type="omfile\n' * 10000),
        ("/etc/rsyslog.conf", "x \\\n" * 20000),
        ("/etc/rsyslog.conf", "a.a" + ";" * 5000 + "\n"),
        ("/etc/syslog-ng/syslog-ng.conf", "log {\n" * 20000),
        ("/etc/syslog-ng/syslog-ng.conf", "log {\n" * 2000 + "}\n" * 2000),
        ("/etc/syslog-ng/syslog-ng.conf", "destination d { " + "tcp(\n" * 20000),
        ("/etc/syslog-ng/syslog-ng.conf", "a" * 300000 + "("),
    ],
)
def test_configuration_that_is_not_closed_does_not_take_long(tmp_path, file, text):
    daemon = "rsyslogd\n" if "rsyslog" in file else "syslog-ng\n"
    before = os.times()
    shipped(tmp_path, dict(FED, **{"/proc/40/comm": daemon, file: text}))
    after = os.times()
    assert after.user - before.user < 5


def test_a_ruleset_whose_brace_is_on_the_next_line_is_one(tmp_path):
    text = 'ruleset(name="r")\n{\n  action(type="omfwd" target="logs.example")\n}\n'
    assert shipped(tmp_path, dict(FED, **{"/etc/rsyslog.conf": text}))["active"] is None


@pytest.mark.parametrize(
    ("call", "inside", "active"),
    [
        ("*.* call r\n", "", True),
        ("call r\n", "", True),
        ("user.* call r\n", "", True),
        ("if $programname == 'audisp-syslog' then call r\n", "", True),
        ("if $programname == 'audisp-syslog' then {\n  call r\n  stop\n}\n", "", True),
        ("if $hostname == 'x' then call r\n", "", None),
        ("mail.* call r\n", "", None),
        ("*.* stop\n*.* call r\n", "", None),
        ("*.* call r\n", "stop\n", False),
        ("*.* call r\n", "if $hostname == 'x' then stop\n", None),
        ("*.* call r\n", "mail.* stop\n", True),
        ("*.* call r\n*.* stop\n", "", True),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_a_ruleset_sends_that_is_called(tmp_path, call, inside, active, first):
    ruleset = 'ruleset(name="r") {{\n{0}action(type="omfwd" target="l.example" protocol="tcp")\n}}\n'.format(inside)
    text = call + ruleset if first else ruleset + call
    assert shipped(tmp_path, dict(FED, **{"/etc/rsyslog.conf": text}))["active"] is active
