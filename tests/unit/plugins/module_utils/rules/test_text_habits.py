# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines that a shell would read otherwise: what is to blame is named, and the line that is meant is given."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.model import Dialect
from ansible_collections.auditops.trail.plugins.module_utils.rules.parse import parse_line

DIALECT = Dialect((3, 0, 9), "x86_64")


def refusal(line):
    with pytest.raises(RuleError) as told:
        parse_line(line, DIALECT, "x.rules", 7)
    return told.value


@pytest.mark.parametrize(
    "line, read, meant",
    [
        ('-w "/etc/passwd" -p wa', '"/etc/passwd"', "-w /etc/passwd -p wa"),
        ("-w '/etc/passwd' -p wa", "'/etc/passwd'", "-w /etc/passwd -p wa"),
        ('-w "/srv/my dir" -p wa', '"/srv/my dir"', "-w /srv/my\\ dir -p wa"),
        ('-w "/etc/passwd -p wa', '"/etc/passwd', "-w /etc/passwd -p wa"),
        ('"-w /etc/passwd -p wa"', '"-w /etc/passwd -p wa"', "-w /etc/passwd -p wa"),
        ("-w /etc/passwd -p 'wa'", "'wa'", "-w /etc/passwd -p wa"),
        ('-w /etc/passwd -p wa -k "my key"', '"my key"', "-w /etc/passwd -p wa -k my\\ key"),
        ("-w \u201c/etc/passwd\u201d -p wa", "\u201c/etc/passwd\u201d", "-w /etc/passwd -p wa"),
        ("-a always,exit -F 'path=/etc/passwd'", "'path=/etc/passwd'", "-a always,exit -F path=/etc/passwd"),
        ('-a always,exit -F exe="/bin/su" -S execve', 'exe="/bin/su"', "-a always,exit -F exe=/bin/su -S execve"),
        ("-a always,exit -S 'open,openat'", "'open,openat'", "-a always,exit -S open,openat"),
    ],
)
def test_quotes_are_named_and_taken_away(line, read, meant):
    told = refusal(line)
    assert told.message.startswith("auditctl strips no quotes, it reads `{0}` with them: ".format(read))
    assert told.remedy == "write `{0}` instead.".format(meant)
    assert (told.file, told.line) == ("x.rules", 7)
    parse_line(meant, DIALECT)


@pytest.mark.parametrize(
    "line, read, meant",
    [
        ("-w\t/etc/passwd -p wa", "a tab does not end a word, auditctl reads `-w\\t/etc/passwd` as one: ", None),
        ("-w /etc/passwd\t-p wa", "a tab does not end a word, auditctl reads `/etc/passwd\\t-p` as one: ", None),
        ("\t-w /etc/passwd -p wa", "a tab does not end a word, auditctl reads `\\t-w` as one: ", None),
        (
            "-w /etc/passwd\r-p wa",
            "a carriage return does not end a word, auditctl reads `/etc/passwd\\r-p` as one: ",
            None,
        ),
        ("-w\u00a0/etc/passwd -p wa", "a no-break space does not end a word, auditctl reads `-w\\xa0/etc", None),
        ("\t# a comment", "a tab does not end a word, auditctl reads `\\t#` as one: ", "# a comment"),
    ],
)
def test_tabs_are_named_and_replaced(line, read, meant):
    told = refusal(line)
    assert told.message.startswith(read)
    assert "\t" not in str(told) and "\r" not in str(told)
    assert told.remedy == "write `{0}` instead.".format(meant or "-w /etc/passwd -p wa")


def test_a_tab_and_quotes_are_mended_together():
    assert refusal('-w\t"/etc/passwd" -p wa').remedy == "write `-w /etc/passwd -p wa` instead."


def test_a_line_that_holds_nothing_is_to_be_left_empty():
    assert refusal("\r").remedy == "leave the line empty."


def test_auditctls_own_words_stay_behind_the_reason():
    assert refusal('-w "/etc/passwd"').message.endswith(": The path must start with '/'")


@pytest.mark.parametrize("line", ['-w "etc/passwd" -p wa', "-w etc/passwd\t -p wa", "-w etc/passwd -p wa"])
def test_what_would_be_refused_without_them_is_told_as_it_was(line):
    assert refusal(line).message == "The path must start with '/'"


def test_quotes_that_auditctl_takes_are_no_mistake():
    assert parse_line('-w /etc/passwd -p wa -k "key"', DIALECT).rule.keys == ('"key"',)


def test_what_the_line_did_before_it_was_refused_is_kept():
    assert [(each.name, each.value) for each in refusal('-e 2 -b "64"').before] == [("enabled", 2)]


