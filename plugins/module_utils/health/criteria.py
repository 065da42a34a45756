# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an audit system is well, criterion by criterion: what was seen, the limit, and a sentence with both.

``ok`` is None where it could not be told; that is never taken for well.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.health.heard import Heard
from ansible_collections.auditops.trail.plugins.module_utils.health.looks import Look, Sizes, written
from ansible_collections.auditops.trail.plugins.module_utils.posture import log_forecast
from ansible_collections.auditops.trail.plugins.module_utils.posture.instants import DAY

Plain = Dict[str, Any]
_HOUR = 3600.0
_NO_LIMIT = 8192
"""backlog_limit 0 is a queue without an end: a rise is then measured by the limit that most hosts have."""
_SHOWN = 3  # differences that are named; how many there are is told in any case


class Limits(NamedTuple):
    """What is still well: records lost meanwhile, the share of the queue in per cent, bytes of log a second (None: any
    number), and days that the log has to last at the rate that was measured (0: any)."""

    lost: int = 0
    backlog_percent: int = 50
    log_bytes_per_second: Optional[int] = None
    retention_days: float = 1.0


class Criterion(NamedTuple):
    """One of daemon, rules, lost, backlog, log, log_growth, retention."""

    name: str
    ok: Optional[bool]
    value: Any
    limit: Any
    text: str


def healthy(criteria: Sequence[Criterion]) -> Optional[bool]:
    """False where one is not met, None where one could not be told or there is none, else True."""
    told = [one.ok for one in criteria]
    if False in told:
        return False
    return None if None in told or not told else True


def daemon(looks: Sequence[Look], who: Optional[Plain], why: Optional[str]) -> Criterion:
    """Whether auditd held the kernel's audit socket all the time, as one process.

    Args:
        looks: The looks.
        who: The part ``daemon`` of the posture, of after the last look; None where it could not be collected.
        why: Then, why not.
    """
    pids = [look.status["pid"] for look in looks if look.status is not None]
    value = pids[-1] if pids else None
    if value is None or None in pids:
        return _unknown("daemon", "auditd", _why(looks))
    seen = sorted(set(pids), key=pids.index)
    if 0 in pids:
        text = "nobody received the kernel's records at {0} of {1} looks".format(pids.count(0), len(pids))
        return Criterion("daemon", False, value, "auditd", text)
    if len(seen) > 1:
        text = "who receives the kernel's records has changed meanwhile: pid {0}".format(
            ", then ".join(str(pid) for pid in seen)
        )
        return Criterion("daemon", False, value, "auditd", text)
    if who is None or who["is_auditd"] is None:
        unseen = _unseen(who, why)
        return _unknown("daemon", "auditd", "whether pid {0} is auditd is not known: {1}".format(value, unseen), value)
    name = (who["holder"] or {}).get("comm") or "a process that is gone"
    if not who["is_auditd"]:
        return Criterion("daemon", False, value, "auditd", "pid {0} is {1}, and not auditd".format(value, name))
    return Criterion("daemon", True, value, "auditd", "auditd runs (pid {0})".format(value))


def rules(drift: Optional[Plain], loaded: Optional[int], why: Optional[str]) -> Criterion:
    """Whether the kernel holds what the files say.

    Args:
        drift: The part ``drift`` of the posture, or None where it could not be collected.
        loaded: How many rules the kernel holds.
        why: Why there is no drift.
    """
    if drift is None or drift["equal"] is None:
        return _unknown("rules", 0, _unseen(drift, why))
    number = len(drift["differences"])
    if drift["equal"]:
        text = "{0} loaded, as the files say".format("the rules are" if loaded is None else _counted(loaded, "rule"))
        if number:
            text += "; {0} left out: {1}".format(_counted(number, "line"), drift["differences"][0]["text"])
        return Criterion("rules", True, 0, 0, text)
    named = "; ".join(one["text"] for one in drift["differences"][:_SHOWN])
    more = " (and {0} more)".format(number - _SHOWN) if number > _SHOWN else ""
    text = "the kernel and the files differ in {0}: {1}{2}".format(_counted(number, "place"), named, more)
    return Criterion("rules", False, number, 0, text)


