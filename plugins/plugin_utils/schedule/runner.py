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
    channels,
    intake,
    lock,
    metrics,
    notice,
    playbook,
    problems,
    processes,
    pruning,
    settings,
    state,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.problems import Problem
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings

LOG = "output.log"
LATEST = "latest"
UNABLE = 75
"""Exit code where the playbook did what it had to, and something beside it did not (EX_TEMPFAIL, sysexits.h)."""
TRIES = 3
_TAIL = 20
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
    _folders(told)
    with lock.hold(told.data) as handle:
        kept, damage = state.read(told.data)
        faults = [damage] if damage else []
        run = Run(pruning.named(moments.now(), secrets.token_hex(3)), "")
        run.folder = os.path.join(told.runs, run.name)
        os.mkdir(run.folder, 0o700)
        _play(told, run, handle, say, grace)
        _report(told, run, say)
        _push(told, run, handle, grace)
        _remember(told, kept, run)
        faults += _pruned(told, run.name)
        faults += deliver(told, kept, say, pause)
        faults += _measured(told, kept, run)
        for fault in faults:
            say(f"fault: {fault}")
        return run.code or (UNABLE if faults or any(one.kind in ("intake", "run") for one in run.found) else 0)


def _folders(told: Settings) -> None:
    try:
        for folder in (told.data, told.runs):
            os.makedirs(folder, mode=0o700, exist_ok=True)
    except OSError as exc:
        raise TrailError(
            f"the data of the schedule cannot be written: {exc.strerror}",
            file=exc.filename,
            remedy="run as the user of the schedule.",
        ) from exc


def _play(told: Settings, run: Run, handle: int, say: Say, grace: float) -> None:
    """Run the playbook, and note what kept it from a report."""
    merge = []
    if told.drop:
        try:
            taken = intake.take(told.drop, os.path.join(told.data, "intake"), moments.now())
            merge, run.found = taken.folders, [*run.found, *taken.problems]
        except TrailError as exc:
            run.found.append(_fault("intake", "Nothing that hosts have sent was taken", str(exc)))
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
            now = moments.now()
            run.found += problems.of_fleet(fleet, told.least_severity, timedelta(hours=told.stale_hours), now)
            if not fleet.get("pending"):
                run.fleet = fleet
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
        with open(path, encoding="utf-8", errors="replace") as handle:
            return "".join(handle.readlines()[-_TAIL:]).strip()
    except OSError:
        return ""


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
    if run.fleet is not None:
        run.found += problems.gone(kept.hosts, run.fleet, kept.known)
    fresh = problems.new(run.found, kept.known)
    first = run.fleet is not None and not kept.reported
    forgotten = {one.key for one in run.found if run.fleet and one.kind == "host" and _has_left(one, run.fleet)}
    kept.known, ended = problems.open_after(run.found, kept.known, run.fleet)
    kept.known = {key: level for key, level in kept.known.items() if key not in forgotten}
    run.new = len(fresh)
    ways = list(settings.channels(told, _hook(told)[0]))
    if fresh and ways:
        report = run.folder if run.fleet is not None else ""
        at = moments.told(moments.now())
        made = notice.make(told.name, told.host or os.uname().nodename, run.name, at, fresh, ended, first, report)
        kept.pending.append({"notice": made, "channels": ways})
    if run.fleet is not None:
        kept.hosts = sorted(problems.hosts_of(run.fleet))
        kept.reported = True
        kept.figures = metrics.figures(run.fleet, time.time())
    state.write(told.data, kept)


def _has_left(problem: Problem, fleet: dict[str, Any]) -> bool:
    """Whether it tells that a host has left the inventory: told once, and nothing that could end."""
    return problem.host not in problems.hosts_of(fleet)


def _hook(told: Settings) -> tuple[settings.Webhook | None, str]:
    """The webhook, and what is wrong with it."""
    try:
        return settings.webhook(told), ""
    except TrailError as exc:
        # Whatever was meant: something was, and what it should have been told is not to be lost.
        return settings.Webhook("", {}), str(exc)


def deliver(told: Settings, kept: state.State, say: Say, pause: float = 5.0) -> list[str]:
    """Send what has not gone out, the oldest first; each way that took a notice is noted at once.

    Args:
        told: The settings of the schedule.
        kept: The state, which is written.
        say: Prints a line.
        pause: Seconds between two tries.

    Returns:
        Why a notice could not be sent, each reason once.
    """
    faults: list[str] = []
    hook, wrong = _hook(told)
    wanted = settings.channels(told, hook)
    closed: set[str] = set()
    for entry in list(kept.pending):
        for channel in list(entry["channels"]):
            if channel in wanted:
                if channel in closed:
                    continue
                why = wrong if channel == "webhook" and wrong else _sent(channel, entry["notice"], told, hook, pause)
                if why:
                    # What one notice meets the next one would meet: they keep their order, and time is not spent twice.
                    closed.add(channel)
                    faults.append(f"{channel}: {why}")
                    continue
                say(f"{entry['notice']['subject']}: sent by {channel}")
            else:
                say(f"{entry['notice']['subject']}: not sent by {channel}, which the schedule does not have any more")
            entry["channels"].remove(channel)
            if not entry["channels"]:
                kept.pending.remove(entry)
            state.write(told.data, kept)
    if faults:
        faults.append(f"{len(kept.pending)} notice(s) wait for the next run")
    return faults


def _sent(channel: str, message: dict[str, Any], told: Settings, hook: settings.Webhook | None, pause: float) -> str:
    """Why a notice was not taken, after several tries; empty where it was."""
    why = ""
    for turn in range(TRIES):
        if turn:
            time.sleep(pause)
        try:
            channels.send(channel, message, told, hook)
            return ""
        except TrailError as exc:
            why = str(exc)
    return why


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
