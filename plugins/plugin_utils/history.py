# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of runs: a folder with one small file a run, which is only ever added to.

A file's name is the time of its run and some random letters, so that two runs
at once write two files. Verdicts are kept as one letter a control, in the order
of the run's controls: a year of daily runs of many hosts is still read at once.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import moments, results

HISTORY_VERSION = 1
FOLDER = "history"
"""Below the folder of results, where no other is given."""
VARIABLE = "audit_compliance_history_dir"
LETTERS = {"pass": "p", "fail": "f", "error": "e", "waived": "w", "manual": "m", "not_applicable": "n"}
NOT_JUDGED = "-"
_VERDICTS = {letter: verdict for verdict, letter in LETTERS.items()}
_DECODER = json.JSONDecoder()
_NAME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}-\d{2}-\d{2}Z-[0-9a-f]+\.json\Z")


@dataclass(frozen=True)
class Observation:
    """What one run found of one host. ``at`` is when the evidence was collected, which orders them."""

    at: str
    verdicts: Mapping[str, str]
    lost: int | None
    boot_id: str | None
    by: Mapping[str, str] = field(default_factory=dict)
    """By what each control was judged (judgement.judged_by); older runs do not tell it."""


@dataclass(frozen=True)
class Stretch:
    """Observations of a host in a row with the same verdicts by the same rules: ``number``, ``first`` to ``last``."""

    first: str
    last: str
    number: int
    verdicts: Mapping[str, str]
    by: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """One run: ``hosts`` are those it judged, ``not_assessed`` the names of the others."""

    file: str
    started: str | None
    finished: str
    tool: str
    catalogue: str | None
    profiles: tuple[str, ...]
    hosts: dict[str, Observation]
    not_assessed: tuple[str, ...]


@dataclass
class History:
    """The runs, the oldest first, and ``unread``: ``file`` and ``reason`` of what else lies in the folder."""

    runs: list[Run] = field(default_factory=list)
    unread: list[dict[str, str]] = field(default_factory=list)


def of(fleet: Mapping[str, Any]) -> Run:
    """A run as it will be read again once it was added.

    Args:
        fleet: As results.fleet_result makes it.
    """
    return Run(
        file="",
        started=fleet["started"],
        finished=fleet["finished"] or results.now(),
        tool=f"{fleet['tool']['name']} {fleet['tool']['version']}",
        catalogue=(fleet.get("catalogue") or {}).get("sha256"),
        profiles=tuple(sorted({profile["id"] for result in fleet["results"] for profile in result["profiles"]})),
        hosts={result["host"]: observed(result) for result in fleet["results"]},
        not_assessed=tuple(gone["host"] for gone in fleet["not_assessed"]),
    )


def append(folder: str, fleet: Mapping[str, Any]) -> str:
    """Add a run.

    Args:
        folder: The history's folder; it is made where there is none.
        fleet: As results.fleet_result makes it.

    Returns:
        The file.

    Raises:
        TrailError: it could not be written.
    """
    run = of(fleet)
    controls = sorted({name for seen in run.hosts.values() for name in seen.verdicts})
    bases: dict[tuple[str | None, ...], int] = {}
    hosts = {host: _kept(seen, controls, bases) for host, seen in run.hosts.items()}
    data = {
        "history_version": HISTORY_VERSION,
        "tool": run.tool,
        "started": run.started,
        "finished": run.finished,
        "catalogue": run.catalogue,
        "profiles": run.profiles,
        "controls": controls,
        "judged_by": list(bases),
        "hosts": hosts,
        "not_assessed": run.not_assessed,
    }
    name = f"{run.finished.replace(':', '-')}-{secrets.token_hex(4)}.json"
    path = os.path.join(folder, name)
    remedy = f"set {VARIABLE} to a folder that the user of the controller can write to."
    text = json.dumps(data, separators=(",", ":"), sort_keys=True) + "\n"
    results.write_text(path, text, "the history of this run", remedy)
    return path


