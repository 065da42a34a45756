# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of earlier runs: kept, but out of the folder in which what this run found lies.

A host that left the inventory, or that --limit leaves out, has no result in
this run; its old file among the new ones would be taken for today's. Nothing
is deleted but what a newer result of the same host replaces; what somebody
else keeps there stays as it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import results

EARLIER_DIR = "earlier"


def set_aside(folder: str, hosts: Iterable[str]) -> list[str]:
    """Move the results of other hosts than ``hosts`` from hosts/ to earlier/.

    A host that has a result of this run loses the one in earlier/, so that each host has one file.

    Args:
        folder: Where the results of the run lie.
        hosts: The hosts that have a result of this run.

    Returns:
        The hosts whose results were moved.

    Raises:
        TrailError: A file could not be moved, or what is no result has its place in earlier/.
    """
    here, there = os.path.join(folder, results.HOST_DIR), os.path.join(folder, EARLIER_DIR)
    current = {os.path.basename(results.host_file(folder, host)) for host in hosts}
    moved = []
    for name in _names(there):
        path = os.path.join(there, name)
        if name in current and _result(path) is not None:
            with _told(path, "this result of an earlier run could not be replaced"):
                os.unlink(path)
    for name in _names(here):
        path, aside = os.path.join(here, name), os.path.join(there, name)
        result = _result(path) if name not in current else None
        if result is None:
            continue
        if os.path.lexists(aside) and _result(aside) is None:
            raise TrailError(
                f"this is no result of a host, and has the place to which {path} is to be moved.",
                file=aside,
                remedy="move it away, or give it another name.",
            )
        with _told(path, "this result of an earlier run could not be set aside"):
            os.makedirs(there, mode=0o700, exist_ok=True)
            os.replace(path, aside)
        moved.append(str(result["host"]))
    return moved


def known(folder: str) -> list[dict[str, Any]]:
    """What lies in earlier/: ``host``, ``finished`` and ``assessed`` of each result, by host.

    Raises:
        TrailError: The folder could not be listed.
    """
    there = os.path.join(folder, EARLIER_DIR)
    found = [_result(os.path.join(there, name)) for name in _names(there)]
    told = [{name: one.get(name) for name in ("host", "finished", "assessed")} for one in found if one is not None]
    return sorted(told, key=lambda one: str(one["host"]))


def _names(folder: str) -> list[str]:
    with _told(folder, "this folder of results could not be listed"):
        found = os.listdir(folder) if os.path.isdir(folder) else []
    # What begins with a dot is being written, perhaps by another run.
    return sorted(name for name in found if name.endswith(".json") and not name.startswith("."))


@contextmanager
def _told(path: str, what: str) -> Iterator[None]:
    """Turn what the system refuses into an error with file and remedy."""
    try:
        yield
    except OSError as exc:
        raise TrailError(
            f"{what}: {exc.strerror}",
            file=path,
            remedy="move it away, or set audit_compliance_result_dir (of a rollout: rollout_result_dir) to a folder "
            "that the user of the controller owns.",
        ) from exc


def _result(path: str) -> dict[str, Any] | None:
    """The host result in a file; None for whatever else somebody keeps there."""
    if not os.path.isfile(path):  # a folder; or a pipe, which would be waited for
        return None
    try:
        data = results.read_json(path)
    except EvidenceError:
        return None
    return data if "result_version" in data and "host" in data else None
