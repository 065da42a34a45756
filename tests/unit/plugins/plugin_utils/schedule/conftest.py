# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Schedules whose playbook is a script."""

import sys

import pytest

if sys.version_info < (3, 10):
    collect_ignore_glob = ["test_*.py"]
else:
    from ansible_collections.auditops.trail.tests.unit.scheduled import Scene

    @pytest.fixture
    def scene(tmp_path):
        return Scene(tmp_path)
