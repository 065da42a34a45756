# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that rules are deployed on: whether they can be, what is known of it, and whose auditctl reads the lines."""

import errno
import os
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.candidate import candidate_version
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.deploy import as_installed
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import NEWEST_AUDIT, spelled
from ansible_collections.auditops.trail.plugins.module_utils.posture import evidence, registry, system
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

Plain = Dict[str, Any]
_NO_AUDIT = (errno.EPROTONOSUPPORT, errno.EAFNOSUPPORT, errno.ECONNREFUSED)
_PARTS = ("host", "system", "service", "status", "disk", "paths")
_EMPTY: Plain = {"controls": [], "loader": "auto"}


class Scene(NamedTuple):
    """What is known of the host.

    ``candidate``: audit is not installed, and lines are read for the release that would be. ``loader`` is what loads
    the rules at boot.
    """

    posture: Plain
    paths: PathState
    version: Tuple[int, ...]
    candidate: bool
    loader: str
    warnings: Tuple[str, ...]


def not_applicable(context: Context) -> Optional[str]:
    """Why no rules can be deployed here; None where nothing stands in the way.

    Raises:
        EvidenceError: it cannot be told, as without root.
    """
    kind = system.container(context)
    if kind not in (None, "none"):
        return "this is a container ({0}): the kernel's audit system is its host's".format(kind)
    try:
        kernel.read_status()
    except netlink.Refused as exc:
        if exc.errno in _NO_AUDIT:
            return "the kernel has no audit system here: {0}".format(exc.message)
        raise
    return None


def look(plan: Optional[Plain], check_mode: bool) -> Scene:
    """The host as rules have to fit it.

    Args:
        plan: As compliance/evaluate.py takes it; None without profiles.
        check_mode: Whether a host without the audit package is looked at as if it were installed.

    Raises:
        TrailError: the audit package is not installed, or evidence is not there.
    """
    context = evaluate.context(plan or _EMPTY)
    if os.geteuid() != 0:
        raise EvidenceError(
            "only root can read and load rules; this is the user with uid {0}".format(os.geteuid()),
            remedy="set become: true.",
        )
    posture = registry.collect(context, parts=_parts(plan))
    for part in ("host", "status"):
        evidence.require(posture, part)
    warnings: List[str] = []
    installed = posture["host"]["auditctl_version"]
    missing = not installed
    if missing:
        if not check_mode:
            raise TrailError(
                "the audit package is not installed: there is no auditctl",
                remedy="install it, as the role auditops.trail.auditd does (Debian and Ubuntu: auditd; others: audit).",
            )
        posture, said = _as_installed(posture)
        warnings.append(said)
    paths = PathState.from_dict(posture["paths"]) if missing else PathState.of_host()
    disk = posture.get("disk") or {}
    return Scene(
        posture,
        paths,
        tuple(posture["host"]["auditctl_version"]),
        missing,
        disk.get("loader") or "augenrules",
        tuple(warnings),
    )


def _parts(plan: Optional[Plain]) -> Set[str]:
    """The parts of the posture that the plan's lines are made of, and those that are always needed."""
    sources = [control.get("for_each") or "" for control in (plan or _EMPTY)["controls"]]
    heads = {source.split(".")[0] for source in sources if source and not source.startswith("params.")}
    return heads | set(_PARTS)


def _as_installed(posture: Plain) -> Tuple[Plain, str]:
    version = candidate_version()
    read_for = NEWEST_AUDIT if version is None else version
    by = (
        "nothing here tells which release would be: lines are read as {0} reads them, the newest that is known"
        if version is None
        else "lines are read for {0}, which the package manager would install"
    )
    live = PathState.of_host()
    live.collect(list(posture["paths"]["objects"]) + as_installed.to_look_at())
    host = dict(posture["host"], auditctl_version=list(read_for))
    said = "audit is not installed; {0}".format(by.format(spelled(read_for)))
    return dict(posture, host=host, paths=as_installed.with_package(live.to_dict())), said
