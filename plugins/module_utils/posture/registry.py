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
from typing import Any, Callable, Dict, NamedTuple, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    clock,
    disk_rules,
    fim,
    host_facts,
    kernel_rules,
    kernel_status,
    logins,
    path_state,
    privileged,
    trail,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import POSTURE_VERSION, Context
from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION

Plain = Dict[str, Any]


class Collector(NamedTuple):
    """``collect(context, posture)`` returns the part; ``posture`` holds the parts before it."""

    part: str
    collect: Callable[[Context, Plain], Any]


COLLECTORS: Tuple[Collector, ...] = (
    Collector("host", host_facts.collect),
    Collector("status", kernel_status.collect),
    Collector("rules", kernel_rules.collect),
    Collector("disk", disk_rules.collect),
    Collector("clock", clock.collect),
    Collector("fim", fim.collect),
    Collector("logins", logins.collect),
    Collector("trail", trail.collect),
    Collector("privileged", privileged.collect),
    # The last: the others name the paths.
    Collector("paths", path_state.collect),
)


def collect(context: Context, collectors: Sequence[Collector] = COLLECTORS) -> Plain:
    """This host's posture, as docs/reference/posture.md describes it.

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
    for collector in collectors:
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
