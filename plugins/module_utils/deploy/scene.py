# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that rules are deployed on: whether they can be, what is known of it, and whose auditctl reads the lines."""

import os
from typing import Any, Dict, List, NamedTuple, Optional, Set, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.candidate import candidate_version
from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate
from ansible_collections.auditops.trail.plugins.module_utils.deploy import as_installed, existing, switched_off
from ansible_collections.auditops.trail.plugins.module_utils.deploy.wanted import RULES_DIR, Given
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.host import NEWEST_AUDIT, spelled
from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    evidence,
    logins_containers,
    registry,
    system,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen
from ansible_collections.auditops.trail.plugins.module_utils.rules import kernel, netlink
from ansible_collections.auditops.trail.plugins.module_utils.rules.paths import PathState

Plain = Dict[str, Any]
_INIT = "systemd"
_PARTS = ("host", "system", "service", "status", "disk", "paths")
_EMPTY: Plain = {"controls": [], "loader": "auto"}


class Scene(NamedTuple):
    """What is known of the host.

    ``candidate``: audit is not installed, and lines are read for the release that would be. ``loader`` is what loads
    the rules at boot. ``assumed`` are files of rules.d that the package brings, where it is not installed.
    """

    posture: Plain
    paths: PathState
    version: Tuple[int, ...]
    candidate: bool
    loader: str
    warnings: Tuple[str, ...]
    assumed: Dict[str, bytes] = {}

    def settled(self, given: Given) -> Given:
        """What is asked for, with what the host decides: the files that it will have, and the lock of audit uids.

        A login inside of a container sets an audit uid of its own, so where profiles ask for that lock (the control
        kernel.loginuid_immutable) it is taken where nothing runs containers.
        """
        if given.rules_dir == RULES_DIR:
            given = given._replace(assumed=self.assumed)
        if given.loginuid_immutable is not None:
            return given
        if not given.immutable or not given.demanded.get("loginuid_immutable"):
            return given._replace(loginuid_immutable=False)
        found = container_runtimes()
        if found is None:
            said = "whether containers run here could not be told: the audit uids of processes are not locked"
            given = given._replace(notes=(*given.notes, said))
        return given._replace(loginuid_immutable=found == [])


def container_runtimes() -> Optional[List[str]]:
    """What runs containers on this host; None where that cannot be told (posture/logins_containers.py)."""
    return logins_containers.collect(Seen(Context()))


def not_applicable(context: Context) -> Optional[str]:
    """Why no rules can be deployed here; None where nothing stands in the way, or a reboot alone (switched_off.py).

    Raises:
        EvidenceError: it cannot be told, as without root.
    """
    kind = system.container(context)
    if kind not in (None, "none"):
        return "this is a container ({0}): the kernel's audit system is its host's".format(kind)
    init = system.init(context)
    if init != _INIT:
        return "process 1 is {0}, and the services of {1} alone are known here".format(init or "unknown", _INIT)
    try:
        kernel.read_status()
    except netlink.Refused as exc:
        if exc.errno in netlink.ABSENT and switched_off.reason() is not None:
            return None
        if exc.errno in netlink.ABSENT:
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
    evidence.require(posture, "host")
    if switched_off.reason() is None:
        evidence.require(posture, "status")
    warnings: List[str] = []
    installed = posture["host"]["auditctl_version"]
    missing = not installed
    assumed: Dict[str, bytes] = {}
    if missing:
        if not check_mode:
            raise TrailError(
                "the audit package is not installed: there is no auditctl",
                remedy="install it, as the role auditops.trail.auditd does (Debian and Ubuntu: auditd; others: audit).",
            )
        posture, said = _as_installed(posture)
        warnings.append(said)
        assumed, unknown = as_installed.rules_files((posture.get("system") or {}).get("os"), existing.names(RULES_DIR))
        warnings += unknown
    paths = PathState.from_dict(posture["paths"]) if missing else PathState.of_host()
    disk = posture.get("disk") or {}
    return Scene(
        posture,
        paths,
        tuple(posture["host"]["auditctl_version"]),
        missing,
        disk.get("loader") or "augenrules",
        tuple(warnings),
        assumed,
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
