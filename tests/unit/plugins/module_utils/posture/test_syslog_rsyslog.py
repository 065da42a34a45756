# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of rsyslog's rules the messages of this host come to by its rulesets, and what becomes of a queue."""

import resource

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import syslog_rsyslog
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.posture.syslog_targets import Message
from ansible_collections.auditops.trail.tests.unit import audited, roots

RECORD = Message("user", "info", "audisp-syslog", ("type=", "msg=audit("))
OFF = 'module(load="imuxsock" SysSock.Use="off")\n'
LOCAL = 'input(type="imuxsock" Socket="/dev/log" ruleset="r")\n'
R = 'ruleset(name="r") {\n  *.* @@inside\n}\n'
MAIN = "*.* @@outside\n"
BACK = "$RuleSet RSYSLOG_DefaultRuleset\n"
REMOTE = 'input(type="imtcp" port="514" ruleset="R")\n'


def reached(tmp_path, text):
    roots.make(tmp_path, {"/etc/rsyslog.conf": text})
    return {one.name: one.reached for one in syslog_rsyslog.targets(Seen(audited.context(tmp_path)), RECORD)}


@pytest.mark.parametrize(
    ("text", "outside", "inside"),
    [
        (R + "$DefaultRuleset r\n" + MAIN, False, True),
        ("$RuleSet local\n*.* @@inside\n" + BACK + "$DefaultRuleset local\n" + MAIN, False, True),
        ("$RuleSet local\n*.* stop\n*.* @@inside\n" + BACK + "$DefaultRuleset local\n" + MAIN, False, False),
        ("$RuleSet local\ncall q\n*.* @@inside\n$DefaultRuleset local\n" + BACK + MAIN, False, True),
        ("$DefaultRuleset other\n" + MAIN + R, None, None),
        ("$DefaultRuleset r\n" + MAIN + R, None, None),
        (R + "$DefaultRuleset r\n$DefaultRuleset RSYSLOG_DefaultRuleset\n" + MAIN, True, None),
        (
            R + "$DefaultRuleset r\ncall x\n" + MAIN + 'ruleset(name="x") {\n call RSYSLOG_DefaultRuleset\n}\n',
            None,
            True,
        ),
        (OFF + LOCAL + R + MAIN, False, True),
        ("$OmitLocalLogging on\n" + LOCAL + R + MAIN, False, True),
        (OFF + 'module(load="imjournal")\n' + LOCAL + R + MAIN, None, None),
        (LOCAL + R + MAIN, None, None),
        (OFF + LOCAL + MAIN, True, None),
        (OFF + LOCAL.replace("/dev/log", "/var/lib/haproxy/dev/log") + R + MAIN, True, None),
        (OFF + 'module(load="imjournal")\ninput(type="imjournal" ruleset="r")\n' + R + MAIN, None, None),
        (OFF + 'module(load="imjournal")\n' + MAIN, True, None),
    ],
)
def test_messages_begin_in_the_ruleset_of_their_input_or_in_the_default(tmp_path, text, outside, inside):
    found = reached(tmp_path, text)
    assert (found["outside"], found.get("inside")) == (outside, inside)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (REMOTE, False),
        ('module(load="imrelp" ruleset="r")\n', False),
        ("$InputUDPServerBindRuleset r\n", False),
        ('input(type="imfile" File="/var/log/x" ruleset="r")\n', False),
        ("", None),
        (REMOTE + 'input(type="improg" ruleset="r")\n', None),
        (REMOTE + LOCAL, None),
        (REMOTE + "*.* call r\n", True),
        (REMOTE + "if $hostname == 'x' then stop else call r\n", None),
        (REMOTE + "call_indirect $.x;\n", None),
        (REMOTE + "$ActionOmrulesetRulesetName r\n*.* :omruleset:\n", None),
    ],
)
def test_what_only_the_network_or_a_file_is_bound_to_gets_no_message_of_this_host(tmp_path, text, inside):
    assert reached(tmp_path, text + R)["inside"] is inside


def test_an_old_ruleset_that_only_the_network_is_bound_to_gets_none_either(tmp_path):
    text = "$RuleSet r\n*.* @@inside\n*.* stop\n" + BACK + "$InputTCPServerBindRuleset r\n" + MAIN
    assert reached(tmp_path, text) == {"inside": False, "outside": True}


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ('ruleset(name="q") {\n stop\n}\ncall q\ncall r\n', None),
        ('ruleset(name="q") {\n /var/log/q\n}\ncall q\ncall r\n', True),
        ('call p\nruleset(name="p") {\n call q\n}\nruleset(name="q") {\n call r\n}\n', True),
        ("if $hostname == 'x' then call p else call q\ncall r\n" + 'ruleset(name="q") {\n stop\n}\n', None),
    ],
)
def test_a_ruleset_that_is_called_after_another_gets_what_that_leaves(tmp_path, text, inside):
    assert reached(tmp_path, text + R)["inside"] is inside


@pytest.mark.parametrize(
    ("between", "kept"),
    [
        ("mail.* stop\n", True),
        (':programname, isequal, "x" stop\n', True),
        ("if $programname == 'x' then {\n  stop\n}\n", True),
        ("mail.* call r\n", True),
        ("!x\n!*\n", True),
        ("mail.* ~\n", False),
        ("mail.* -/var/log/mail\n", False),
        ("*.emerg :omusrmsg:*\n", False),
        ("*.emerg *\n", False),
        ("mail.* |/dev/xconsole\n", False),
        ('mail.* action(type="omfile" file="/var/log/mail")\n', False),
    ],
)
def test_directives_of_a_queue_wait_for_the_next_action(tmp_path, between, kept):
    text = "$ActionQueueType LinkedList\n$ActionQueueFileName fwd\n" + between + "*.* @@outside\n"
    roots.make(tmp_path, {"/etc/rsyslog.conf": text})
    (host,) = [one for one in syslog_rsyslog.targets(Seen(audited.context(tmp_path)), RECORD) if one.kind == "host"]
    assert host.disk_queue is kept


@pytest.mark.parametrize(
    ("condition", "outside"),
    [
        (" or ".join(["$fromhost-ip == '192.0.2.1'"] * 2000), None),
        (" or ".join(["$programname == 'x'"] * 2000), True),
        (" and ".join(["$programname == 'audisp-syslog'"] * 1200), False),
        (" or ".join(["$programname == 'x'"] * 1500 + ["$msg contains 'type='"]), False),
        ("$programname == 'x' and $fromhost == 'y' or $programname == 'audisp-syslog'", False),
        ("$programname == 'a or b' or $programname == 'c and d'", True),
    ],
)
def test_a_condition_of_thousands_of_comparisons_is_read_in_short_time(tmp_path, condition, outside):
    before = resource.getrusage(resource.RUSAGE_SELF)
    assert reached(tmp_path, "if " + condition + " then stop\n" + MAIN)["outside"] is outside
    assert resource.getrusage(resource.RUSAGE_SELF).ru_utime - before.ru_utime < 3
