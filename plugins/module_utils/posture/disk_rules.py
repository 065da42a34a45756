# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules on disk: what the next load would put into the kernel."""

import os
from typing import Any, Dict

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.host import NEWEST_AUDIT, kernel_release
from ansible_collections.auditops.trail.plugins.module_utils.posture import codec, evidence, loading
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules.load import Load
from ansible_collections.auditops.trail.plugins.module_utils.rules.ondisk import (
    Merged,
    read_audit_rules,
    read_rules_dir,
)
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState
from ansible_collections.auditops.trail.plugins.module_utils.rules.simulate import simulate

MOST_LINES = 10000
"""More lines than this are not judged: the largest rule sets in use have hundreds, and a posture has to travel."""


def collect(context: Context, posture: Dict[str, Any]) -> Dict[str, Any]:
    """``loader``, ``folder``, and the load that these files would make (posture/codec.py).

    Raises:
        EvidenceError: a file or folder cannot be read.
    """
    evidence.require(posture, "host")
    folder = context.configuration
    if not os.path.isdir(folder):
        raise EvidenceError("there is no {0}".format(folder), remedy="install the audit package.")
    loader = context.loader if context.loader != "auto" else find_loader(context, posture)
    return dict(codec.load_to_plain(loaded_by(read(folder, loader, posture), posture)), loader=loader, folder=folder)


def read(folder: str, loader: str, posture: Dict[str, Any]) -> Merged:
    """The lines that auditctl would be given: of rules.d as augenrules merges it, or of audit.rules as it is.

    Raises:
        EvidenceError: a file or folder cannot be read, or has more lines than MOST_LINES.
    """
    host = posture["host"]
    version = tuple(host["auditctl_version"] or NEWEST_AUDIT)
    if loader == "augenrules":
        if host["awk"] is None:
            raise EvidenceError(
                "there is no awk here, and augenrules does not work without it", remedy="install mawk or gawk."
            )
        merged = read_rules_dir(os.path.join(folder, "rules.d"), host["awk"], version)
    else:
        merged = read_audit_rules(os.path.join(folder, "audit.rules"), version)
    if len(merged.lines) > MOST_LINES:
        first = merged.lines[MOST_LINES].origin
        raise EvidenceError(
            "there are {0} lines of rules; no more than {1} are read".format(len(merged.lines), MOST_LINES),
            first.file,
            first.line,
            "look at what has been written there, and take out what is not a rule set.",
        )
    return merged


def loaded_by(merged: Merged, posture: Dict[str, Any]) -> Load:
    """The load that these lines would make on this host."""
    load = simulate(
        merged.lines,
        evidence.dialect(posture),
        PathState.of_host(),
        kernel=kernel_release(posture["host"]["kernel"]),
        refused=merged.refused,
        lost=merged.lost,
    )
    return load._replace(warnings=tuple(merged.warnings) + tuple(load.warnings))


def find_loader(context: Context, posture: Dict[str, Any]) -> str:
    """``augenrules`` or ``auditctl``: what the services start to load the rules.

    As the part ``service`` tells, else as unit files and init scripts do. Where nothing tells, a rules.d folder speaks
    for augenrules.
    """
    told = (posture.get("service") or {}).get("loader") or loading.of_units(context) or loading.of_script(context, [])
    if told:
        return str(told)
    return loading.AUGENRULES if os.path.isdir(os.path.join(context.configuration, "rules.d")) else loading.AUDITCTL
