# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tools that find changed files: what they look at, when they ran, whether they will run again."""

import os
import re
import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import fim, fim_paths, forms
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

LOG = "/var/log/audit/audit.log"


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    class Host:
        context = Context(root=str(tmp_path))

        def write(self, path, text="", mode=None, age=0.0):
            # run-parts leaves out what cannot be run
            mode = mode or (0o755 if re.match("/etc/(cron[.][a-z]+ly|periodic)/", path) else 0o644)
            place = tmp_path / path.lstrip("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            os.chmod(str(place), mode)
            then = time.time() - age * 86400
            os.utime(str(place), (then, then))

        def collect(self):
            found = fim.collect(self.context, {})
            forms.checked(forms.PARTS["fim"], found, "fim")
            return found

        def covers(self, tool, text, path=LOG, file="/etc/conf"):
            self.write(file, text)
            return fim_paths.READERS[tool](Seen(self.context), file).covers(path)

    return Host()


def test_a_host_without_a_tool_has_none(host):
    assert host.collect() == {"tools": [], "active": None, "not_seen": []}


AIDE = "database_in=file:/var/lib/aide/aide.db.gz\n"
AIDE += "database_out=file:/var/lib/aide/out.gz\nFULL = p+u\n/etc FULL\n/var/log FULL\n/usr/sbin FULL\n"


def test_aide_is_told_with_what_it_covers_and_when_it_ran(host):
    host.write("/usr/bin/aide")
    host.write("/etc/aide.conf", AIDE)
    host.write("/var/lib/aide/aide.db.gz", age=30)
    host.write("/var/lib/aide/out.gz", age=1)
    host.write("/var/log/aide/aide.log", "AIDE found NO differences between database and filesystem.\n", age=2)
    host.write("/etc/cron.daily/aide", "#!/bin/sh\naide --check\n")
    found = host.collect()
    tool = found["active"]
    assert found["tools"] == [tool]
    assert (tool["name"], tool["installed"], tool["config"]) == ("aide", True, "/etc/aide.conf")
    assert tool["covers"] == {"log_directory": True, "configuration": True, "tools": True}
    assert 1.9 < tool["age_days"] < 2.1
    assert tool["baseline"] < tool["last_run"]
    assert tool["scheduled"] is True


def test_a_database_that_was_just_made_is_no_trace_of_a_comparison(host):
    host.write("/usr/bin/aide")
    host.write("/etc/aide.conf", "database_out=file:/var/lib/aide/aide.db.new\nreport_url=file:/var/log/aide/r.log\n")
    host.write("/var/lib/aide/aide.db.new")
    host.write("/var/lib/aide/aide.db.new.gz")
    host.write("/var/log/aide/r.log", "Start timestamp: x\nAIDE initialized database at /var/lib/aide/aide.db.new\n")
    assert host.collect()["active"]["last_run"] is None
    host.write("/var/log/aide/r.log", "Start timestamp: x\nAIDE found differences between database and filesystem!!\n")
    assert host.collect()["active"]["last_run"] is not None


def test_a_tool_that_leaves_no_trace_has_no_last_run(host):
    host.write("/usr/bin/aide")
    tool = host.collect()["active"]
    assert (tool["last_run"], tool["age_days"], tool["scheduled"]) == (None, None, False)
    assert tool["covers"] == {"log_directory": None, "configuration": None, "tools": None}


def test_all_of_the_audit_programs_that_are_here_must_be_covered(host):
    host.write("/usr/bin/aide")
    host.write("/usr/sbin/auditd")
    host.write("/usr/sbin/auditctl")
    host.write("/etc/aide.conf", "/usr/sbin/auditd$ p\n")
    assert host.collect()["active"]["covers"]["tools"] is False
    host.write("/etc/aide.conf", "/usr/sbin/audit(d|ctl)$ p\n")
    assert host.collect()["active"]["covers"]["tools"] is True


@pytest.mark.parametrize(
    "tool, config, text, covered",
    [
        ("aide", "/etc/aide.conf", "/usr/sbin R\n", False),
        ("aide", "/etc/aide.conf", "/usr/bin R\n", True),
        ("auditbeat", "/etc/auditbeat/auditbeat.yml", "- module: file_integrity\n  paths:\n  - /usr/sbin\n", None),
        ("auditbeat", "/etc/auditbeat/auditbeat.yml", "- module: file_integrity\n  paths:\n  - /usr/bin\n", True),
        ("auditbeat", "/etc/auditbeat/auditbeat.yml", "- module: file_integrity\n  paths:\n  - /opt\n", False),
    ],
)
def test_programs_count_where_they_lie_and_not_by_the_link_that_leads_there(
    host, tmp_path, tool, config, text, covered
):
    for name in fim.PROGRAMS:
        host.write("/usr/bin/" + name)
    (tmp_path / "usr" / "sbin").symlink_to("bin")
    host.write("/usr/bin/" + tool)
    host.write(config, text)
    assert host.collect()["active"]["covers"]["tools"] is covered


def test_a_pipe_in_the_place_of_a_report_is_not_waited_for(host, tmp_path):
    host.write("/usr/bin/aide")
    host.write("/var/log/aide/x")
    os.mkfifo(str(tmp_path / "var/log/aide/aide.log"))
    assert host.collect()["tools"][0]["name"] == "aide"


@pytest.mark.parametrize(
    "text, covered",
    [
        ("/ Full", True),
        ("/var/log p+u", True),
        ("/var/log/audit/audit\\.log$ Full", True),
        ("/var/log/audit/audit\\\\.log$ Full", True),
        ("/var/log/[[:alpha:]]+/ Full", True),
        ("/var/log/audit/ f Full", True),
        ("/var/log d Full", False),
        ("=/var/log/audit Full", False),
        ("=/var/log/audit/audit.log Full", True),
        ("/ Full\n!/var/log/audit", False),
        ("/ Full\n!/var/log$", False),
        ("/ Full\n!/var/log/audit/audit\\.log\\.[0-9]+$", True),
        ("/ Full\n-/var/log$", True),
        ("/ Full\n!/var/log d", False),
        ("/ Full\n!/var/log f", False),
        ("/ Full\n!/var/log$ f", True),
        ("/ Full\n!/var/log/audit/audit\\.log$ d", True),
        ("#/ Full", False),
        ("@@define D /var/log\n@@{D}/audit Full", True),
        ("@@define D x\n@@ifdef D\n/ Full\n@@endif", True),
        ("@@ifdef D\n/ Full\n@@endif", False),
        ("@@ifndef D\n/etc Full\n@@else\n/ Full\n@@endif", False),
        ("@@ifhost web1\n/etc Full\n@@endif", None),
        ("/var/(log Full", None),
        ("/etc Full", False),
        ("", False),
    ],
)
def test_the_rules_of_aide_decide_what_it_looks_at(host, text, covered):
    assert host.covers("aide", text + "\n") is covered


def test_aide_includes_files_and_folders_and_what_programs_print_is_unknown(host):
    host.write("/etc/more", "/var/log Full\n")
    assert host.covers("aide", "@@include /etc/more\n") is True
    host.write("/etc/d/10_one", "/var/log Full\n")
    assert host.covers("aide", "@@x_include /etc/d ^[a-z0-9_]+$\n") is True
    host.write("/etc/d/10_one", "echo /var/log Full\n", mode=0o755)
    assert host.covers("aide", "@@x_include /etc/d ^[a-z0-9_]+$\n") is None
    assert host.covers("aide", "@@x_include /etc/d ^[a-z0-9_]+$\n/ Full\n!/var/log\n") is False
    assert host.covers("aide", "@@include /etc/conf\n") is False


@pytest.mark.parametrize(
    "tool, text, covered",
    [
        ("tripwire", "/var/log -> $(ReadOnly);\n", True),
        ("tripwire", "/var -> $(ReadOnly);\n!/var/log;\n", False),
        ("tripwire", "/var/logs -> x;\n", False),
        ("samhain", "[ReadOnly]\ndir = 99/var/log\n", True),
        ("samhain", "[ReadOnly]\ndir=/var\n[IgnoreAll]\ndir=/var/log\n", False),
        ("afick", "/var/log DIR\n", True),
        ("afick", "/var/log DIR\n!/var/log/audit\n", False),
        ("wazuh", '<directories realtime="yes">/etc,/var/log</directories>', True),
        ("wazuh", "<!-- <directories>/var/log</directories> -->", False),
        ("ossec", "<directories>/var</directories><ignore>/var/log</ignore>", False),
        ("ossec", '<directories>/var</directories><ignore type="sregex">.log$</ignore>', True),
        ("osquery", '{"file_paths": {"a": ["/var/log/%%"]}}', True),
        ("osquery", '{"file_paths": {"a": ["/var/log/%"]}}', False),
        ("osquery", '{"file_paths": {"a": ["/var/%%"]}, "exclude_paths": {"a": ["/var/log/%%"]}}', False),
        ("osquery", "not json", None),
        ("auditbeat", "- module: file_integrity\n  paths:\n  - /etc\n  - /var/log/audit\n", True),
        ("auditbeat", "- module: file_integrity\n  paths:\n  - /var/log\n", False),
        ("auditbeat", "- module: file_integrity\n  paths:\n  - /var\n  recursive: true\n", True),
        ("auditbeat", "- module: auditd\n  paths:\n  - /var/log/audit\n", False),
    ],
)
def test_other_tools_are_read_by_their_own_files(host, tool, text, covered):
    assert host.covers(tool, text) is covered


def test_a_daemon_that_runs_is_scheduled(host):
    host.write("/proc/1/comm", "systemd\n")
    host.write("/proc/9/comm", "osqueryd\n")
    host.write("/usr/bin/osqueryd")
    host.write("/etc/osquery/osquery.conf", '{"file_paths": {"a": ["/etc/%%", "/var/%%", "/usr/%%"]}}')
    tool = host.collect()["active"]
    assert (tool["name"], tool["running"], tool["scheduled"]) == ("osquery", True, True)


def test_a_persons_process_of_a_daemons_name_is_none(host):
    host.write("/proc/1/comm", "systemd\n")
    host.write("/proc/9/comm", "osqueryd\n")
    host.write("/proc/9/status", "Name:\tosqueryd\nUid:\t1000\t1000\t1000\t1000\n")
    host.write("/usr/bin/osqueryd")
    tool = host.collect()["active"]
    assert (tool["running"], tool["scheduled"]) == (False, False)


DAILY = "[Timer]\nOnCalendar=daily\n"


@pytest.mark.parametrize(
    "path, text, scheduled",
    [
        ("/etc/cron.weekly/check", "#!/bin/sh\n/usr/bin/aide --check\n", True),
        ("/etc/cron.monthly/aide", "aide\n", False),
        ("/etc/crontab", "5 4 * * * root /usr/sbin/aide --check\n", True),
        ("/etc/crontab", "# 5 4 * * * root /usr/sbin/aide --check\n", False),
        ("/etc/cron.d/x", "5 4 * * * root /usr/sbin/braide\n", False),
        ("/var/spool/cron/crontabs/root", "5 4 * * * aide\n", True),
        ("/etc/crontab", "@daily root nice -n 19 ionice -c3 /usr/bin/aide --check | mail root\n", True),
        ("/etc/crontab", "5 4 * * * root [ -x /usr/bin/aide ] && /usr/bin/aide -C\n", True),
        ("/etc/crontab", "5 4 * * * root sh -c 'aide --check'\n", True),
        ("/etc/crontab", "5 4 * * * root /usr/share/aide/bin/dailyaidecheck\n", True),
        ("/etc/crontab", "MAILTO=aide-reports\n5 4 * * * root true\n", False),
        ("/etc/crontab", "MAILTO = aide\n", False),
        ("/etc/crontab", "5 4 * * * root tar czf /b/aide.tgz /etc\n", False),
        ("/etc/crontab", "5 4 * * * root tar czf /b/x.tgz /var/lib/aide\n", False),
        ("/etc/crontab", "5 4 * * * root X=aide true\n", False),
        ("/etc/crontab", "5 4 * * * root echo aide\n", False),
        ("/etc/crontab", "5 4 * * * root /opt/aide\n", False),
        ("/etc/crontab", "5 4 * * * root aide --init\n", False),
        ("/etc/crontab", "5 4 * * * aide /bin/true\n", False),
        ("/var/spool/cron/root", "@weekly aide\n", True),
        ("/etc/anacrontab", "7 10 cron.weekly aide --check\n", True),
        ("/etc/cron.weekly/check", "#!/bin/sh\nif ! aide --check >/tmp/x; then\nexit 1\nfi\n", True),
        ("/etc/cron.weekly/check", "#!/bin/sh\ncp /b/aide.tgz /c\nMAILTO=aide-x\n# aide\n", False),
        ("/etc/cron.weekly/aide.tgz-copy", "#!/bin/sh\ntrue\n", False),
        ("/etc/systemd/system/timers.target.wants/dailyaidecheck.timer", DAILY, True),
        ("/etc/systemd/system/timers.target.wants/aidecheck.timer", DAILY, True),
        ("/usr/lib/systemd/system/dailyaidecheck.timer", DAILY, False),
        ("/etc/systemd/system/timers.target.wants/aidecheck.timer", "[Timer]\nOnCalendar=monthly\n", False),
        ("/etc/systemd/system/timers.target.wants/aidecheck.timer", "", None),
        ("/etc/crontab", "5 4 1 * * root /usr/sbin/aide --check\n", False),
        ("/etc/crontab", "@yearly root /usr/sbin/aide --check\n", False),
        ("/etc/crontab", "@15 root /usr/sbin/aide --check\n", None),
        ("/etc/anacrontab", "@monthly 10 cron.monthly aide --check\n", False),
        ("/etc/anacrontab", "30 10 cron.monthly aide --check\n", False),
        ("/var/spool/cron/tabs/root", "0 5 * * * aide --check\n", True),
        ("/etc/crontabs/root", "0 5 * * * aide --check\n", True),
        ("/etc/periodic/daily/aide", "#!/bin/sh\naide --check\n", True),
        ("/etc/periodic/monthly/aide", "#!/bin/sh\naide --check\n", False),
        ("/etc/cron.d/aide.disabled", "0 5 * * * root aide --check\n", None),
        ("/etc/cron.d/aide.monthly", "0 5 1 * * root aide --check\n", False),
        ("/etc/cron.d/aide.rpmsave", "0 5 * * * root aide --check\n", False),
        ("/etc/cron.daily/aide~", "#!/bin/sh\naide --check\n", False),
        ("/etc/cron.daily/aide.sh", "#!/bin/sh\naide --check\n", None),
        ("/etc/cron.daily/aide", "#!/bin/sh\nexit 0\naide --check\n", False),
        ("/etc/cron.daily/aide", "#!/bin/sh\n# nothing\nexit 0\n", False),
        ("/etc/cron.daily/aide", "#!/bin/sh\n[ -x /usr/bin/aide ] || exit 0\naide --check\n", True),
        ("/etc/cron.daily/aide", "#!/bin/sh\nif [ -f /x ]; then\n  exit 0\nfi\naide --check\n", True),
        ("/etc/cron.daily/aide", "#!/bin/sh\nf() {\n  exit 1\n}\naide --check\n", True),
        ("/etc/cron.daily/aide", "#!/bin/sh\nexec aide --check\n", True),
        ("/etc/cron.daily/aide", "#!/bin/sh\n. /usr/lib/checks\nrun_all\n", None),
    ],
)
def test_it_is_scheduled_by_cron_or_by_a_timer_that_is_enabled(host, path, text, scheduled):
    host.write("/usr/bin/aide")
    host.write(path, text)
    assert host.collect()["active"]["scheduled"] is scheduled


def test_a_schedule_that_comes_weekly_is_enough_beside_one_that_does_not(host):
    host.write("/usr/bin/aide")
    host.write("/etc/crontab", "@monthly root aide --check\n0 3 * * 0 root aide --check\n")
    assert host.collect()["active"]["scheduled"] is True


def test_debians_cron_reads_no_name_with_a_dot(host):
    host.write("/usr/bin/aide")
    host.write("/etc/debian_version", "13.1\n")
    host.write("/etc/cron.d/aide.disabled", "0 5 * * * root aide --check\n")
    host.write("/etc/cron.daily/aide.sh", "#!/bin/sh\naide --check\n")
    assert host.collect()["active"]["scheduled"] is False


def test_cronie_reads_names_with_a_dot(host):
    host.write("/usr/bin/aide")
    host.write("/usr/lib/sysimage/rpm/rpmdb.sqlite")
    host.write("/etc/cron.daily/aide.sh", "#!/bin/sh\naide --check\n")
    assert host.collect()["active"]["scheduled"] is True


def test_a_script_that_nobody_may_run_is_not_run(host):
    host.write("/usr/bin/aide")
    host.write("/etc/cron.daily/aide", "#!/bin/sh\naide --check\n", mode=0o644)
    assert host.collect()["active"]["scheduled"] is False


@pytest.mark.parametrize("masked", ["/etc/systemd/system/timers.target.wants/aidecheck.timer",
                                    "/etc/systemd/system/aidecheck.timer"])  # fmt: skip
def test_a_timer_that_is_masked_starts_nothing(host, tmp_path, masked):
    host.write("/usr/bin/aide")
    host.write("/usr/lib/systemd/system/aidecheck.timer", DAILY)
    host.write("/etc/systemd/system/timers.target.wants/x")
    wants = tmp_path / "etc/systemd/system/timers.target.wants/aidecheck.timer"
    wants.symlink_to("../../../../usr/lib/systemd/system/aidecheck.timer")
    assert host.collect()["active"]["scheduled"] is True
    place = tmp_path / masked.lstrip("/")
    if place.is_symlink():
        place.unlink()
    place.symlink_to("/dev/null")
    found = host.collect()
    assert found["active"]["scheduled"] is False and found["not_seen"] == []


def test_a_timer_of_the_administrators_counts_before_that_of_the_package(host):
    host.write("/usr/bin/aide")
    host.write("/usr/lib/systemd/system/aidecheck.timer", DAILY)
    host.write("/usr/lib/systemd/system/timers.target.wants/aidecheck.timer", DAILY)
    host.write("/etc/systemd/system/aidecheck.timer", "[Timer]\nOnCalendar=yearly\n")
    assert host.collect()["active"]["scheduled"] is False


def test_a_drop_in_of_a_timer_sets_its_times_anew(host):
    host.write("/usr/bin/aide")
    host.write("/etc/systemd/system/timers.target.wants/aidecheck.timer", DAILY)
    host.write("/etc/systemd/system/aidecheck.timer.d/x.conf", "[Timer]\nOnCalendar=\nOnCalendar=yearly\n")
    assert host.collect()["active"]["scheduled"] is False


@pytest.mark.parametrize(
    "tool, agent, address, own_way",
    [
        ("wazuh", "wazuh-agentd", "<client><server><address>10.0.0.9</address></server></client>", True),
        ("ossec", "ossec-agentd", "<client><server-ip>10.0.0.9</server-ip></client>", True),
        ("wazuh", "wazuh-agentd", "<client><server><address>127.0.0.1</address></server></client>", None),
        ("wazuh", "wazuh-agentd", "<!-- <address>10.0.0.9</address> -->", None),
        ("wazuh", "cron", "<address>10.0.0.9</address>", None),
        ("osquery", "osqueryd", "", None),
    ],
)
def test_an_agent_has_a_way_of_its_own_or_it_is_not_known(host, tool, agent, address, own_way):
    host.write("/proc/1/comm", "systemd\n")
    host.write("/proc/9/comm", agent + "\n")
    host.write("/usr/bin/osqueryd" if tool == "osquery" else "/var/ossec/bin/{0}-syscheckd".format(tool))
    host.write("/var/ossec/etc/ossec.conf", address)
    assert host.collect()["active"]["own_way"] is own_way


def test_aide_is_heard_of_by_this_host_alone(host):
    host.write("/usr/bin/aide")
    assert host.collect()["active"]["own_way"] is False


def test_debians_cron_script_does_nothing_where_systemd_runs(host):
    host.write("/usr/bin/aide")
    host.write("/etc/cron.daily/dailyaidecheck", "if [ -d /run/systemd/system ]; then exit 0; fi\naide\n")
    assert host.collect()["active"]["scheduled"] is True
    host.write("/run/systemd/system/x")
    assert host.collect()["active"]["scheduled"] is False


def test_the_best_tool_is_the_one_that_is_scheduled_and_covers_more(host):
    host.write("/usr/bin/aide")
    host.write("/etc/aide.conf", AIDE)
    host.write("/usr/bin/afick")
    host.write("/etc/afick.conf", "/home DIR\n")
    host.write("/etc/cron.daily/afick", "afick -k\n")
    assert host.collect()["active"]["name"] == "afick"
    host.write("/etc/cron.daily/aide", "aide\n")
    found = host.collect()
    assert (found["active"]["name"], len(found["tools"])) == ("aide", 2)


def test_configuration_that_cannot_be_read_leaves_coverage_unknown(host, tmp_path):
    host.write("/usr/bin/aide")
    (tmp_path / "etc" / "aide.conf").mkdir(parents=True)
    found = host.collect()
    assert found["active"]["covers"]["log_directory"] is None
    assert found["not_seen"] == ["/etc/aide.conf: not a file"]
