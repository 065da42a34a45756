# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One scheduled run, from the lock to the notices.

The order is what makes it safe: what is new is kept as a notice that is to be
sent, in one file with what was told, before anything is sent. A run that dies
anywhere leaves the notice to the next one.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils import moments, results
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import (
    delivery,
    intake,
    lock,
    metrics,
    notice,
    playbook,
    problems,
    processes,
    pruning,
    state,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.problems import Problem
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings

LOG = "output.log"
LATEST = "latest"
UNABLE = 75
"""Exit code where the playbook did what it had to, and something beside it did not (EX_TEMPFAIL, sysexits.h)."""
LOST = 1
"""Exit code where nothing of a run could be kept."""
_TAIL = 20
_MOST_TAIL = 65536
Say = Callable[[str], None]


@dataclass
class Run:
    """What is known of a run so far."""

    name: str
    folder: str
    code: int = 0
    timed_out: bool = False
    seconds: float = 0.0
    found: list[Problem] = field(default_factory=list)
    fleet: dict[str, Any] | None = None
    figures: dict[str, Any] = field(default_factory=dict)
    new: int = 0


def once(told: Settings, say: Say = print, pause: float = 5.0, grace: float = processes.GRACE) -> int:
    """Make one run.

    Args:
        told: The settings of the schedule.
        say: Prints a line.
        pause: Seconds between two tries to send a notice.
        grace: Seconds that a playbook whose time is over has to end.

    Returns:
        The playbook's exit code (124: its time was over), or UNABLE where it is 0 and a notice could not be sent, a
        result not be pushed, or something not be written.

    Raises:
        TrailError: another run goes on, or the state cannot be read or kept.
        processes.Stopped: the runner was told to end, and has ended the playbook.
    """
    run = Run(pruning.named(moments.now(), secrets.token_hex(3)), "")
    try:
        _folders(told)
        with lock.hold(told.data) as handle:
            return _locked(told, run, handle, say, pause, grace)
    except lock.Held:
        run.code = UNABLE
        _measured(told, state.look(told.data), run)
        raise
    except processes.Stopped as exc:
        run.code = 128 + exc.number
        _measured(told, state.look(told.data), run)
        raise
    except (TrailError, OSError) as exc:
        run.code = LOST
        told_why = exc if isinstance(exc, TrailError) else _cannot(exc)
        _tell_lost(told, run, str(told_why), say, pause)
        raise told_why from exc


def _locked(told: Settings, run: Run, handle: int, say: Say, pause: float, grace: float) -> int:
    kept, damage = state.read(told.data)
    faults = [damage] if damage else []
    run.folder = os.path.join(told.runs, run.name)
    os.mkdir(run.folder, 0o700)
    _play(told, run, handle, say, grace)
    _report(told, run, say)
    _push(told, run, handle, grace)
    _remember(told, kept, run)
    faults += _pruned(told, run.name)
    faults += delivery.deliver(told, kept, say, pause)
    if any(one.kind in ("intake", "run") for one in run.found) or faults:
        run.code = run.code or UNABLE
    faults += _measured(told, kept, run)
    for fault in faults:
        say(f"fault: {fault}")
    return run.code or (UNABLE if faults else 0)


def _folders(told: Settings) -> None:
    for folder in (told.data, told.runs):
        os.makedirs(folder, mode=0o700, exist_ok=True)


def _cannot(exc: OSError) -> TrailError:
    return TrailError(
        f"the run cannot be kept: {exc.strerror}",
        file=exc.filename,
        remedy="run as the user of the schedule, and see that the file system of its data has room.",
    )


def _tell_lost(told: Settings, run: Run, why: str, say: Say, pause: float) -> None:
    """Tell of a run that could leave nothing where its data lies; neither mail nor metrics need a place there."""
    for fault in _measured(told, state.look(told.data), run):
        say(f"fault: {fault}")
    message = notice.unkept(told.name, _machine(told), run.name, moments.told(moments.now()), why)
    for channel in delivery.ways(told):
        fault = delivery.send(channel, message, told, pause)
        say(f"fault: {channel}: {fault}" if fault else f"{message['subject']}: sent by {channel}")


def _machine(told: Settings) -> str:
    return told.host or os.uname().nodename


def _play(told: Settings, run: Run, handle: int, say: Say, grace: float) -> None:
    """Run the playbook, and note what kept it from a report."""
    merge = []
    if told.drop:
        try:
            taken = intake.take(told.drop, os.path.join(told.data, "intake"), moments.now())
            merge, run.found = taken.folders, [*run.found, *taken.problems]
        except TrailError as exc:
            run.found.append(_fault(problems.NOTHING_TAKEN[1], "Nothing that hosts have sent was taken", str(exc)))
    file = os.path.join(run.folder, playbook.VARIABLES)
    state.put(file, playbook.variables(told, run.folder, merge), 0o600)
    log = os.path.join(run.folder, LOG)
    say(f"run {run.name}: its output goes to {log}")
    with open(log, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        try:
            done = processes.limited(
                playbook.command(told, file),
                told.time_limit,
                out,
                cwd=told.data,
                environ=playbook.environ(told, os.environ),
                keep=[handle],
                grace=grace,
            )
        except OSError as exc:
            out.write(f"{playbook.command(told, file)[0]}: {exc.strerror}\n".encode())
            done = processes.Outcome(127, False, 0.0, 0)
    run.code, run.timed_out, run.seconds = done.code, done.timed_out, done.seconds
    if done.ended:
        say(f"{done.ended} processes that it had left behind were ended")


def _report(told: Settings, run: Run, say: Say) -> None:
    """Read the report of the run, and note what is wrong with it."""
    path = os.path.join(run.folder, results.FLEET_FILE)
    tail = _tail(os.path.join(run.folder, LOG))
    if os.path.exists(path):
        try:
            fleet = results.read_json(path)
            found = problems.of_fleet(fleet, told.least_severity, timedelta(hours=told.stale_hours), moments.now())
            # All that is read of a report later on is read here, where one that is none can be told.
            figures = metrics.figures(fleet, time.time())
            problems.seen(fleet)
            run.found += found
            if not fleet.get("pending"):
                run.fleet, run.figures = fleet, figures
                _point(told.runs, run.name)
        except TrailError as exc:
            tail = f"{exc}\n{tail}"
        except (KeyError, TypeError, AttributeError, ValueError) as exc:
            tail = f"{path} is no report: {type(exc).__name__}: {exc}\n{tail}"
    if run.timed_out:
        text = f"After {told.time_limit} s it was ended. The last that it said:\n{tail}"
        run.found.append(_fault("time", "The time of the run was over", text))
    elif run.fleet is None:
        text = f"Exit code {run.code}. The last that it said:\n{tail}"
        run.found.append(_fault("report", "The run has made no report", text))
    elif run.code:
        text = f"Exit code {run.code}: its gate tripped, or something could not be kept. It said:\n{tail}"
        run.found.append(_fault("code", "The playbook failed, after its report", text))
    say(f"exit code {run.code} in {run.seconds:.0f} s" + ("" if run.fleet else ", no report"))
    if run.code:
        say(tail)


def _fault(name: str, title: str, text: str) -> Problem:
    return Problem("run", "", name, "high", title, text)


def _tail(path: str) -> str:
    try:
        with open(path, "rb") as handle:
            # A verbose run over a large fleet says gigabytes.
            handle.seek(max(0, os.fstat(handle.fileno()).st_size - _MOST_TAIL))
            lines = handle.read(_MOST_TAIL).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return "\n".join(lines[-_TAIL:]).strip()


def _point(runs: str, name: str) -> None:
    """Let ``latest`` lead to the run, so that a page can be kept open under one name."""
    temporary = os.path.join(runs, f".{LATEST}.{name}")
    try:
        os.symlink(name, temporary)
        os.replace(temporary, os.path.join(runs, LATEST))
    except OSError as exc:
        print(f"{runs}/{LATEST} could not be changed: {exc.strerror}", file=sys.stderr)


def _push(told: Settings, run: Run, handle: int, grace: float) -> None:
    """Bring the results to the control node."""
    if not told.push or run.fleet is None:
        return
    log = os.path.join(run.folder, "push.log")
    with open(log, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as out:
        try:
            done = processes.limited(
                playbook.push(told, run.folder, run.name),
                told.push_limit,
                out,
                cwd=run.folder,
                environ=playbook.environ(told, os.environ),
                keep=[handle],
                grace=grace,
            )
            code = done.code
        except OSError as exc:
            out.write(f"{told.push[0]}: {exc.strerror}\n".encode())
            code = 127
    if code:
        run.found.append(_fault("push", "The result was not pushed", f"Exit code {code}. It said:\n{_tail(log)}"))


def _remember(told: Settings, kept: state.State, run: Run) -> None:
    """Keep what is open now, and what is new as a notice that is to be sent; both in one step.

    Raises:
        TrailError: it cannot be kept; the run is as if it had not been, and the next one tells the same.
    """
    here: set[str] = set()
    if run.fleet is not None:
        here = problems.present(run.fleet, run.found, kept.hosts)
        run.found += problems.gone(kept.hosts, here)
    fresh = problems.new(run.found, kept.known)
    first = run.fleet is not None and not kept.reported
    kept.known, ended = problems.open_after(run.found, kept.known, run.fleet, here)
    run.new = len(fresh)
    ways = delivery.ways(told)
    if fresh and ways:
        report = run.folder if run.fleet is not None else ""
        at = moments.told(moments.now())
        made = notice.make(told.name, _machine(told), run.name, at, fresh, ended, first, report)
        kept.pending.append({"notice": made, "channels": ways})
    if run.fleet is not None:
        kept.hosts = sorted(here)
        kept.reported = True
        kept.figures = run.figures
    state.write(told.data, kept)


def _pruned(told: Settings, name: str) -> list[str]:
    faults = []
    latest = os.path.join(told.runs, LATEST)
    # The last report stays, also where no run has made one for long.
    kept = os.path.basename(os.readlink(latest)) if os.path.islink(latest) else name
    for folder, days in ((told.runs, told.report_days), (told.evidence, told.evidence_days)):
        try:
            pruning.prune(folder, days, moments.now(), kept)
        except (TrailError, OSError) as exc:
            faults.append(str(exc))
    return faults


def _measured(told: Settings, kept: state.State, run: Run) -> list[str]:
    if not told.textfile_dir:
        return []
    numbers = {
        "run_timestamp_seconds": time.time(),
        "run_duration_seconds": round(run.seconds, 3),
        "run_exit_code": run.code,
        "new_problems": run.new,
        "open_problems": len(kept.known),
        "notices_pending": len(kept.pending),
    }
    try:
        metrics.write(told.textfile_dir, told.name, metrics.render(told.name, kept.figures, numbers))
    except TrailError as exc:
        return [str(exc)]
    return []
