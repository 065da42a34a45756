# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coverage in words: the missed event, what is to blame for it, and what mends it."""

from __future__ import annotations

import errno
from typing import Any

UNSET = 0xFFFFFFFF
_VERBS = {
    "r": "reads", "w": "writes", "rw": "reads and writes", "x": "runs", "a": "changes the attributes of",
}  # fmt: skip
_SCENES = {
    "create": "creates", "delete": "removes", "rename": "renames", "exchange": "exchanges", "link": "links",
}  # fmt: skip
_ABIS = {"b64": "64-bit", "b32": "32-bit"}
_SPOKEN = {"arch", "syscall", "object", "other", "replaces", "scene", "access", "auid", "uid", "euid", "exit", "because"}


def missed_event(example: dict[str, Any] | None) -> str:
    """One sentence for a counterexample, e.g. "a 64-bit openat by auid 1000 (uid 0) writes /etc/passwd"."""
    if not example:
        return "every event of this requirement"
    call = str(example.get("syscall") or "call")
    abi = _ABIS.get(str(example.get("arch") or ""), str(example.get("arch") or ""))
    text = " ".join(part for part in (_article(abi or call), abi, call) if part)
    who = []
    if example.get("auid") is not None:
        who.append("auid " + identity(example["auid"]))
    uids = [f"uid {identity(example['uid'])}"] if example.get("uid") is not None else []
    if example.get("euid") is not None and example["euid"] != example.get("uid"):
        uids.append(f"euid {identity(example['euid'])}")
    if who or uids:
        text += " by " + (f"{who[0]} ({', '.join(uids)})" if who and uids else ", ".join(who + uids))
    if example.get("object"):
        verb = _VERBS.get(str(example.get("access"))) or _SCENES.get(str(example.get("scene")), "touches")
        text += f" {verb} {example['object']}"
        if example.get("other"):
            text += f" and {example['other']}"
    if isinstance(example.get("exit"), int) and example["exit"] < 0:
        more_exit = errno.errorcode.get(-example["exit"], str(example["exit"]))
        text += f" and fails with {more_exit}"
    more = [
        f"{name} {value}"
        for name, value in sorted(example.items())
        if name not in _SPOKEN and isinstance(value, (str, int)) and value not in ("", None)
    ]
    return text + (f", with {', '.join(more)}" if more else "")


def identity(value: Any) -> str:
    """A user id as people say it: ``unset`` for (u32)-1."""
    return "unset" if value == UNSET else str(value)


def blame(entry: dict[str, Any]) -> str:
    """Why the missed event leaves no record: the line to blame, or no rule."""
    because = (entry.get("counterexample") or {}).get("because")
    if because:
        return str(because)
    culprits = [line(culprit) for culprit in entry.get("defeated_by") or ()]
    if culprits:
        return "; ".join(culprits)
    if entry.get("outcome") == "partial":
        partly = [line(rule) for rule in entry.get("covered_by") or ()]
        if partly:
            return "too narrow: " + "; ".join(partly[:2])
    return "no rule"


def line(rule: dict[str, Any]) -> str:
    """A rule with its place, as ``file:line  text``."""
    place = str(rule.get("file") or "")
    if place and rule.get("line"):
        place += f":{rule['line']}"
    return "  ".join(part for part in (place, str(rule.get("rule") or rule.get("text") or "")) if part)


def remedy(step: dict[str, Any]) -> str:
    """One step of a remedy, as a line to act on."""
    text = str(step.get("text") or "")
    place = str(step.get("file") or "")
    if place and step.get("line"):
        place += f":{step['line']}"
    if step["do"] == "remove":
        return f"remove {place or 'this rule'}, or move it behind the rules that it hides:  {text}".rstrip(": ")
    if step["do"] == "load":
        return f"it is on disk ({place}) but not loaded:  {text}" if place else text
    return text


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"