def lost(looks: Sequence[Look], limit: int, kept: bool) -> Criterion:
    """Whether records were lost between the first look and the last: those that the kernel counts, and those that it
    drops without counting them because the daemon's own socket is full.

    Args:
        looks: The looks.
        limit: How many may be lost.
        kept: Whether the kernel keeps what a full socket refuses: it was started with audit=1 (kauditd_hold_skb of
            kernel/audit.c).
    """
    counts = [look.status["lost"] for look in looks if look.status is not None]
    if len(counts) < len(looks) or len(counts) < 2 or None in counts:
        return _unknown("lost", limit, _why(looks))
    if any(later < earlier for earlier, later in zip(counts, counts[1:])):
        text = "the count of lost records was set back meanwhile ({0}, then {1})".format(max(counts), counts[-1])
        return _unknown("lost", limit, text)
    rise = counts[-1] - counts[0]
    text = "{0} lost in {1:.0f} s, {2} since the boot or the last reset".format(
        _counted(rise, "record"), _seconds(looks), counts[-1]
    )
    refused = _refused(looks)
    if not refused:
        return Criterion("lost", rise <= limit, rise, limit, text)
    text += "; the daemon is too slow, its socket was full {0}".format(_counted(refused, "time"))
    if kept:
        return Criterion("lost", rise <= limit, rise, limit, text + ", and the kernel tried again")
    text += ": without audit=1 at its start the kernel drops such records, and does not count them"
    return Criterion("lost", rise + refused <= limit, rise + refused, limit, text)


def _refused(looks: Sequence[Look]) -> int:
    """How often the socket of one daemon was full meanwhile; another daemon has its own count, from 0."""
    found = [(look.status["pid"], look.status.get("refused")) for look in looks if look.status is not None]
    pairs = zip(found, found[1:])
    return sum(
        max(0, later - earlier)
        for (pid, earlier), (next_pid, later) in pairs
        if pid == next_pid and earlier is not None and later is not None
    )


def backlog(looks: Sequence[Look], percent: int) -> Criterion:
    """Whether the kernel's queue stays well below its limit: below a share of it at both ends, and not filling.

    It is filling where each look found more than the one before, so quickly that it would be full within the hour.
    """
    states = [look.status for look in looks if look.status is not None]
    waiting = [state["backlog"] for state in states]
    if len(waiting) < len(looks) or None in waiting or states[-1]["backlog_limit"] is None:
        return _unknown("backlog", percent, _why(looks))
    most = states[-1]["backlog_limit"]
    ends = max(waiting[0], waiting[-1])
    share = 100.0 * ends / most if most else 0.0
    places = "{0} of {1} places".format(ends, most) if most else "{0} records, in a queue without a limit,".format(ends)
    if most and share >= percent:
        text = "{0} of the queue are taken ({1:.0f} %)".format(places, share)
        return Criterion("backlog", False, round(share, 1), percent, text)
    rise = waiting[-1] - waiting[0]
    seconds = _seconds(looks)
    rises = len(waiting) > 2 and all(later > earlier for earlier, later in zip(waiting, waiting[1:]))
    if rises and seconds > 0 and rise * _HOUR / seconds >= (most or _NO_LIMIT) - waiting[-1]:
        text = "the queue is filling: {0} at {1} looks in {2:.0f} s".format(
            " to ".join(str(one) for one in (waiting[0], waiting[-1])), len(waiting), seconds
        )
        return Criterion("backlog", False, round(share, 1), percent, text)
    return Criterion("backlog", True, round(share, 1), percent, "{0} are taken ({1:.0f} %)".format(places, share))


def off(why: str) -> Criterion:
    """The daemon of a kernel that was started without audit."""
    return Criterion("daemon", False, None, "auditd", why)


def no_log() -> List[Criterion]:
    """The criteria of the log of a host that writes none, as its auditd.conf wants it: there is nothing to judge."""
    text = "not applicable: this host writes no log of its own (write_logs = no)"
    return [Criterion(name, True, None, None, text) for name in ("log", "log_growth", "retention")]