def read(folder: str) -> History:
    """The whole history; a folder that is not there holds none.

    What is no file of a run is left as it is, and named with the reason.

    Args:
        folder: The history's folder.

    Raises:
        TrailError: the folder cannot be listed.
    """
    found = History()
    shared: dict[Any, Any] = {}
    for path in _files(folder):
        try:
            found.runs.append(_run(path, shared))
        except EvidenceError as exc:
            found.unread.append({"file": path, "reason": exc.message})
    found.runs.sort(key=lambda run: (run.finished, run.file))
    return found


def latest(folder: str, host: str, before: str | None = None) -> Observation | None:
    """The newest observation of one host, without its verdicts: each host of a run asks, so only its lines are parsed.

    Args:
        folder: The history's folder.
        host: The inventory's name of it.
        before: Only evidence older than this time counts.

    Raises:
        TrailError: the folder cannot be listed.
    """
    for path in reversed(_files(folder)):
        if not _NAME.match(os.path.basename(path)):
            continue
        try:
            with open(path, encoding="ascii") as handle:
                seen = _seen(handle.read(), host)
        except (OSError, ValueError):
            continue  # read() names it in the report
        if seen is not None and (before is None or seen.at < before):
            return seen
    return None


def _seen(text: str, host: str) -> Observation | None:
    """What a file of the history holds of one host.

    Raises:
        ValueError: it is damaged where it tells it.
    """
    if f'"history_version":{HISTORY_VERSION},' not in text:
        return None
    key = json.dumps(host) + ":"
    place = text.find(key + "{")
    while place >= 0:
        told, _end = _DECODER.raw_decode(text, place + len(key))
        if isinstance(told.get("at"), str):  # a host may be called hosts
            return Observation(moments.check(told["at"]), {}, *_loss(host, told))
        place = text.find(key + "{", place + 1)
    return None


def _loss(host: str, told: Mapping[str, Any]) -> tuple[int | None, str | None]:
    lost, boot_id = told.get("lost"), told.get("boot_id")
    if not isinstance(lost, (int, type(None))) or not isinstance(boot_id, (str, type(None))):
        raise ValueError(f"{host} has lost {lost!r} and boot_id {boot_id!r}")
    return lost, boot_id


def observations(runs: Iterable[Run]) -> dict[str, list[Observation]]:
    """By host, what was seen of it, ordered by the time of the evidence.

    The same evidence judged twice is one observation: what the later run made of it.
    """
    found: dict[str, dict[str, Observation]] = {}
    for run in runs:
        for host, seen in run.hosts.items():
            found.setdefault(host, {})[seen.at] = seen
    return {host: [seen for _at, seen in sorted(own.items())] for host, own in found.items()}


def stretches(own: Iterable[Observation]) -> list[Stretch]:
    """The observations of one host, in their order, as stretches: most runs find what the run before found."""
    found: list[Stretch] = []
    for one in own:
        last = found[-1] if found else None
        if last is not None and _is_same(last.verdicts, one.verdicts) and _is_same(last.by, one.by):
            found[-1] = Stretch(last.first, one.at, last.number + 1, last.verdicts, last.by)
        else:
            found.append(Stretch(one.at, one.at, 1, one.verdicts, one.by))
    return found


