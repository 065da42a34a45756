# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines edited word by word: what is wanted comes out, and nothing else is touched."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.boot import words
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters

BOTH = words.wanted(True, 8192)
ON = "audit=1 audit_backlog_limit=8192"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ON),
        ("  ", ON + "  "),
        ("ro quiet", "ro quiet " + ON),
        ("ro quiet\n", "ro quiet " + ON + "\n"),
        ("ro  audit=0   quiet", "ro  audit=1   quiet audit_backlog_limit=8192"),
        (ON, ON),
        ("audit_backlog_limit=8192 ro audit=1", "audit_backlog_limit=8192 ro audit=1"),
        ("audit=on audit-backlog-limit=0x2000", "audit=on audit-backlog-limit=0x2000"),
        ("audit=off audit_backlog_limit=64", ON),
        ("audit=1 x audit=1 audit=0 y audit_backlog_limit=8192", "audit=1 x y audit_backlog_limit=8192"),
        ("audit=0 audit=1 audit-backlog-limit=8192", "audit=1 audit-backlog-limit=8192"),
        ("ro -- audit=1", "ro " + ON + " -- audit=1"),
        ("audit x.audit=0 noaudit=1 audit_rate=5", "audit x.audit=0 noaudit=1 audit_rate=5 " + ON),
        ('dyndbg="file a.c +p; audit=0" quiet', 'dyndbg="file a.c +p; audit=0" quiet ' + ON),
        ('"audit=0" quiet', "audit=1 quiet audit_backlog_limit=8192"),
        ("audit=$mode $tuned_params", "audit=$mode $tuned_params audit_backlog_limit=8192"),
        ("audit= x", "audit= x audit_backlog_limit=8192"),
    ],
)
def test_the_parameters_come_in_and_all_else_stays(text, expected):
    assert words.one(text, BOTH) == expected
    assert words.one(expected, BOTH) == expected
    assert words.others(text) == words.others(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ro audit=1 quiet", "ro quiet"),
        ("audit=1  quiet", "quiet"),
        ("quiet audit=0", "quiet"),
        ("audit=1 audit=0", ""),
        ("a  b", "a  b"),
        ("ro audit=1 audit_backlog_limit=1 x", "ro x"),
    ],
)
def test_they_are_taken_out(text, expected):
    assert words.one(text, words.wanted(False, 0)) == expected


def test_what_is_not_asked_for_is_left_alone():
    assert words.one("audit=0 audit_backlog_limit=5 audit_backlog_limit=6", words.wanted(None, None)) == (
        "audit=0 audit_backlog_limit=5 audit_backlog_limit=6"
    )
    assert words.one("audit=0 audit_backlog_limit=5", words.wanted(True, None)) == "audit=1 audit_backlog_limit=5"


def test_quotes_of_the_command_line_in_quotes_of_the_shell_hold_together():
    text = words.Text('dyndbg=\\"file a.c audit=0\\" audit=0', True)
    assert words.settle([text], BOTH) == ['dyndbg=\\"file a.c audit=0\\" ' + ON]


def test_of_several_texts_the_first_keeps_it_and_the_others_lose_it():
    texts = [words.Text("ro"), words.Text("audit=0 a"), words.Text("audit=1 b audit_backlog_limit=5")]
    assert words.settle(texts, BOTH, 0) == ["ro", "audit=1 a", "b audit_backlog_limit=8192"]


def test_what_none_has_goes_to_the_one_that_is_named():
    assert words.settle([words.Text("a"), words.Text("b")], words.wanted(True, None), 0) == ["a audit=1", "b"]


@pytest.mark.parametrize("seed", range(300))
def test_whatever_it_was_the_kernel_reads_what_is_wanted_and_all_other_words_are_there(seed):
    import random

    dice = random.Random(seed)
    pool = ["ro", "audit=0", "audit=1", "audit=on", "audit_backlog_limit=5", "audit-backlog-limit=8192", "quiet",
            'a="b c"', "  ", '"audit=off"', "audit", "x=audit=1", "--", "$kernelopts", '"quoted audit=1"']  # fmt: skip
    text = " ".join(dice.choice(pool) for _again in range(dice.randint(0, 8)))
    audit, limit = dice.choice([True, False]), dice.choice([0, 64, 8192])
    new = words.one(text, words.wanted(audit, limit))
    read = boot_parameters.split(new)
    assert boot_parameters.audit(read) is audit
    assert boot_parameters.backlog_limit(read) == limit
    assert len([word for word in read if word.replace("-", "_").startswith("audit_backlog_limit=")]) == bool(limit)
    known = ("audit=", "audit_backlog_limit=")
    assert [word for word in boot_parameters.split(text) if not word.replace("-", "_").startswith(known)] == [
        word for word in read if not word.replace("-", "_").startswith(known)
    ]
    assert words.one(new, words.wanted(audit, limit)) == new
