# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that mend a host's gaps, whole and in one file, to be read and then put where the host's rules are."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import results, wording

FOLDER = "remedies"
_NAMED = 8
_FIRST_LINE = "# auditops.trail: "


def file_for(folder: str, host: str) -> str:
    """Where a host's lines lie."""
    name = os.path.basename(results.host_file(folder, host))
    return os.path.join(folder, FOLDER, name[: -len(".json")] + ".rules")


def text_for(result: dict[str, Any]) -> str:
    """The file of one host; empty where no line is to be added."""
    by_hand: dict[str, list[str]] = {}
    lines: list[str] = []
    for control in result["controls"]:
        steps = control["remedy"] if control["verdict"] == "fail" else []
        added = [step["text"] for step in steps if _is_line(step) and step["text"] not in lines]
        if added:
            lines += [f"# {control['id']}", *dict.fromkeys(added)]
        for step in steps:
            if not _is_line(step):
                by_hand.setdefault(_to_do(step), []).append(control["id"])
    if not lines:
        return ""
    head = [f"{_FIRST_LINE}lines that mend gaps of {result['host']}, found {result['finished']}."]
    head += [f"# They {wording.where_to(result.get('loading'))}."]
    told = {
        text: f"{wording.some(wording.unique(names), _NAMED, 'controls')}: {text}" for text, names in by_hand.items()
    }
    at_once = [line for text, line in told.items() if not _locks(text)]
    if at_once:
        head += ["# To be done beside that:", *(f"#   {line}" for line in at_once)]
    # What locks the rules until a reboot comes after everything else, also in the order of reading.
    last = [f"#   {line}" for text, line in told.items() if _locks(text)]
    if last:
        last.insert(
            0, "# When all of this is loaded and found good, and not before: it locks the rules until a reboot."
        )
    return "\n".join([*(_one_line(text) for text in head), *lines, *(_one_line(text) for text in last), ""])


def _is_rule(step: dict[str, Any]) -> bool:
    """Whether a step is a line for a rules file; a command is none, and -e 2 has a place of its own."""
    return step["do"] == "add" and not step["text"].startswith("auditctl ") and not _locks(step["text"])


def _is_line(step: dict[str, Any]) -> bool:
    """Whether a step is a line that can stand in the file. A path may hold what nobody sees, and what ends a line."""
    return _is_rule(step) and step["text"].isprintable()


def _locks(text: str) -> bool:
    return text.startswith("-e 2")


def _to_do(step: dict[str, Any]) -> str:
    text = wording.remedy(step)
    if _is_rule(step):
        return f"add this by hand, as it holds characters that are not seen (here spelled out): {text}"
    return f"run {text}" if text.startswith("auditctl ") else text


def write(folder: str, fleet: dict[str, Any]) -> None:
    """Write the file of each host that needs one, and remove those of earlier runs.

    Raises:
        TrailError: A file could not be written or removed.
    """
    written = set()
    for result in fleet["results"]:
        text = text_for(result)
        if text:
            path = file_for(folder, result["host"])
            results.write_text(path, text)
            written.add(path)
    there = os.path.join(folder, FOLDER)
    path = there
    try:
        for name in sorted(os.listdir(there)) if os.path.isdir(there) else ():
            path = os.path.join(there, name)
            if path not in written and name.endswith(".rules") and _ours(path):
                os.unlink(path)
    except OSError as exc:
        raise TrailError(
            f"these lines of an earlier run could not be removed: {exc.strerror}", file=path, remedy="remove the file."
        ) from exc


def _ours(path: str) -> bool:
    if not os.path.isfile(path):
        return False
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.readline().startswith(_FIRST_LINE)


def _one_line(text: str) -> str:
    # A line feed in a path would end the comment.
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
