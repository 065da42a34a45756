# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
import dataclasses

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, deployment


def selection(*profiles, **parameters):
    return catalogue_loader.shipped().select(list(profiles), parameters)


def test_a_profile_tells_the_settings_that_its_controls_ask_for_and_not_the_switch():
    assert deployment.settings(selection("pci_dss_4_0")) == {
        "backlog_limit": 8192,
        "failure": 1,
        "rate_limit": 0,
        "backlog_wait_time": 60000,
        "loginuid_immutable": 1,
    }


def test_a_parameter_changes_the_setting_as_it_changes_the_control():
    assert deployment.settings(selection("baseline", backlog_limit=32768))["backlog_limit"] == 32768


@pytest.mark.parametrize("profile", ["baseline", "pci_dss_4_0", "soc2"])
def test_profiles_with_the_control_for_it_lock_the_rules(profile):
    assert deployment.immutable(selection(profile)) is True


def without(chosen, *names):
    kept = tuple(control for control in chosen.controls if control.id not in names)
    return dataclasses.replace(chosen, controls=kept)


def test_a_selection_without_that_control_does_not():
    chosen = without(selection("baseline"), "kernel.immutable")
    assert deployment.immutable(chosen) is False
    assert "kernel.enabled" in {control.id for control in chosen.controls}


@pytest.mark.parametrize(
    ("name", "one", "other", "wanted"),
    [
        ("rate_limit", 0, 500, 0), ("rate_limit", 100, 500, 500), ("backlog_limit", 0, 64, 0),
        ("backlog_limit", 64, 8192, 8192), ("failure", 0, 2, 2), ("backlog_wait_time", 0, 15000, 15000),
    ],
)  # fmt: skip
def test_of_two_controls_the_stricter_one_decides_and_no_limit_is_stricter_than_any(name, one, other, wanted):
    chosen = selection("baseline")
    for pair in ((one, other), (other, one)):
        controls = tuple(dataclasses.replace(chosen.controls[0], deploy={"setting": {name: value}}) for value in pair)
        assert deployment.settings(dataclasses.replace(chosen, controls=controls)) == {name: wanted}


def test_a_setting_that_is_no_number_is_an_error_that_names_the_control():
    chosen = selection("baseline")
    control = dataclasses.replace(chosen.controls[0], deploy={"setting": {"failure": "params.no_such"}})
    with pytest.raises(CatalogueError, match=control.id):
        deployment.settings(dataclasses.replace(chosen, controls=(control,)))
