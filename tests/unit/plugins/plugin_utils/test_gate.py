# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate of a run whose hosts were given several."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.plugin_utils import gate  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.mark.parametrize(
    ("choices", "strictest"),
    [(["never", "high"], "high"), (["critical", "low", "never"], "low"), (["never"], "never"), ([], "never")],
)
def test_of_several_gates_the_one_that_lets_the_least_pass_counts(choices, strictest):
    assert gate.strictest(choices) == strictest
