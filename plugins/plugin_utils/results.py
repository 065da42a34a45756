# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host results and the fleet result: their shape, and how they reach the disk of the controller.

docs/reference/result.md describes the shape. A file is written beside its
place and then renamed, so a reader sees a whole result or none, and two runs
into one folder do not mix two halves.
"""

from __future__ import annotations

import json
import math
import os
from datetime import datetime, timezone
from typing import Any
from urllib.parse import quote

from ansible_collections.auditops.trail.plugins.module_utils.compliance import loading
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.module_utils.version import VERSION
from ansible_collections.auditops.trail.plugins.plugin_utils import atomic, judgement, occupied
from ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader import Selection

RESULT_VERSION = 2
VERDICTS = ("fail", "error", "waived", "manual", "pass", "not_applicable")
FLEET_FILE = "compliance.json"
HOST_DIR = "hosts"
LIVE, SAVED = "live", "saved posture"
"""Where a posture comes from."""
_MOST_LEVELS = 100
POSTURE_REMEDY = "give the path of one file that audit_compliance_save_posture wrote."


def now() -> str:
    """The time in UTC, to the second, as RFC 3339 writes it."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def host_result(
    host: str,
    selection: Selection,
    posture: dict[str, Any],
    judged: dict[str, dict[str, Any]],
    started: str,
    run_by: dict[str, Any],
    saved_posture: str | None = None,
) -> dict[str, Any]:
    """The verdict on every control of the selection for one host.

    Args:
        host: The inventory's name of it.
        selection: What was asked for.
        posture: The host's posture.
        judged: By control id, what compliance/evaluate.py said of the controls that have requirements.
        started: When the assessment began, UTC.
        run_by: Who ran it on the controller.
        saved_posture: The file that the posture came from, where it was not collected now.
    """
    controls = [judgement.of(control, selection, posture, judged.get(control.id)) for control in selection.controls]
    return {
        "result_version": RESULT_VERSION,
        "tool": {"name": "auditops.trail", "version": VERSION},
        "host": host,
        "assessed": True,
        "started": started,
        "finished": now(),
        "run_by": run_by,
        "privilege": posture.get("privilege"),
        "evidence": {
            "source": SAVED if saved_posture else LIVE,
            "file": saved_posture,
            "collected": posture.get("collected"),
            "sha256": judgement.digest(posture),
            "host": posture.get("host"),
        },
        "loading": loading.of(posture),
        "catalogue": selection.digest,
        "profiles": [
            {"id": one.id, "title": one.title, "version": one.version, "framework": one.framework}
            for one in selection.profiles
        ],
        "parameters": selection.parameters,
        "summary": count(controls),
        "lost": posture.get("lost_in_period"),
        "errors": [dict(error, part=part) for part, error in sorted((posture.get("errors") or {}).items())],
        "limits": sorted({limit for control in controls for entry in control["coverage"] for limit in entry["limits"]}),
        "controls": controls,
    }


def not_assessed(
    host: str, reason: str, started: str, run_by: dict[str, Any], saved_posture: str | None = None
) -> dict[str, Any]:
    """The result of a host that could not be judged at all, with the reason.

    Args:
        host: The inventory's name of it.
        reason: Why.
        started: When the assessment began, UTC.
        run_by: Who ran it on the controller.
        saved_posture: The file that was to be judged in its place; nobody has tried to reach the host then.
    """
    told: dict[str, Any] = {
        "result_version": RESULT_VERSION,
        "tool": {"name": "auditops.trail", "version": VERSION},
        "host": host,
        "assessed": False,
        "reason": reason,
        "started": started,
        "finished": now(),
        "run_by": run_by,
    }
    if saved_posture:
        told["evidence"] = {"source": SAVED, "file": saved_posture}
    return told


def count(controls: list[dict[str, Any]]) -> dict[str, int]:
    """How many controls have each verdict."""
    return {verdict: sum(1 for control in controls if control["verdict"] == verdict) for verdict in VERDICTS}


def fleet_result(
    results: list[dict[str, Any]], missing: list[dict[str, str]], pending: list[str] | None = None
) -> dict[str, Any]:
    """Everything known of the fleet; merging the same results again gives the same.

    Args:
        results: Host results, of :func:`host_result` or :func:`not_assessed`.
        missing: ``{"host", "reason"}`` of the hosts that left no result.
        pending: Hosts whose turn has not come yet (``serial``).
    """
    assessed = sorted((result for result in results if result["assessed"]), key=lambda result: result["host"])
    gone = [_gone(result) for result in results if not result["assessed"]] + missing
    # What was merged was found by other runs: it is not when this one was.
    own = [result for result in results if "merged_from" not in result] or results
    return {
        "result_version": RESULT_VERSION,
        "tool": {"name": "auditops.trail", "version": VERSION},
        "started": min((result["started"] for result in own), default=None),
        "finished": max((result["finished"] for result in own), default=None),
        "summary": dict(
            {verdict: sum(result["summary"][verdict] for result in assessed) for verdict in VERDICTS},
            hosts_assessed=len(assessed),
            hosts_not_assessed=len(gone),
        ),
        "not_assessed": sorted(gone, key=lambda entry: entry["host"]),
        "pending": sorted(pending or []),
        "results": assessed,
    }


