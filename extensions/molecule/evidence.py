# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For the tests of scenarios: do a thing on a host as a user would, and find the record of it in the host's own log."""

from __future__ import annotations

import json
import os
import re
import shlex
import time
from typing import Any, Callable, Iterable, NamedTuple

USER = "anna"
_PATIENCE = 45  # seconds; the daemon writes its log in batches, and an emulated machine is slow
_STAMP = re.compile(r"msg=audit\((?P<id>\d+\.\d+:\d+)\)")
_ENRICHED = "\x1d"  # what the daemon adds to a record in its own words stands behind it


class Event(NamedTuple):
    """One event of the log: the types of its records, and all of their text."""

    types: frozenset[str]
    text: str


def as_user(host: Any, command: str, user: str = USER) -> Any:
    """Run a command line as somebody who has logged in: with a login uid of his own, and no rights of root."""
    inner = f"setpriv --reuid={user} --regid={user} --init-groups sh -c {shlex.quote(command)}"
    # By the shell itself: a process can set no login uid but its own.
    return host.run(f"sh -c {shlex.quote(f'echo $(id -u {user}) > /proc/self/loginuid && exec {inner}')}")


def now(host: Any) -> str:
    """The host's time, in the words that ausearch takes in the C locale."""
    return str(host.check_output("LC_ALL=C date '+%m/%d/%y %H:%M:%S'"))


def events(host: Any, since: str, *options: str) -> list[Event]:
    """Those that ausearch finds with these options since a time that ``now`` gave; the log is read, never the input."""
    given = shlex.join(options)
    # 1: no match, or an error, which ausearch does not tell apart by it.
    done = host.run(f"LC_ALL=C ausearch --input-logs --raw -ts {since} {given} < /dev/null")
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        stamp = _STAMP.search(line)
        if stamp:
            found.setdefault(stamp["id"], []).append(line.partition(_ENRICHED)[0])
    return [
        Event(frozenset(re.findall(r"\btype=(\w+)", "\n".join(lines))), "\n".join(lines)) for lines in found.values()
    ]


def recorded(host: Any, since: str, *options: str, words: Iterable[str] = (), types: Iterable[str] = ()) -> Event:
    """The first event with these options, words and record types; waits until it is on record.

    Raises:
        AssertionError: there is none; with those that came nearest.
    """
    found = _until(
        lambda: events(host, since, *options),
        lambda event: set(types) <= event.types and all(word in event.text for word in words),
    )
    assert isinstance(found, Event), (
        f"nothing on record since {since} for {' '.join(options)} with {list(words)} {list(types)}; found: {found[-5:]}"
    )
    return found


def _until(look: Callable[[], list[Event]], fits: Callable[[Event], bool]) -> Event | list[Event]:
    until = time.monotonic() + _PATIENCE
    while True:
        seen = look()
        for event in seen:
            if fits(event):
                return event
        if time.monotonic() > until:
            return seen
        time.sleep(2)


def status(host: Any) -> dict[str, int]:
    """The kernel's audit status."""
    lines = (line.split() for line in host.check_output("auditctl -s").splitlines())
    return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].lstrip("-").isdigit()}


def loaded(host: Any) -> list[str]:
    """The kernel's rules, as auditctl lists them: all of them.

    A busy machine's auditctl may leave rules out. It ends with 0 then, and says so on standard error alone.

    Raises:
        AssertionError: It has never listed all.
    """
    for _try in range(10):
        listed = host.run("auditctl -l")
        if listed.rc == 0 and not listed.stderr.strip():
            return [line for line in listed.stdout.splitlines() if line.startswith("-")]
        time.sleep(2)
    raise AssertionError(f"auditctl -l has not listed all rules: {listed.rc} {listed.stderr}")


def written(host: Any) -> list[str]:
    """The rules of audit.rules, settings left out."""
    lines = host.file("/etc/audit/audit.rules").content_string.splitlines()
    return [line for line in lines if line.startswith(("-a", "-A", "-w"))]


def figure(what: str, value: Any) -> None:
    """Keep a figure of the lab: a line of JSON in the file that AUDITOPS_LAB_FIGURES names, where it names one."""
    path = os.environ.get("AUDITOPS_LAB_FIGURES", "")
    if path:
        names = {"scenario": "MOLECULE_SCENARIO_NAME", "release": "AUDITOPS_LAB_RELEASE"}
        line = {name: os.environ.get(variable, "") for name, variable in names.items()}
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "what": what, "value": value}) + "\n")


_SAME = {"See that the audit packages can be installed": "Install the audit packages"}
_AFTERWARDS = {
    "Have the daemon read its configuration",
    "Restart the daemon by its unit",
    "Commit the rules",
    "Reboot, so that the kernel has its parameters",
    "Start the daemon, and at each boot",
    "Load the rules at each boot",
}
"""Tasks that follow from a change which check mode has told: on a bare machine there is no daemon yet to be asked."""


def foretold(name: str) -> tuple[set[str], set[str]]:
    """The tasks of converge.yml that changed a host in check mode, and in the first run after it, as far as comparable.

    Of the scenario's last three runs: the one in check mode on a bare machine, the first, and the second one.
    """
    path = os.path.join(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"], "runs.jsonl")
    with open(path, encoding="utf-8") as file:
        runs = [json.loads(line) for line in file][-3:]
    assert [run["check_mode"] for run in runs] == [True, False, False], runs
    told, first = ({_SAME.get(task, task) for task in run["changed"][name]} - _AFTERWARDS for run in runs[:2])
    return told, first
