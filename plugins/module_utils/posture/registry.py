# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The posture: one collector for each part, run in order.

A collector that fails leaves an error for its part, and the rest is collected
all the same. AnsiballZ ships what is imported by name, so the registry imports
each collector; there is no discovery.
"""

import os
import pwd
import time
from typing import Any, Callable, Dict, Iterable, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    alerts,
    boot,
    clock,
    configuration,
    copies,
    daemon,
    disk_rules,
    drift,
    fim,
    host_facts,
    kernel_options,
    kernel_rules,
    kernel_status,
    logins,
    logs,
    packages,
    path_state,
    permissions,
    privileged,
    service,
    shipping,
    system,
    trail,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION, Context
from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION

Plain = Dict[str, Any]


class Collector(NamedTuple):
    """``collect(context, posture)`` returns the part; ``posture`` holds the parts before it.

    ``needs`` are the parts that it looks at there.
    """

    part: str
    collect: Callable[[Context, Plain], Any]
    needs: Tuple[str, ...] = ()


COLLECTORS: Tuple[Collector, ...] = (
    Collector("host", host_facts.collect),
    Collector("system", system.collect),
    Collector("service", service.collect, ("system",)),
    Collector("packages", packages.collect, ("system",)),
    Collector("status", kernel_status.collect),
    Collector("kernel", kernel_options.collect, ("host",)),
    Collector("daemon", daemon.collect, ("service", "packages", "status")),
    Collector("rules", kernel_rules.collect, ("host",)),
    Collector("disk", disk_rules.collect, ("host", "service")),
    Collector("drift", drift.collect, ("host", "status", "rules", "disk")),
    Collector("boot", boot.collect),
    Collector("config", configuration.collect, ("host",)),
    Collector("logs", logs.collect, ("config",)),
    Collector("copies", copies.collect, ("config", "daemon", "service")),
    Collector("permissions", permissions.collect, ("config",)),
    Collector("shipping", shipping.collect, ("config", "daemon", "service")),
    Collector("alerts", alerts.collect, ("config", "shipping")),
    Collector("clock", clock.collect),
    Collector("fim", fim.collect, ("config",)),
    Collector("logins", logins.collect, ("config",)),
    Collector("trail", trail.collect, ("host", "config", "logs")),
    Collector("privileged", privileged.collect),
    # The last: the others name the paths.
    Collector("paths", path_state.collect, ("host", "rules", "disk")),
)


def chosen(parts: Iterable[str], collectors: Sequence[Collector] = COLLECTORS) -> Tuple[Collector, ...]:
    """The collectors of some parts and of what these need, in their order.

    Raises:
        ValueError: there is no such part.
    """
    by_part = {collector.part: collector for collector in collectors}
    wanted, waiting = set(), list(parts)
    while waiting:
        part = waiting.pop()
        if part not in by_part:
            raise ValueError("the posture has no part {0!r}".format(part))
        if part not in wanted:
            wanted.add(part)
            waiting.extend(by_part[part].needs)
    return tuple(collector for collector in collectors if collector.part in wanted)


def collect(
    context: Context, collectors: Sequence[Collector] = COLLECTORS, parts: Optional[Iterable[str]] = None
) -> Plain:
    """This host's posture, as docs/reference/posture.md describes it.

    Args:
        context: What is asked.
        collectors: In the order in which they need each other.
        parts: Only these parts, and those that they need; None for all.

    Returns:
        ``posture_version, tool, collected`` (UTC), ``privilege``, ``errors`` by part, and each part that could be
        collected.
    """
    posture: Plain = {
        "posture_version": POSTURE_VERSION,
        "tool": {"name": "auditops.trail", "version": VERSION},
        "collected": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "privilege": _privilege(),
        "errors": {},
    }
    for collector in collectors if parts is None else chosen(parts, collectors):
        try:
            posture[collector.part] = collector.collect(context, posture)
        except TrailError as exc:
            posture["errors"][collector.part] = {
                "message": exc.message,
                "file": exc.file,
                "line": exc.line,
                "remedy": exc.remedy,
            }
        except Exception as exc:  # a fault of one collector must not take the others' evidence with it
            posture["errors"][collector.part] = {
                "message": "the collector of {0!r} failed: {1!r}".format(collector.part, exc),
                "file": None,
                "line": None,
                "remedy": "report this as a fault of auditops.trail {0}.".format(VERSION),
            }
    return posture


def _privilege() -> Plain:
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = "uid {0}".format(uid)
    return {"euid": uid, "user": name}
