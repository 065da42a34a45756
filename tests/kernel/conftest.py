# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tier that asks the real kernel: the same conditions, one lock, one bench for all its tests."""

import atexit
import os
import signal

import pytest

from ansible_collections.auditops.trail.tests.kernel import gate
from ansible_collections.auditops.trail.tests.kernel.trial import Bench

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STATE = {"lock": None, "skipped": None}


def _mine(item):
    return str(item.path).startswith(HERE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config, items):
    """Decide once, with the lock held, whether the tier runs; skip all of it with one reason where it does not."""
    mine = [item for item in items if _mine(item)]
    if not mine or config.option.collectonly:
        return
    reason = gate.obstacle()
    if reason is None:
        _STATE["lock"] = gate.lock()
        reason = "another run holds {0}".format(gate.LOCK) if _STATE["lock"] is None else gate.in_use()
    if reason is not None:
        _STATE["skipped"] = "kernel tier skipped ({0} tests): {1}".format(len(mine), reason)
        for item in mine:
            item.add_marker(pytest.mark.skip(reason="kernel tier: " + reason))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    if _STATE["skipped"]:
        terminalreporter.write_line(_STATE["skipped"], yellow=True)


def pytest_unconfigure():
    if _STATE["lock"] is not None:
        os.close(_STATE["lock"])
        _STATE["lock"] = None


def _terminated(_signal, _frame):
    raise KeyboardInterrupt("terminated")


@pytest.fixture(scope="session")
def bench():
    """The kernel, set up for trials; put back to what was found whatever happens."""
    before = signal.signal(signal.SIGTERM, _terminated)
    held = Bench()
    atexit.register(held.stop)
    held.start()
    try:
        yield held
    finally:
        held.stop()
        atexit.unregister(held.stop)
        signal.signal(signal.SIGTERM, before)