def _gone(result: dict[str, Any]) -> dict[str, str]:
    """A host that was not assessed; ``source`` only where it was not to be asked itself."""
    told = {"host": result["host"], "reason": result["reason"]}
    source = (result.get("evidence") or {}).get("source")
    return dict(told, source=source) if source else told


def read_json(path: str, remedy: str | None = None) -> dict[str, Any]:
    """A file that holds one JSON object.

    Args:
        path: The file.
        remedy: What to give instead, where it is another file.

    Raises:
        EvidenceError: it cannot be read, or holds something else.
    """
    try:
        with open(path, encoding="utf-8") as handle:
            data = json.load(handle, parse_constant=_number, parse_float=_number)
    except IsADirectoryError as exc:
        raise EvidenceError("is a directory, not a file.", file=path, remedy=remedy) from exc
    except PermissionError as exc:
        advice = "let the user who runs ansible-playbook read it, or run as its owner."
        raise EvidenceError(f"cannot be read: {exc.strerror}", file=path, remedy=advice) from exc
    except OSError as exc:
        raise EvidenceError(f"cannot be read: {exc.strerror}", file=path, remedy=remedy) from exc
    except (ValueError, RecursionError) as exc:
        line = getattr(exc, "lineno", None)
        raise EvidenceError(f"is not JSON: {exc}", file=path, line=line, remedy=remedy) from exc
    if not isinstance(data, dict):
        raise EvidenceError("holds JSON, but not an object.", file=path, remedy=remedy)
    if _is_deep(data):
        raise EvidenceError(f"holds JSON of more than {_MOST_LEVELS} levels.", file=path, remedy=remedy)
    return data


def _number(text: str) -> float:
    """A number that can be written again; JSON has none for NaN and Infinity, and other programs refuse them.

    Raises:
        ValueError: it is none.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text[:20]} is no number")
    return value


def _is_deep(data: Any) -> bool:
    """Whether data has more levels than can be written again without fear for the stack."""
    level = [data]
    for _number in range(_MOST_LEVELS):
        level = [
            item
            for value in level
            if isinstance(value, (dict, list))
            for item in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def read_posture(path: str) -> dict[str, Any]:
    """A saved posture.

    Raises:
        EvidenceError: it cannot be read or is not a posture; its version is looked at where it is judged.
    """
    posture = read_json(path, POSTURE_REMEDY)
    if "posture_version" not in posture:
        raise EvidenceError(
            "this is JSON, but not a posture: it has no posture_version.", file=path, remedy=POSTURE_REMEDY
        )
    return posture


def read_result(path: str) -> dict[str, Any]:
    """A host result.

    Raises:
        EvidenceError: it cannot be read, or is of another version.
    """
    again = "run the assessment again with this version of the collection."
    result = read_json(path, again)
    if result.get("result_version") != RESULT_VERSION:
        raise EvidenceError(
            f"this result is of version {result.get('result_version')!r}; version {RESULT_VERSION} can be read here.",
            file=path,
            remedy=again,
        )
    return result


def host_file(folder: str, host: str) -> str:
    """Where a host's result lies; a name that is no file name is percent-encoded."""
    name = quote(host, safe="@:+,=")
    # In earlier/ the hosts' results lie beside the report of an earlier run.
    if name.startswith(".") or name + ".json" == FLEET_FILE:
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return os.path.join(folder, HOST_DIR, name + ".json")


def write_json(path: str, data: dict[str, Any], what: str = "the result", remedy: str | None = None) -> None:
    """Write a result; the arguments are those of :func:`write_text`.

    Raises:
        TrailError: the folder cannot be written to.
    """
    write_text(path, json.dumps(data, indent=1, sort_keys=True) + "\n", what, remedy)


def write_text(path: str, text: str, what: str = "the result", remedy: str | None = None) -> None:
    """Write, readable for its owner only (a result tells where a host is blind), then rename into place.

    Args:
        path: The file; its folder is made where there is none.
        text: What it is to hold.
        what: What that is, for people.
        remedy: What mends it where it cannot be written; by default, another folder of results.

    Raises:
        TrailError: the folder cannot be written to.
    """
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        atomic.put(path, text.encode("utf-8", "surrogateescape"))
    except OSError as exc:
        raise TrailError(
            f"{what} could not be written: {exc.strerror}", file=path, remedy=remedy or occupied.WRITE_REMEDY
        ) from exc
