# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The quick check of several hosts as a table: daemon, rules, log, backlog, lost, and below it what is not right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_HEADS = ("HOST", "DAEMON", "RULES", "LOG", "ROTATION", "BACKLOG", "LOST")
_LOCK = {0: "off", 1: "on", 2: "locked"}
_UNKNOWN = "unknown"
_ROLES = {"rules": "audit_rules", "settings": "auditd", "boot": "auditd"}
"""Which role's run has left a journal of a kind open."""


def rows(found: Mapping[str, Mapping[str, Any] | None]) -> tuple[list[str], list[str]]:
    """The lines of the table with what is not well below it, and the hosts that are not well.

    Args:
        found: By host, what audit_health_info has returned; None or a failed result where it has returned nothing.
    """
    cells = [_HEADS]
    below, bad = [], []
    for host, result in found.items():
        told = result or {}
        if "status" not in told:
            reason = " ".join(str(told.get("msg") or "it was never asked").split())
            word = "not reached" if told.get("unreachable") or not told else "not told"
            cells.append((host, f"{word}: {reason}", *[""] * (len(_HEADS) - 2)))
            bad.append(host)
            continue
        if told.get("not_applicable"):
            cells.append((host, f"not applicable: {told['not_applicable']['reason']}", *[""] * (len(_HEADS) - 2)))
            continue
        cells.append(_cells(host, told["status"]))
        wrong = [str(one["text"]) for one in told.get("criteria") or () if one["ok"] is not True]
        below += [f"  {host}: {text}" for text in [*wrong, *_left_out(told["status"]), *_unfinished(told["status"])]]
        if wrong or not told.get("healthy"):
            bad.append(host)
    return [*_table(cells), *below], bad


def _cells(host: str, status: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        host,
        "OFF AT BOOT" if status.get("off_at_boot") else _daemon(status.get("daemon")),
        _rules(status.get("rules") or {}, status.get("kernel")),
        _log(status.get("log") or {}),
        _rotation(status.get("log") or {}),
        _backlog(status.get("kernel")),
        _lost(status.get("kernel")),
    )


def _left_out(status: Mapping[str, Any]) -> list[str]:
    """Lines on disk that the kernel refuses, and that the load goes on without: of paths that are gone, above all."""
    rules = status.get("rules") or {}
    return [str(text) for text in rules.get("differences") or ()] if rules.get("equal") else []


def _unfinished(status: Mapping[str, Any]) -> list[str]:
    """What runs have left open, and what to do about it. The host's audit may be well all the same."""
    found = []
    left = status.get("interrupted")
    if left:
        role = _ROLES.get(left["kind"], "that made it")
        found.append(
            f"a change of {left['kind']} was interrupted at {left['since'] or 'an unknown time'}, at the step "
            f"'{left['step'] or 'unknown'}': run the role {role} again, it finishes or undoes it"
        )
    if status.get("pending"):
        found.append(
            f"the rules of {status['pending']} are loaded and not committed: run the role audit_rules again, which "
            "watches the host and commits them, or roll them back (the module audit_rules with state rolled_back)"
        )
    return found


def _daemon(daemon: Mapping[str, Any] | None) -> str:
    if daemon is None or daemon["pid"] is None:
        return _UNKNOWN
    if daemon["pid"] == 0:
        return "NONE"
    name = daemon["comm"] or "a process"
    return f"{name} ({daemon['pid']})" if daemon["is_auditd"] else f"{name} ({daemon['pid']}), NOT auditd"


def _rules(rules: Mapping[str, Any], kernel: Mapping[str, Any] | None) -> str:
    number = rules.get("kernel")
    if number is None:
        return _UNKNOWN
    equal = {True: "as on disk", False: f"DIFFER ({len(rules.get('differences') or ())})"}.get(
        rules.get("equal"), _UNKNOWN
    )
    lock = _LOCK.get((kernel or {}).get("enabled"), _UNKNOWN)
    return f"{number}, {equal}, {lock}"


def _log(log: Mapping[str, Any]) -> str:
    if log.get("bytes") is None or log.get("files") is None:
        return _UNKNOWN
    number = len(log["files"])
    return f"{_size(log['bytes'])} in {number} {'file' if number == 1 else 'files'}"


def _rotation(log: Mapping[str, Any]) -> str:
    if log.get("max_log_file") is None:
        return _UNKNOWN
    if log.get("rotates"):
        told = f"{log['num_logs']} x {log['max_log_file']} MiB"
    elif log.get("keeps"):
        told = f"keeps all, {log['max_log_file']} MiB each"
    else:
        told = f"NONE ({log.get('max_log_file_action')})"
    days = log.get("retention_days")
    free = (log.get("filesystem") or {}).get("free_percent")
    told += "" if days is None else f", {days:.0f} days"
    return told + ("" if free is None else f", {free:.0f} % free")


def _backlog(kernel: Mapping[str, Any] | None) -> str:
    if not kernel or kernel.get("backlog") is None:
        return _UNKNOWN
    return f"{kernel['backlog']} of {kernel.get('backlog_limit') or 'any number'}"


def _lost(kernel: Mapping[str, Any] | None) -> str:
    return _UNKNOWN if not kernel or kernel.get("lost") is None else str(kernel["lost"])


def _size(number: float) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= size:
            return f"{number / size:.1f} {unit}"
    return f"{number} B"


def _table(cells: Sequence[Sequence[str]]) -> list[str]:
    """Columns as wide as what is in them; what stands alone in a row widens none."""
    whole = [row for row in cells if any(row[2:])]
    widths = [max(len(row[at]) for row in whole) for at in range(len(_HEADS))]
    widths[0] = max(len(row[0]) for row in cells)
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
