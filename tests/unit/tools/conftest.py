# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands' own modules, imported as ``python tests/tools`` sees them: by their bare names."""

import importlib
import os
import sys

import pytest

if sys.version_info < (3, 10):
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def tool(repository, monkeypatch):
    """A function that imports one module of tests/tools."""
    monkeypatch.syspath_prepend(os.path.join(repository, "tests", "tools"))
    return importlib.import_module
