# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tier that boots virtual machines: one tour a release, whatever number of tests looks at it."""

import os
import signal

import pytest

from ansible_collections.auditops.trail.extensions.molecule.machines import guests
from ansible_collections.auditops.trail.tests.lab import report
from ansible_collections.auditops.trail.tests.lab.tour import tour

HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_TOURS = {}


def pytest_collection_modifyitems(config, items):
    """Skip all of the tier with one reason where no guest can be made."""
    mine = [item for item in items if str(item.path).startswith(HERE)]
    reason = guests.obstacle() if mine else None
    for item in mine if reason else ():
        item.add_marker(pytest.mark.skip(reason="lab tier: " + reason))


def _terminated(_signal, _frame):
    raise KeyboardInterrupt("terminated")  # so that the guest is ended too


@pytest.fixture(scope="session")
def evidence():
    """Asked for a release, it gives the evidence by state; the guest is booted at the first question."""

    def of(name):
        if name not in _TOURS:
            try:
                _TOURS[name] = tour(name)
            except Exception as exc:
                _TOURS[name] = exc
        if isinstance(_TOURS[name], Exception):
            pytest.fail(f"{name}: {_TOURS[name]}", pytrace=False)
        return _TOURS[name][0]

    before = signal.signal(signal.SIGTERM, _terminated)
    yield of
    signal.signal(signal.SIGTERM, before)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter):
    for name, toured in _TOURS.items():
        if not isinstance(toured, Exception):
            for line in report.table(name, *toured):
                terminalreporter.write_line(line)