def _is_same(first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    return first is second or first == second


def observed(result: Mapping[str, Any]) -> Observation:
    """The observation that a host's result is."""
    lost, boot_id = _counter(result)
    return Observation(
        at=str((result.get("evidence") or {}).get("collected") or result["finished"]),
        verdicts={control["id"]: control["verdict"] for control in result["controls"]},
        lost=lost,
        boot_id=boot_id,
        by={control["id"]: control["judged_by"] for control in result["controls"] if control.get("judged_by")},
    )


def _counter(result: Mapping[str, Any]) -> tuple[int | None, str | None]:
    told = result.get("lost") or {}
    return told.get("now"), told.get("boot_id")


def _kept(seen: Observation, controls: list[str], bases: dict[tuple[str | None, ...], int]) -> dict[str, Any]:
    """What a file keeps of a host; most of them were judged by the same, which stands once in ``bases``."""
    letters = "".join(LETTERS[seen.verdicts[name]] if name in seen.verdicts else NOT_JUDGED for name in controls)
    kept: dict[str, Any] = {"at": seen.at, "verdicts": letters}
    if seen.by:
        kept["by"] = bases.setdefault(tuple(seen.by.get(name) for name in controls), len(bases))
    if seen.lost is not None:
        kept["lost"] = seen.lost
    if seen.boot_id is not None:
        kept["boot_id"] = seen.boot_id
    return kept


def _files(folder: str) -> list[str]:
    """Every visible file but those that only a person keeps there, in the order of their names."""
    try:
        names = os.listdir(folder) if os.path.isdir(folder) else []
    except OSError as exc:
        raise TrailError(
            f"the history of earlier runs could not be listed: {exc.strerror}",
            file=folder,
            remedy=f"let the user of the controller read it, or correct {VARIABLE}.",
        ) from exc
    # What begins with a dot is being written, perhaps by another run.
    return [os.path.join(folder, name) for name in sorted(names) if not name.startswith(".")]


def _run(path: str, shared: dict[Any, Any]) -> Run:
    """The run of a file; equal verdicts of several runs are one object, kept in ``shared``.

    Raises:
        EvidenceError: it is no file of a run.
    """
    if not _NAME.match(os.path.basename(path)) or not os.path.isfile(path):
        raise EvidenceError("is no file of the history.", file=path)
    data = results.read_json(path)
    if data.get("history_version") != HISTORY_VERSION:
        told = data.get("history_version")
        raise EvidenceError(f"is of version {told!r}; version {HISTORY_VERSION} can be read here.", file=path)
    try:
        controls = tuple(str(name) for name in data["controls"])
        controls = shared.setdefault(controls, controls)
        moments.check(data["finished"])
        return Run(
            file=path,
            started=data["started"],
            finished=data["finished"],
            tool=str(data["tool"]),
            catalogue=data["catalogue"],
            profiles=tuple(data["profiles"]),
            hosts=dict(_hosts(data["hosts"], controls, _bases(data.get("judged_by") or [], controls, shared), shared)),
            not_assessed=tuple(str(name) for name in data["not_assessed"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise EvidenceError(f"is damaged: {type(exc).__name__}: {exc}", file=path) from exc


def _bases(
    told: Iterable[Iterable[str | None]], controls: tuple[str, ...], shared: dict[Any, Any]
) -> list[Mapping[str, str]]:
    """By what hosts were judged; what is equal in several runs is one object."""
    found = []
    for one in told:
        key = (id(controls), tuple(one))
        if key not in shared:
            shared[key] = {name: str(by) for name, by in zip(controls, key[1], strict=True) if by is not None}
        found.append(shared[key])
    return found


def _hosts(
    kept: Mapping[str, Mapping[str, Any]],
    controls: tuple[str, ...],
    bases: list[Mapping[str, str]],
    shared: dict[Any, Any],
) -> Iterator[tuple[str, Observation]]:
    for host, told in kept.items():
        letters = str(told["verdicts"])
        key = (id(controls), letters)  # the tuple lives in shared, and takes long to hash
        if key not in shared:
            if len(letters) != len(controls):
                raise ValueError(f"{host} has {len(letters)} verdicts on {len(controls)} controls")
            shared[key] = {
                name: _VERDICTS[letter] for name, letter in zip(controls, letters, strict=True) if letter != NOT_JUDGED
            }
        moments.check(told["at"])
        by = told.get("by")
        if by is not None and not 0 <= by < len(bases):
            raise ValueError(f"{host} was judged by {by!r}, and there are {len(bases)}")
        yield host, Observation(told["at"], shared[key], *_loss(host, told), {} if by is None else bases[by])
