# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One report over the runs of several controllers: the results of their hosts, read from their folders.

Nothing in those folders is written to. What does not fit together is told as a
finding, and no result is taken for newer than it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import moments, occupied, result_form, results, wording

VARIABLE = "audit_compliance_merge"
OLD = timedelta(days=1)
"""Results that were collected longer before the report are told as old."""
_NAMED = 3
Plain = dict[str, Any]


def check(folders: Iterable[str]) -> None:
    """See that each folder is one of results.

    Args:
        folders: Where other controllers have left their results.

    Raises:
        TrailError: one is not.
    """
    for folder in folders:
        if not os.path.isdir(os.path.join(folder, results.HOST_DIR)):
            raise TrailError(
                f"this is no folder of results: it has no {results.HOST_DIR}/ in it.",
                file=folder,
                remedy=f"give {VARIABLE} the folders that audit_compliance_result_dir named on the other controllers.",
            )


def read(folders: Iterable[str], now: datetime) -> list[Plain]:
    """The results of the hosts in these folders, each with ``merged_from``, its folder.

    Args:
        folders: Where other controllers have left their results.
        now: The present, UTC.

    Raises:
        TrailError: a folder is none of results, is being written to, or holds a result that cannot be read.
    """
    folders = list(folders)
    check(folders)
    found = []
    for folder in folders:
        if occupied.is_taken(folder, now):
            raise TrailError(
                "a run is writing its results here; half of them are of an earlier one.",
                file=folder,
                remedy="merge when that run is over.",
            )
        found += [dict(_result(path), merged_from=folder) for path in _files(folder)]
    return found


def _files(folder: str) -> list[str]:
    place = os.path.join(folder, results.HOST_DIR)
    try:
        names = sorted(os.listdir(place))
    except OSError as exc:
        remedy = "let the user of the controller read it."
        raise TrailError(f"this folder of results could not be listed: {exc.strerror}", place, None, remedy) from exc
    return [os.path.join(place, name) for name in names if name.endswith(".json") and not name.startswith(".")]


def _result(path: str) -> Plain:
    """A host's result with everything that a report is made of.

    Raises:
        EvidenceError: it cannot be read, or is none.
    """
    found = results.read_result(path)
    try:
        result_form.check(found)
    except EvidenceError as exc:
        raise EvidenceError(f"is no result of a host: {exc.message}.", file=path, remedy=exc.remedy) from exc
    return found


def joined(
    own: Iterable[Plain], others: Iterable[Plain], now: datetime, lost: Iterable[str] = ()
) -> tuple[list[Plain], list[dict[str, str]]]:
    """One result for each host. What this run itself has asked counts as this run found it: an earlier pass of a host
    that cannot be reached any more, or one whose clock was ahead, is no answer of today.

    Among merged results one that was assessed counts rather than one that was not, and then the newer evidence; what
    claims to be of the future comes last.

    Args:
        own: The results of this run.
        others: Those of :func:`read`.
        now: The present, UTC.
        lost: The hosts that this run asked, and that left no result.

    Returns:
        The results, and a finding where a host had several.
    """
    chosen: dict[str, Plain | None] = {**dict.fromkeys(lost), **{result["host"]: result for result in own}}
    asked, twice = set(chosen), set()
    latest = moments.told(now + moments.SLACK)
    for result in others:
        host = result["host"]
        before = chosen.get(host)
        if host in chosen:
            twice.add(host)
        if host not in asked and (before is None or _rank(result, latest) > _rank(before, latest)):
            chosen[host] = result
    found = [result for result in chosen.values() if result is not None]
    if not twice:
        return found, []
    told = [f"{host} from {(chosen[host] or {}).get('merged_from') or 'this run'}" for host in sorted(twice)]
    return found, [
        _finding(
            "merge.twice",
            "A host has several results",
            "What this run asked itself counts, and else the one with the newer evidence: "
            + wording.some(told, _NAMED, "hosts"),
            "let one controller judge each host, or give hosts that are different different names.",
        )
    ]


def findings(found: Iterable[Plain], now: datetime) -> list[dict[str, str]]:
    """What does not fit together in a merged report.

    Args:
        found: The results that count, of :func:`joined`.
        now: The present, UTC.
    """
    found = list(found)
    told = []
    for name, title, value in _ALIKE:
        groups: dict[str, list[str]] = {}
        for result in found:
            if result["assessed"]:
                groups.setdefault(str(value(result)), []).append(result["host"])
        if len(groups) > 1:
            parts = [
                f"{one} on {wording.some(sorted(hosts), _NAMED, 'hosts')}" for one, hosts in sorted(groups.items())
            ]
            remedy = "judge every host by the same version, catalogue and site, and merge again."
            told.append(_finding(name, title, "; ".join(parts), remedy))
    before = moments.told(now - OLD)
    old = [result for result in found if result.get("merged_from") and _at(result) < before]
    if old:
        parts = [f"{result['host']}, {_at(result)}" for result in sorted(old, key=_at)]
        told.append(
            _finding(
                "merge.old",
                "A merged result is older than a day",
                wording.some(parts, _NAMED, "hosts"),
                "let the other controllers run again, and merge then.",
            )
        )
    return told


_ALIKE = (
    (
        "merge.catalogue",
        "Merged hosts were judged by different catalogues",
        lambda result: f"catalogue {str((result.get('catalogue') or {}).get('sha256'))[:16]}",
    ),
    (
        "merge.tool",
        "Merged hosts were judged by different versions of the collection",
        lambda result: f"version {result['tool']['version']}",
    ),
)


def _rank(result: Mapping[str, Any], latest: str) -> tuple[bool, bool, str]:
    return bool(result["assessed"]), _at(result) <= latest, _at(result)


def _at(result: Mapping[str, Any]) -> str:
    """When its evidence was collected; for a host that was not assessed, when that was found."""
    return str((result.get("evidence") or {}).get("collected") or result["finished"])


def _finding(name: str, title: str, text: str, remedy: str) -> dict[str, str]:
    return {"id": name, "title": title, "text": text, "severity": "medium", "remedy": remedy}