def log(heard: Heard) -> Criterion:
    """Whether a message that was sent stands in the log. Where others were written since, the log is written all the
    same: a rule may keep ours out, and a long queue may hold it back."""
    if heard.why is not None:
        return _unknown("log", None, heard.why)
    told = "a message that was sent stands in the log after {0:.1f} s".format(heard.seconds)
    if heard.found:
        return Criterion("log", True, round(heard.seconds, 1), None, told)
    if heard.grown > 0:
        text = "{0} were written in {1:.0f} s; the message that was sent is not among them (a rule may exclude it)"
        return Criterion("log", True, None, None, text.format(_bytes(heard.grown), heard.seconds))
    text = (
        "nothing is written to the log: a message that was sent is not in it after {0:.0f} s (auditd may have "
        "suspended itself, the kernel's audit be off, or a rule exclude messages of the type USER)"
    )
    return Criterion("log", False, None, None, text.format(heard.seconds))


def log_growth(before: Sizes, after: Sizes, limit: Optional[int]) -> Criterion:
    """How many bytes a second were written to the log. Nothing at all is no rate: the daemon may not write."""
    if before.files is None or after.files is None or after.at <= before.at:
        return _unknown("log_growth", limit, before.why or after.why or "no time has passed")
    if not after.files:
        return _unknown("log_growth", limit, "there is no log")
    total, turned_over = written(before, after)
    seconds = after.at - before.at
    if not total:
        return _unknown("log_growth", limit, "nothing was written in {0:.0f} s".format(seconds), 0.0)
    rate = total / seconds
    text = "{0}{1} written in {2:.0f} s, {3} a second".format(
        "at least " if turned_over else "", _bytes(total), seconds, _bytes(rate)
    )
    return Criterion("log_growth", limit is None or rate <= limit, round(rate, 1), limit, text)


def retention(
    growth: Criterion, values: Optional[Plain], logs: Optional[Plain], after: Sizes, limit: float
) -> Criterion:
    """How many days the log would last, if it went on growing as it did.

    Args:
        growth: What :func:`log_growth` said.
        values: The effective values of auditd.conf, or None where they are not known.
        logs: The part ``logs`` of the posture, or None.
        after: The files of the log at the end.
        limit: Days; 0 where any number will do.
    """
    if not growth.value or values is None or logs is None or after.files is None:
        return _asked(limit, _unknown("retention", limit, growth.text if values is not None else "no auditd.conf"))
    rate = growth.value * DAY
    known = {
        "bytes_per_day": rate,
        "writes": True,
        "rotates": log_forecast.rotates(values),
        "bytes": sum(after.files.values()),
        "age_days": None,
    }
    told = log_forecast.forecast(known, log_forecast.sure(values), log_forecast.room(values, logs["filesystem"]), False)
    days = told.get("retention_days")
    if days is None:
        return _asked(limit, _unknown("retention", limit, "how much room the log has is not known"))
    text = "at this rate the log lasts {0:.1f} days, bound by {1}".format(days, told["retention_bound"])
    return Criterion("retention", days >= limit, days, limit, text)


def _asked(limit: float, unknown: Criterion) -> Criterion:
    """Where any number will do nothing has to be known."""
    return unknown if limit > 0 else unknown._replace(ok=True)


def _unknown(name: str, limit: Any, why: str, value: Any = None) -> Criterion:
    return Criterion(name, None, value, limit, why or "it could not be told")


def _unseen(part: Optional[Plain], why: Optional[str]) -> str:
    """Why a part of the posture leaves a question open: what it could not see, or why it is not there."""
    return "; ".join((part or {}).get("not_seen") or ()) or why or "it could not be seen"


def _why(looks: Sequence[Look]) -> str:
    reasons = [look.why for look in looks if look.why]
    return reasons[0] if reasons else "the kernel does not tell it"


def _seconds(looks: Sequence[Look]) -> float:
    return looks[-1].at - looks[0].at


def _counted(number: int, noun: str) -> str:
    return "{0} {1}{2}".format(number, noun, "" if number == 1 else "s")


def _bytes(number: float) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= size:
            return "{0:.1f} {1}".format(number / size, unit)
    return "{0:.0f} B".format(number)
