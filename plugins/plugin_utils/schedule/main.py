# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command that a timer runs: ``python -m ….plugin_utils.schedule.main run --config FILE``."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import (
    checking,
    delivery,
    lock,
    processes,
    runner,
    settings,
    state,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        told = settings.read(asked.config)
        if asked.command == "check":
            return _check(told)
        if asked.command == "deliver":
            return _deliver(told)
        if asked.delay:
            # cron has no randomised delay; a fleet that asks at one moment is one that is asked too much.
            time.sleep(random.uniform(0, asked.delay))
        return runner.once(told, _say)
    except lock.Held as exc:
        _say(str(exc))
        return runner.UNABLE
    except TrailError as exc:
        print(f"fault: {exc}", file=sys.stderr, flush=True)
        return 1
    except processes.Stopped as exc:
        _say(f"stopped by {exc}; the playbook was ended, and nothing of this run counts")
        return 128 + exc.number


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="audit-compliance-schedule", description=__doc__)
    parser.add_argument("command", choices=["run", "check", "deliver"], help="make a run; look whether one can be "
                        "made; send the notices that wait")  # fmt: skip
    parser.add_argument("--config", required=True, help="the settings of the schedule")
    parser.add_argument("--delay", type=int, default=0, help="wait up to so many seconds, at random")
    return parser


def _say(text: str) -> None:
    print(text, flush=True)


def _check(told: settings.Settings) -> int:
    faults = checking.faults(told)
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        _say(f"{told.name}: a run can be made")
    return 1 if faults else 0


def _deliver(told: settings.Settings) -> int:
    with lock.hold(told.data):
        kept, damage = state.read(told.data)
        faults = [*([damage] if damage else []), *delivery.deliver(told, kept, _say)]
    for fault in faults:
        print(f"fault: {fault}", file=sys.stderr)
    return runner.UNABLE if faults else 0


if __name__ == "__main__":
    sys.exit(main())
