# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that stand where auditctl does not look for them: each is named, and the line that is meant is given."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line

DIALECT = Dialect((3, 0, 9), "x86_64")
STRAY = "parameter passed without an option given"
CALL = "-a always,exit -F arch=b64 -S open"


def refusal(line):
    with pytest.raises(RuleError) as told:
        parse_line(line, DIALECT, "x.rules", 7)
    return told.value


@pytest.mark.parametrize(
    "rule, comment",
    [("-w /x -p wa", "# note"), ("-w /x -p wa", "#note"), ("-D", "# all"), ("-D", "# all of it"), ("-e 2", "# lock")],
)
def test_a_comment_behind_a_rule(rule, comment):
    told = refusal(rule + " " + comment)
    assert told.message.startswith(
        "auditctl knows no comment behind a rule, it reads `{0}` as words of it: ".format(comment)
    )
    assert told.remedy == "put the comment on a line of its own, and write `{0}` instead.".format(rule)


def test_a_line_that_goes_on_in_the_next_one():
    told = refusal(CALL + " \\")
    assert told.message.startswith("auditctl knows no lines that go on in the next one")
    assert told.remedy == "write the whole rule on one line, without the \\ at its end."


def test_an_operator_that_is_written_twice():
    assert refusal(CALL + " -F uid==0").remedy == "the operator is =, written once."


@pytest.mark.parametrize("command", ["auditctl", "/sbin/auditctl", "sudo auditctl"])
def test_the_command_itself(command):
    told = refusal(command + " -w /x -p wa")
    assert told.message.startswith("a line of a rules file has the options alone, not the command: ")
    assert told.remedy == "leave the word auditctl out: write `-w /x -p wa` instead."


@pytest.mark.parametrize(
    "line, meant",
    [
        ("exit,always watch=/etc/passwd perm=wa key=id", "-w /etc/passwd -p wa -k id"),
        ("exit,always dir=/etc/ssh (0x8) perm=wa", "-w /etc/ssh -p wa"),
        (
            "exit,always arch=3221225534 (0xc000003e) auid>=500 (0x1f4) key=a syscall=open,openat",
            "-a exit,always -F arch=3221225534 -F auid>=500 -S open,openat -k a",
        ),
        ("exclude,always msgtype=CWD (0x51b)", "-a exclude,always -F msgtype=CWD"),
    ],
)
def test_a_line_of_an_old_listing(line, meant):
    told = refusal("LIST_RULES: " + line)
    assert told.message.startswith("this is a line that `auditctl -l` printed before 2.3.5, not one that it takes: ")
    assert told.remedy == "write `{0}` instead.".format(meant)


def test_an_old_listing_that_cannot_be_put_into_new_words():
    assert "-w /etc/passwd -p wa -k identity" in refusal("LIST_RULES: exit,always nosuch=1").remedy


@pytest.mark.parametrize(
    "line, fault, meant",
    [
        ("-i 1", "-i takes no value, and `1` is left over", "-i"),
        ("-c 1", "-c takes no value, and `1` is left over", "-c"),
        ("-D 1", "-D takes no value, and `1` is left over", "-D"),
        ("-e 2 1", "-e takes one value, and `1` is left over", "-e 2"),
        ("-b 8192 k", None, "-b 8192"),
        ("-e=2", "there is no = between an option and its value", "-e 2"),
        ("-b = 8192", "there is no = between an option and its value", "-b 8192"),
        (CALL + " openat", "calls are parted by commas, not by spaces", CALL + ",openat"),
        (CALL + ", openat", "calls are parted by commas, not by spaces", CALL + ",openat"),
        ("-a always,exit F arch=b64 -S open", "`F` has no hyphen", CALL),
        ("w /x -p wa", "`w` has no hyphen", "-w /x -p wa"),
        ("/x -p wa", "no option stands in front of `/x`", "-w /x -p wa"),
        ("-w /x wa", "no -p stands in front of `wa`", "-w /x -p wa"),
        ("-w /x -p w a", "-p takes its letters in one word", "-w /x -p wa"),
        ("-w /my dir -p wa", "a space ends a word for auditctl", "-w /my\\ dir -p wa"),
        ("-w /x -p wa -k my key", "a space ends a word for auditctl", "-w /x -p wa -k my\\ key"),
        ("-a always,exit -F arch = b64 -S open", "a space ends a word for auditctl", CALL),
        ("-a always, exit -F arch=b64 -S open", "a space ends a word for auditctl", CALL),
        ("-a always exit -F arch=b64 -S open", "a space ends a word for auditctl", CALL),
        ("-a always,exit -S open -F arch=b64", "the order counts", CALL),
        ("-F arch=b64 -S open", "the line names no list", CALL),
    ],
)
def test_what_is_meant_is_tried_and_told(line, fault, meant):
    told = refusal(line)
    if fault is not None:
        assert told.message.startswith(fault)
    assert told.remedy == "write `{0}` instead.".format(meant)
    parse_line(meant, DIALECT)


