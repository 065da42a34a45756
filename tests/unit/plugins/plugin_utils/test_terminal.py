# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines in a terminal."""

import re
import sys

import pytest

if sys.version_info < (3, 10):
    pytest.skip("the controller side", allow_module_level=True)

from ansible_collections.auditops.trail.plugins.plugin_utils import terminal  # noqa: E402

pytestmark = pytest.mark.controller


def bare(text):
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(
    ("lead", "hanging"),
    [("           because  ", 22), ("HIGH       ", 13), ("  · ", 6), ("TOTAL  ", 9), ("    remedy    ", 16), ("", 2)],
)
def test_what_follows_stands_below_the_text(lead, hanging):
    words = [f"word{number}" for number in range(40)]
    rows = terminal.fit(lead + " ".join(words), 80)
    assert len(rows) > 3
    assert all(len(row) <= 80 and row == row.rstrip() for row in rows)
    assert all(re.match(r" *", row).end() == hanging for row in rows[1:])
    assert " ".join(rows).split() == lead.split() + words


def test_colours_go_on_in_the_next_row_and_end_with_each(tmp_path):
    line = "\x1b[0;31mHIGH\x1b[0m       " + terminal.dim("grey " * 30)
    rows = terminal.fit(line, 60)
    assert all(row.startswith(" " * 13 + "\x1b[2m") for row in rows[1:])
    assert all(row.endswith("\x1b[0m") for row in rows)
    assert " ".join(bare(row) for row in rows).split() == ["HIGH"] + ["grey"] * 30


@pytest.mark.parametrize("line", ["x" * 80, "", "           remedy   -a always,exit " + "-F auid!=unset " * 9])
def test_what_fits_or_is_to_be_pasted_stays_whole(line):
    assert terminal.fit(line, 80) == [line]


def test_without_a_width_nothing_is_broken():
    assert terminal.fit("word " * 99, 0) == ["word " * 99]


def test_a_word_longer_than_the_terminal_is_not_lost():
    assert "".join(row.strip() for row in terminal.fit("see " + "x" * 300, 80)) == "see" + "x" * 300


def test_the_width_is_the_terminals_or_what_columns_says(monkeypatch):
    monkeypatch.setenv("COLUMNS", "97")
    assert terminal.width() == 97


def test_dim_is_no_colour_of_the_palette():
    assert terminal.dim("x") == "\x1b[2mx\x1b[0m"
