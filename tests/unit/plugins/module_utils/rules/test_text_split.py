# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import RuleError
from ansible_collections.auditops.trail.plugins.module_utils.rules.text_split import escape, words


@pytest.mark.parametrize(
    "line, expected",
    [
        ("", None),
        ("   ", None),
        ("# -w /etc/passwd", None),
        ("   # indented", None),
        ("-w /a", ["-w", "/a"]),
        ("  -w   /a  ", ["-w", "/a"]),
        ("-w /a # no comment", ["-w", "/a", "#", "no", "comment"]),
        ("\t-w /a", ["\t-w", "/a"]),
        ("\t# no comment", ["\t#", "no", "comment"]),
        ("-w\t/a", ["-w\t/a"]),
        ("-w /a\r", ["-w", "/a\r"]),
        ("\r", ["\r"]),
        ("-k 'a b'", ["-k", "'a", "b'"]),
        ("-k a\\ b", ["-k", "a b"]),
        ("-k a\\\\ b", ["-k", "a\\", "b"]),
        ("-k a\\\\\\ b", ["-k", "a\\ b"]),
        ("-k a\\nb\\", ["-k", "a\\nb\\"]),
        ("-w /a\0 -k gone", ["-w", "/a"]),
    ],
)
def test_words(line, expected):
    assert words(line, (4, 2, 1)) == expected


def test_the_first_word_keeps_its_marks():
    assert words("a\\ b c", (4, 2, 1)) == ["a\x07\x07b", "c"]


def test_a_line_is_6143_bytes_at_most():
    assert words("-k " + "x" * 6140, (4, 2, 1)) is not None
    with pytest.raises(RuleError):
        words("-k " + "x" * 6141, (4, 2, 1))
    with pytest.raises(RuleError):
        words("# " + "\xe9" * 3071, (4, 2, 1))


def test_many_short_words_were_lost():
    """Up to 4.1.4 room is made for a third of the line's length; seen with 3.0.9."""
    line = "-f 1 -r 9 -b 9"
    assert words(line, (3, 0, 9)) == ["-f", "1", "-r", "9", "-b"]
    assert words(line, (4, 1, 4)) == ["-f", "1", "-r", "9", "-b"]
    assert words(line, (4, 2, 0)) == ["-f", "1", "-r", "9", "-b", "9"]
    assert words(line + " ", (3, 0, 9)) == ["-f", "1", "-r", "9", "-b", "9"]


@pytest.mark.parametrize("word", ["a b", "a\\b", "\\ ", "a\\ b\\", "\xe9\udc80", "a\tb\r"])
def test_escape_is_undone(word):
    assert words("-k " + escape(word), (4, 2, 1)) == ["-k", word]


@pytest.mark.parametrize("word", ["a\nb", "a\0", "\x07", "\x04"])
def test_what_no_line_can_hold(word):
    with pytest.raises(RuleError):
        escape(word)
