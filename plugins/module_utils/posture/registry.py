# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The posture: one collector for each part, run in order.

A collector that fails leaves an error for its part, and the rest is collected
all the same. A collector's module is read when its part is asked for: on a target
Python compiles each file anew in each run, and most runs want a few parts.
"""

import importlib
import os
import pwd
import time
from types import ModuleType
from typing import Any, Callable, Dict, Iterable, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
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


def _of(module: str) -> Callable[[Context, Plain], Any]:
    """What collects a part: ``collect`` of a module beside this one."""

    def collected(context: Context, posture: Plain) -> Any:
        found = importlib.import_module("{0}.{1}".format(__name__.rpartition(".")[0], module))
        return found.collect(context, posture)

    return collected


def shipped() -> Tuple[ModuleType, ...]:
    """The modules of all collectors. AnsiballZ brings to a target what is imported by name, if only in here."""
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

    return (
        alerts, boot, clock, configuration, copies, daemon, disk_rules, drift, fim, host_facts, kernel_options,
        kernel_rules, kernel_status, logins, logs, packages, path_state, permissions, privileged, service,
        shipping, system, trail,
    )  # fmt: skip


COLLECTORS: Tuple[Collector, ...] = (
    Collector("host", _of("host_facts")),
    Collector("system", _of("system")),
    Collector("service", _of("service"), ("system",)),
    Collector("packages", _of("packages"), ("system",)),
    Collector("status", _of("kernel_status")),
    Collector("kernel", _of("kernel_options"), ("host",)),
    Collector("daemon", _of("daemon"), ("service", "packages", "status")),
    Collector("rules", _of("kernel_rules"), ("host",)),
    Collector("disk", _of("disk_rules"), ("host", "service")),
    Collector("drift", _of("drift"), ("host", "status", "rules", "disk")),
    Collector("boot", _of("boot")),
    Collector("config", _of("configuration"), ("host",)),
    Collector("logs", _of("logs"), ("config",)),
    Collector("copies", _of("copies"), ("config", "daemon", "service")),
    Collector("permissions", _of("permissions"), ("config",)),
    Collector("shipping", _of("shipping"), ("config", "daemon", "service")),
    Collector("alerts", _of("alerts"), ("config", "shipping")),
    Collector("clock", _of("clock")),
    Collector("fim", _of("fim"), ("config",)),
    Collector("logins", _of("logins"), ("config",)),
    Collector("trail", _of("trail"), ("host", "config", "logs")),
    Collector("privileged", _of("privileged")),
    # The last: the others name the paths.
    Collector("paths", _of("path_state"), ("host", "rules", "disk")),
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