def test_a_carriage_return_at_the_end_is_the_files_fault():
    told = refusal("-w /etc/passwd -p wa\r")
    assert told.message.startswith("the line ends in a carriage return (CRLF), auditctl reads `wa\\r` as one word: ")
    assert told.remedy == "save the file with LF at the ends of its lines: this one is then `-w /etc/passwd -p wa`."


@pytest.mark.parametrize("version", [(3, 0, 9), (4, 2, 1)])
@pytest.mark.parametrize(
    "line, owner",
    [
        ("-w /etc/passwd\r", "path"),
        ("-a always,exit -F dir=/etc\r", "path"),
        ("-a always,exit -S execve -F exe=/bin/su\r", "path"),
        ("-w /etc/passwd -p wa -k id\r", "key"),
        ("-a always,exit -S execve -F key=x\r", "key"),
        ("-D -k x\r", "key"),
        ("-q /mnt,/mnt/sub\r", "path"),
        ("-a always,exit -S execve -F subj_type=x\r", "subj_type"),
    ],
)
def test_a_carriage_return_that_is_loaded_is_warned_of(line, owner, version):
    warnings = parse_line(line, Dialect(version, "x86_64")).warnings
    said = "the line ends in a carriage return (CRLF): it belongs to the {0}; save the file with LF".format(owner)
    assert said in warnings
    assert not any("CRLF" in text for text in parse_line(line[:-1], Dialect(version, "x86_64")).warnings)


@pytest.mark.parametrize("line", ["-b 8192\r", "-a always,exit -S execve -F auid>=1000\r", "# a comment\r"])
def test_a_carriage_return_behind_a_number_or_a_comment_does_nothing(line):
    statement = parse_line(line, DIALECT)
    assert statement is None or not any("CRLF" in text for text in statement.warnings)


@pytest.mark.parametrize(
    "line, word, dash, meant",
    [
        ("-w /x \u2013p wa", "\u2013p", "an en dash", "-w /x -p wa"),
        ("\u2014w /x -p wa", "\u2014w", "an em dash", "-w /x -p wa"),
        ("-w /x \u2212p wa", "\u2212p", "a minus sign", "-w /x -p wa"),
        ("\u2014loginuid-immutable", "\u2014loginuid-immutable", "an em dash", "--loginuid-immutable"),
        ("\u2013\u2013reset-lost", "\u2013\u2013reset-lost", "an en dash", "--reset-lost"),
        ("-w /a\u2013b \u2013p wa", "\u2013p", "an en dash", "-w /a\u2013b -p wa"),
        (
            "-a always,exit -S open -F auid!=\u20131",
            "auid!=\u20131",
            "an en dash",
            "-a always,exit -S open -F auid!=-1",
        ),
    ],
)
def test_dashes_are_named_and_replaced(line, word, dash, meant):
    told = refusal(line)
    assert told.message.startswith("`{0}` has {1}, not a hyphen: ".format(word, dash))
    assert told.remedy == "write `{0}` instead.".format(meant)


def test_a_dash_is_named_though_more_is_wrong():
    told = refusal("-w /x \u2013p wq")
    assert told.message.startswith("`\u2013p` has an en dash, not a hyphen: ")
    assert told.remedy == "write `-p` with a hyphen."


def test_what_a_word_processor_makes_of_a_line_is_mended_in_one_go():
    told = refusal("-w\u00a0\u201c/my dir\u201d \u2013p wa\u200b")
    assert told.remedy == "write `-w /my\\ dir -p wa` instead."
    for fault in ("no-break space", "strips no quotes", "invisible letter", "en dash"):
        assert fault in told.message


@pytest.mark.parametrize("line", ["\ufeff-D", "\ufeff# a comment", "\ufeff-w /etc/passwd -p wa", "\ufeff"])
def test_a_byte_order_mark_is_named(line):
    told = refusal(line)
    assert told.message.startswith("the line begins with a byte order mark (it is invisible)")
    assert told.remedy == "save the file as UTF-8 without a byte order mark."


def test_behind_a_byte_order_mark_more_can_be_wrong():
    told = refusal("\ufeff-w /etc/passwd -p wa\r")
    assert "byte order mark" in told.message and "CRLF" in told.message
    assert "byte order mark" in told.remedy and "with LF" in told.remedy


def test_old_line_ends_are_named():
    told = refusal("-w /a\r-w /b\r")
    assert "carriage returns between the lines" in told.message and "with LF" in told.remedy


def test_a_line_too_long_to_repeat_is_not_given_as_if_it_were_whole():
    told = refusal('-w "/' + "y" * 200 + '" -p wa')
    assert told.remedy.startswith("mend the line, which then begins with `-w /yyy") and "\u2026" in told.remedy
