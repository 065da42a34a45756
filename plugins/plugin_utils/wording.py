# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Coverage in words: the missed event, what is to blame for it, and what mends it."""

from __future__ import annotations

import errno
import re
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.compliance.mend import AFTER_REBOOT

UNSET = 0xFFFFFFFF
_VERBS = {
    "r": "reads", "w": "writes", "rw": "reads and writes", "x": "runs", "a": "changes the attributes of",
}  # fmt: skip
# coverage/shapes.py: what a call does to its name or names says more than its permission class.
_SCENES = {
    "create": "creates {0}", "delete": "removes {0}", "rename": "renames {0} to {1}",
    "exchange": "exchanges {0} and {1}", "link": "links {0} as {1}",
    "apart": "renames {0} to {1}, on another filesystem,", "pair": "mounts {1} on {0}",
}  # fmt: skip
_OPENS = {"r": "reading", "w": "writing", "rw": "reading and writing"}
_ABIS = {"b64": "64-bit", "b32": "32-bit"}
_IN_ORDER = re.compile(r"-[aA] +(?:exit|user|never) *, *(?:exit|user|never)\b")
"""A never rule of a list whose first match decides; on the exclude, task and filesystem lists any match does."""
_WHERE = {
    "augenrules": "go into a file in {into}; {command} loads them",
    "auditctl": "go to the end of {into}, above an -e line; {command} loads them",
    None: "go where the host's rules are loaded from: a file in /etc/audit/rules.d (augenrules --load loads them),"
    " or /etc/audit/audit.rules (auditctl -R)",
}
_SPOKEN = {
    "arch", "syscall", "object", "other", "replaces", "scene", "access", "auid", "uid", "euid", "exit", "because",
}  # fmt: skip


def some(names: list[str], limit: int, noun: str) -> str:
    """The first names, and how many more there are; one more is named rather than counted."""
    if len(names) <= limit + 1:
        return ", ".join(names)
    return ", ".join(names[:limit]) + f" and {len(names) - limit} more {noun}"


def unique(texts: list[str]) -> list[str]:
    """Each text once, in its order."""
    return list(dict.fromkeys(texts))


def missed_event(example: dict[str, Any] | None) -> str:
    """One sentence for a counterexample, e.g. "auid 1000 (uid 0) opens /etc/passwd for writing  [64-bit openat]"."""
    if not example:
        return "every event of this requirement"
    if example.get("record") and not example.get("syscall"):
        return f"{missed_record(example)} is dropped"
    text = f"{_who(example)} {_deed(example)}"
    if isinstance(example.get("exit"), int) and example["exit"] < 0:
        text += f" and fails with {errno.errorcode.get(-example['exit'], example['exit'])}"
    more = [
        f"{name} {identity(value)}"
        for name, value in sorted(example.items())
        if name not in _SPOKEN and isinstance(value, (str, int)) and value != ""
    ]
    if more:
        text += f", with {', '.join(more)}"
    abi = str(example.get("arch") or "")
    call = " ".join(part for part in (_ABIS.get(abi, abi), str(example.get("syscall") or "")) if part)
    return f"{text}  [{call}]" if call else text


def missed_record(example: dict[str, Any]) -> str:
    """What the counterexample of a record type names, e.g. "a USER_LOGIN record of auid 1000 (uid 0)"."""
    name = str(example["record"])
    who = _who(example)
    return f"{'an' if name[0] in 'AEIO' else 'a'} {name} record" + ("" if who == "a process" else f" of {who}")


def _who(example: dict[str, Any]) -> str:
    uids = [f"uid {identity(example['uid'])}"] if example.get("uid") is not None else []
    if example.get("euid") is not None and example["euid"] != example.get("uid"):
        uids.append(f"euid {identity(example['euid'])}")
    if example.get("auid") is None:
        return ", ".join(uids) or "a process"
    return f"auid {identity(example['auid'])}" + (f" ({', '.join(uids)})" if uids else "")


def _deed(example: dict[str, Any]) -> str:
    thing, other = example.get("object"), example.get("other")
    access = str(example.get("access") or "")
    if not thing:
        return "runs a program" if access == "x" else "makes this call"
    scene = _SCENES.get(str(example.get("scene")))
    if scene is not None and (other or "{1}" not in scene):
        return scene.format(thing, other)
    if example.get("run_by"):
        return f"runs {thing}, which {example['run_by'][0]} runs"
    if access in _OPENS and "open" in str(example.get("syscall")):
        return f"opens {thing} for {_OPENS[access]}"
    return f"{_VERBS.get(access, 'touches')} {thing}"


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
    if step["do"] == "correct" or step.get("reason"):
        return _correction(step, place)
    if step["do"] == "remove" and step.get("file") == "the kernel":
        return "not on disk, take it out of the kernel:  " + _deletion(text)
    if step["do"] == "remove":
        return f"remove {place or text}" + (
            ", or move it behind the rules that it hides" if _IN_ORDER.match(text) else ""
        )
    if step["do"] == "load" and text == AFTER_REBOOT:
        return f"the rule is on disk ({place}) but not loaded; {text}" if place else text
    if step["do"] == "load":
        return f"the rule is on disk ({place}) but not loaded:  {text}" if place else text
    return text


def where_to(loading: dict[str, Any] | None) -> str:
    """What becomes of lines to add on a host, after "they" or the like: its own command, or that it takes a reboot.

    Args:
        loading: Of the host's result, as module_utils/compliance/loading.py gives it.
    """
    known = loading or {}
    where = _WHERE[known.get("loader")].format(**known)
    if known.get("locked"):
        return where.partition(";")[0] + "; the kernel's rules are locked, so that only a reboot loads them"
    return where


def _correction(step: dict[str, Any], place: str) -> str:
    """What is wrong with a line at which the load stops; the line itself would look like the cure."""
    said = f"correct {place}, where the load stops"
    reason, cure = str(step.get("reason") or ""), str(step.get("remedy") or "").rstrip(".")
    if cure:
        return f"{said} ({reason}): {cure}"
    return f"{said}:  {reason}" if reason else said


def _deletion(text: str) -> str:
    option, _space, rest = text.partition(" ")
    return f"auditctl {'-W' if option == '-w' else '-d'} {rest}"
