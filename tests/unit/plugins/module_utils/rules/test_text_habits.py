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
        ("-w /etc/passwd -p wa\r", "a carriage return does not end a word, auditctl reads `wa\\r` as one: ", None),
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