@pytest.mark.parametrize("line", [CALL + " -F a0=22", CALL, "-w /x -p wa"])
def test_a_key_without_its_option(line):
    told = refusal(line + " some_key")
    assert told.message == "no option stands in front of `some_key`: " + STRAY
    assert told.remedy == "did you mean -k some_key? Then write `{0} -k some_key` instead.".format(line)


def test_a_key_or_a_space_in_a_path():
    remedy = refusal("-w /etc/my file").remedy
    assert remedy.startswith("did you mean -k file? Then write `-w /etc/my -k file` instead.")
    assert remedy.endswith("`-w /etc/my\\ file`.")


def test_two_paths_behind_one_option():
    told = refusal("-w /a /b -p wa")
    assert "-w takes one path" in told.message and "a line with -w for each path" in told.remedy


@pytest.mark.parametrize(
    "line, option, taken",
    [
        (CALL[:-4] + "  -k x", "-S", "-k"),
        (CALL[:-4] + "-F auid>=1000 -k x", "-S", "-F"),
        ("-w /x -p -k x", "-p", "-k"),
        ("-a always,exit -F path=/x -k -F perm=wa", "-k", "-F"),
        ("-b -f 1", "-b", "-f"),
        ("-w -p wa", "-w", "-p"),
        ("-b --reset-lost", "-b", "--reset-lost"),
    ],
)
def test_an_option_that_a_template_left_empty(line, option, taken):
    told = refusal(line)
    assert told.message.startswith(
        "{0} has no value, auditctl takes the next word, `{1}`, for it: ".format(option, taken)
    )
    assert told.remedy.startswith("write what {0} is to have, as in `{0} ".format(option))
    assert "template" in told.remedy


@pytest.mark.parametrize("line", ["PK\x03\x04", "\x7fELF\x02\x01", "\x1f\udc8b\x08", "\ufffd\ufffd", "ab\udcff"])
def test_what_is_no_text(line):
    told = refusal(line)
    assert told.message.startswith("this is no text: ") and "`file`" in told.remedy


def test_a_name_that_is_not_utf8_is_text():
    assert "no text" not in refusal("-w /caf\udce9 -p wq").message


@pytest.mark.parametrize("line", ["\udcff\udcfe-", "\udcfe\udcff\0-\0w", "-\0w\0 \0/\0", "\udcff\udcfe#\0"])
def test_utf16_is_named(line):
    told = refusal(line)
    assert told.message.startswith("the file is UTF-16, of which auditctl reads next to nothing: ")
    assert "plain text" in told.remedy


@pytest.mark.parametrize("line", ["word", "[Unit]", "<html>", "No rules", "-"])
def test_a_line_without_options(line):
    told = refusal(line)
    assert told.message == "`{0}` is no option of auditctl, and no comment either: {1}".format(line, STRAY)
    assert told.remedy == "put a # in front of the line, or take it out of the rules."


def test_words_that_nothing_explains():
    told = refusal("-w /x -p wa ; note")
    assert told.message == "no option stands in front of `; note`: " + STRAY
    assert "or leave it out" in told.remedy


def test_what_is_refused_for_something_else_is_told_as_it_was():
    assert refusal("-w etc/passwd -p wa some key").message == "The path must start with '/'"
