# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a task asks for, as far as no host decides about it."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import wanted
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError


@pytest.mark.parametrize("value, number", [(64, 64), ("64", 64), (64.0, 64), (0, 0)])
def test_a_setting_is_a_whole_number_in_any_form(value, number):
    assert wanted.numbers({"backlog_limit": value}) == {"backlog_limit": number}


@pytest.mark.parametrize("value, number", [("panic", 2), (2, 2), ("1", 1)])
def test_failure_may_be_a_word(value, number):
    assert wanted.numbers({"failure": value}) == {"failure": number}


@pytest.mark.parametrize(
    "value", [True, False, 8.9, float("inf"), float("nan"), "8.9", "many", "", None, [1], {"a": 1}]
)
@pytest.mark.parametrize("name", ["backlog_limit", "rate_limit", "failure"])
def test_what_is_no_whole_number_is_refused_by_its_name(name, value):
    with pytest.raises(TrailError, match="the setting {0} is no number".format(name)):
        wanted.numbers({name: value})
