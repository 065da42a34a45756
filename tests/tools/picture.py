# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
r"""Draw the summary of `make compliance` as the README shows it: ANSI text in, SVG out.

    ANSIBLE_FORCE_COLOR=1 POSTURE=docs/examples/gaps.json make compliance |
        python3 tests/tools/picture.py --keep privilege.sudoers,admin.exec,log.access \
            > docs/images/gaps.svg

Nothing is redrawn by hand: the lines are those of the run. Of the gaps that are told in full those that --keep does
not name are left out, and a line says how many.
"""

from __future__ import annotations

import argparse
import html
import itertools
import re
import sys
from typing import NamedTuple

COLUMNS = 132
PROMPT = "POSTURE=docs/examples/gaps.json make compliance"
COLOURS = {
    "": "#d6dae0",
    "0;31": "#ff7b72",
    "1;31": "#ffa198",
    "0;32": "#56d364",
    "0;33": "#e3b341",
    "2": "#8b949e",
    "1;34": "#79b8ff",
    "1;35": "#d2a8ff",
    "0;36": "#56d4dd",
}
BACKGROUND, BAR = "#0d1117", "#161b22"
SIZE, WIDTH, HEIGHT, MARGIN, TOP = 13, 7.83, 19, 18, 46
_CODE = re.compile(r"\x1b\[([0-9;]*)m")
_LEAD = re.compile(r" *(?:(?:missed|because|remedy|since|on|controls) +|· )?")
_GAP = re.compile(r"(CRITICAL|HIGH|MEDIUM|LOW) +(\S+)")


class Run(NamedTuple):
    """Characters of one colour (a key of COLOURS)."""

    text: str
    colour: str


Line = list[Run]


def plain(line: Line) -> str:
    """The characters of a line."""
    return "".join(run.text for run in line)


def read(text: str) -> list[Line]:
    """The summary's lines; what Ansible prints before and after it is left out."""
    lines: list[Line] = []
    for raw in text.splitlines():
        parts = _CODE.split(raw)
        colours = ["", *("" if code in ("0", "") else code for code in parts[1::2])]
        lines.append([Run(part, colour) for part, colour in zip(parts[::2], colours) if part])
    first = next(number for number, line in enumerate(lines) if plain(line).startswith("auditops.trail "))
    last = next(number for number, line in enumerate(lines) if plain(line).startswith("TOTAL "))
    return lines[first : last + 1]


def choose(lines: list[Line], keep: set[str]) -> list[Line]:
    """The lines without the gaps in full that are not kept; the gaps of one line stay."""
    found: list[Line] = []
    dropped = 0
    dropping = False
    for line, following in itertools.zip_longest(lines, lines[1:], fillvalue=[]):
        gap = _GAP.match(plain(line))
        in_full = gap is not None and plain(following).startswith(" ")
        if in_full:
            dropping = gap is not None and gap.group(2) not in keep
            dropped += dropping
        elif gap or plain(line).startswith("Lines to add"):
            dropping = False
            if dropped:
                found += [[Run(f"… {dropped} more told in full", "2")], []]
                dropped = 0
        if not dropping:
            found.append(line)
    return found


def wrap(line: Line) -> list[Line]:
    """The line in rows of COLUMNS, broken at spaces; what follows the first row is set in a little below its text.

    A terminal breaks words in two, which nobody can read in a picture.
    """
    letters = [(letter, run.colour) for run in line for letter in run.text]
    text = plain(line)
    lead = _LEAD.match(text)
    hanging = lead.end() + 2 if lead and 0 < lead.end() < COLUMNS // 2 else 0
    rows: list[Line] = []
    start = indent = 0
    while len(letters) - start > COLUMNS - indent:
        end = start + COLUMNS - indent
        space = text.rfind(" ", start, end + 1)
        # What has no space in a whole row is broken where the row ends.
        cut = space if space > start and text[start:space].strip() else end
        rows.append([Run(" " * indent, ""), *_runs(letters[start:cut])])
        start = cut + len(text[cut:]) - len(text[cut:].lstrip(" "))
        indent = hanging
    rows.append([Run(" " * indent, ""), *_runs(letters[start:])])
    return rows


def _runs(letters: list[tuple[str, str]]) -> Line:
    """Letters of one colour side by side as one run."""
    grouped = itertools.groupby(letters, key=lambda letter: letter[1])
    return [Run("".join(letter for letter, _colour in group), colour) for colour, group in grouped]


def draw(lines: list[Line]) -> str:
    """The SVG: every run of characters is given its length, so that the grid holds in any monospaced font."""
    rows = [row for line in lines for row in wrap(line)]
    width, height = COLUMNS * WIDTH + 2 * MARGIN, TOP + len(rows) * HEIGHT + MARGIN
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}"'
            f' height="{height}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}">'
        ),
        "<title>What make compliance prints for a host with gaps</title>",
        f'<rect width="100%" height="100%" rx="8" fill="{BACKGROUND}"/>',
        f'<path d="M0 30V8a8 8 0 0 1 8-8H{width - 8:.0f}a8 8 0 0 1 8 8v22z" fill="{BAR}"/>',
    ]
    dots = enumerate(("#ff5f57", "#febc2e", "#28c840"))
    out += [f'<circle cx="{MARGIN + 18 * number}" cy="15" r="5.5" fill="{colour}"/>' for number, colour in dots]
    for number, row in enumerate(rows):
        column = 0
        for run in row:
            text = run.text.rstrip(" ")
            start = len(text) - len(text.lstrip(" "))
            if text.strip():
                bold = ' font-weight="bold"' if run.colour in ("1;31", "1;34") else ""
                out.append(
                    f'<text x="{MARGIN + (column + start) * WIDTH:.1f}" y="{TOP + number * HEIGHT + 14}"'
                    f' textLength="{(len(text) - start) * WIDTH:.1f}" xml:space="preserve"'
                    f' fill="{COLOURS.get(run.colour, COLOURS[""])}"{bold}>{html.escape(text[start:])}</text>'
                )
            column += len(run.text)
    return "\n".join([*out, "</svg>", ""])


def page(lines: list[Line]) -> str:
    """The picture of these lines below the command that prints them."""
    return draw([[Run("$ ", "0;32"), Run(PROMPT, "")], [], *lines])


def main() -> int:
    """Read standard input, write standard output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--keep", default="", help="ids of the controls to show, with commas; all of them by default")
    keep = {name for name in parser.parse_args().keep.split(",") if name}
    lines = read(sys.stdin.read())
    if keep:
        lines = choose(lines, keep)
    sys.stdout.write(page(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
