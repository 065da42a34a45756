# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Watching the audit system of a host for some seconds, and judging what was seen."""

import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.auditops.trail.plugins.module_utils import kernel_build
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import criteria, heard, looks, quick
from ansible_collections.auditops.trail.plugins.module_utils.health.criteria import Criterion, Limits
from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    audit_sockets,
    boot_parameters,
    configuration,
    kernel_status,
    registry,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel_write

Plain = Dict[str, Any]
_MOST_SECONDS = 3600
_NO_LOG = "there is no auditd.conf that names a log"


class Means(NamedTuple):
    """How a host is looked at; tests put others in their place.

    ``posture`` collects parts by name, ``ask`` gives the kernel's status (and ``refused``, of audit_sockets.refused),
    ``say`` puts a message into the trail, ``clock`` gives seconds that never go back.
    """

    posture: Callable[[Context, Any], Plain]
    ask: Callable[[Context], Plain]
    say: Callable[[str], None]
    clock: Callable[[], float]
    sleep: Callable[[float], None]


def _posture(context: Context, parts: Any) -> Plain:
    return registry.collect(context, parts=parts)


def _ask(context: Context) -> Plain:
    status = kernel_status.collect(context, {})
    return dict(status, refused=audit_sockets.refused(context, status["pid"] or 0))


OF_HOST = Means(_posture, _ask, kernel_write.say, time.monotonic, time.sleep)


def check_options(seconds: int, limits: Limits) -> None:
    """Refuse what cannot be meant.

    Raises:
        TrailError: it names the option and what it may be.
    """
    if not 0 <= seconds <= _MOST_SECONDS:
        _refuse("seconds", seconds, "0 to {0}".format(_MOST_SECONDS))
    if not 1 <= limits.backlog_percent <= 100:
        _refuse("limits.backlog_percent", limits.backlog_percent, "1 to 100")
    for name in ("lost", "log_bytes_per_second", "retention_days"):
        value = getattr(limits, name)
        if value is not None and value < 0:
            _refuse("limits." + name, value, "0 or more")


def _refuse(name: str, value: Any, may: str) -> None:
    raise TrailError("{0} is {1}, and has to be {2}".format(name, value, may), remedy="correct {0}.".format(name))


def watch(context: Context, seconds: int, prove_rules: bool, limits: Limits, means: Means = OF_HOST) -> Plain:
    """The health of this host.

    Args:
        context: How to look at it.
        seconds: For how long; 0 is the quick check, one look, which judges only what one look can tell.
        prove_rules: Whether the kernel's rules are compared with those of the files.
        limits: What is still well.
        means: How it is looked at.

    Returns:
        ``healthy``, ``criteria`` (each ``name, ok, value, limit, text``), ``status`` (quick.status), ``seconds``, and
        ``not_applicable``, which is null or the reason why there is nothing to judge; then there are no criteria.
    """
    first = means.posture(context, ("system", "status", "config"))
    reason = quick.not_applicable(context, first)
    off = None if reason else quick.off_at_boot(context, first)
    if reason or off:
        posture = dict(means.posture(context, ("service", "packages")), **first)
        found = [] if off is None else [criteria.off(off)]
        return _answer(criteria.healthy(found), found, quick.status(context, posture), seconds, reason)
    log = _log(context, first)
    before = _sizes(log, means)
    seen = looks.over(seconds, lambda: means.ask(context), means.clock, means.sleep)
    answer = _heard(log, seen[-1], means) if seconds > 0 else None
    after = _sizes(log, means)
    posture = means.posture(context, quick.PARTS if prove_rules else [one for one in quick.PARTS if one != "drift"])
    # audit_default of kernel/audit.c, by which kauditd keeps what the daemon's socket does not take.
    kept = boot_parameters.audit(kernel_build.boot_parameters(context.root))
    found = _judged(posture, seen, seconds, prove_rules, limits, kept)
    if answer is not None:
        found += _of_log(posture, answer, before, after, limits)
    return _answer(criteria.healthy(found), found, quick.status(context, posture), seconds, None)


def _judged(
    posture: Plain, seen: List[looks.Look], seconds: int, prove_rules: bool, limits: Limits, kept: bool
) -> List[Criterion]:
    found = [criteria.daemon(seen, posture.get("daemon"), _why(posture, "daemon"))]
    if prove_rules:
        loaded = posture.get("rules")
        number = None if loaded is None else len(loaded["loaded"])
        found.append(criteria.rules(posture.get("drift"), number, _why(posture, "drift")))
    if seconds > 0:
        found.append(criteria.lost(seen, limits.lost, kept))
    found.append(criteria.backlog(seen, limits.backlog_percent))
    return found


def _of_log(
    posture: Plain, answer: heard.Heard, before: looks.Sizes, after: looks.Sizes, limits: Limits
) -> List[Criterion]:
    values = _values(posture)
    if values is not None and not values["write_logs"]:
        return criteria.no_log()
    growth = criteria.log_growth(before, after, limits.log_bytes_per_second)
    retention = criteria.retention(growth, values, posture.get("logs"), after, limits.retention_days)
    return [criteria.log(answer), growth, retention]


def _values(posture: Plain) -> Optional[Plain]:
    return None if "config" in posture["errors"] else configuration.auditd_values(posture)


def _log(context: Context, posture: Plain) -> Optional[str]:
    """Where the log is for this process; None where no auditd.conf names one, or it says that none is written."""
    values = _values(posture)
    return None if values is None or not values["write_logs"] else context.path(values["log_file"])


def _sizes(log: Optional[str], means: Means) -> looks.Sizes:
    return looks.Sizes(means.clock(), None, _NO_LOG) if log is None else looks.sizes(log, means.clock)


def _heard(log: Optional[str], last: looks.Look, means: Means) -> heard.Heard:
    if log is None:
        return heard.unknown(_NO_LOG)
    if last.status is None or not last.status["pid"]:
        return heard.unknown(last.why or "nobody receives the kernel's records")
    return heard.heard(log, means.say, means.clock, means.sleep)


def _why(posture: Plain, part: str) -> Optional[str]:
    failed = posture["errors"].get(part)
    return None if failed is None else str(failed["message"])


def _answer(
    healthy: Optional[bool], found: List[Criterion], status: Plain, seconds: int, reason: Optional[str]
) -> Plain:
    return {
        "healthy": healthy,
        "criteria": [dict(one._asdict()) for one in found],
        "status": status,
        "seconds": seconds,
        "not_applicable": None if reason is None else {"reason": reason},
    }
