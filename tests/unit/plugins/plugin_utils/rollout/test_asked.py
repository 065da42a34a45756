# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout is asked for: values that cannot be meant, and variables that stand where they do not hold."""

import os

import pytest

yaml = pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("ansible.module_utils", reason="the controller side needs ansible-core")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import names, places, values  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.mark.parametrize(
    ("name", "fine", "wrong"),
    [
        ("trial", [True, "false", "no", 1, "On"], ["ture", "", None, 2, "y"]),
        ("compliance", [False, "yes"], ["flase"]),
        ("fail_on", ["never", "worse"], ["worst", None, True]),
        ("gate_seconds", [0, "60", 3600], ["1m", -1, 3601, 1.5, True, None]),
        ("reconnect_seconds", [1, "600"], ["1m", 0, "", None]),
        ("max_fail_percentage", [0, "12.5", 100], [101, -1, "10%", "nan", False]),
        ("limits", [{}, {"lost": "2", "retention_days": 0.5}, {"log_bytes_per_second": None}, "lost=2"],
         [{"lots": 2}, {"lost": -1}, {"lost": None}, {"backlog_percent": 0}, {"retention_days": "inf"}, [], "two"]),
        ("serial", [1, "2", [1, "10%"], '[1, "50%"]', "30%", ["100%"]],
         [0, -1, [], [1, 0], [1, "ten"], "1,2", None, {"a": 1}, "0%", "101%", True, "x"]),
        ("result_dir", ["audit-rollout", "/srv/x"], ["", None, " "]),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_refused_with_what_it_may_be(name, fine, wrong):
    for value in fine:
        values.check({"rollout_" + name: value, "other": "x"}, "web1")
    for value in wrong:
        with pytest.raises(TrailError) as told:
            values.check({"rollout_" + name: value}, "web1")
        assert "rollout_{0} is {1!r} for web1, and has to be ".format(name, value) in str(told.value)
        assert "as in rollout_{0}: ".format(name) in str(told.value)


@pytest.mark.parametrize("name", values.OF_ROLES)
def test_a_lock_is_wanted_or_not_or_as_the_profile_has_it(name):
    for fine in ("auto", True, "False", "no", "AUTO"):
        values.check({name: fine}, "web1")
    for wrong in ("ture", None, "", 2):
        with pytest.raises(TrailError, match="has to be auto, true or false"):
            values.check({name: wrong}, "web1")


def test_each_variable_has_its_rule_or_is_one_of_hosts_or_profiles():
    others = {*places.EARLY, "rollout_compliance_profiles"}
    for name in set(names.KNOWN) - others:
        with pytest.raises(TrailError):
            values.check({name: None}, "a")


def test_what_is_true_is_what_the_filter_takes_for_it():
    assert [values.is_true(one) for one in (True, "Yes", 1, "on")] == [True] * 4
    assert [values.is_true(one) for one in (False, "no", 0, "ture", None)] == [False] * 5


def test_a_choice_of_hosts_that_stands_in_the_inventory_is_refused_with_the_option_that_holds():
    seen = {"a": {"rollout_hosts": "web:!db"}, "b": {"rollout_hosts": "web:!db"}, "c": {}}
    with pytest.raises(TrailError) as told:
        places.check_early(seen, [])
    assert "rollout_hosts is web:!db in the inventory (of a, b), where it does not hold" in str(told.value)
    assert "-e 'rollout_hosts=web:!db'" in str(told.value)
    places.check_early(seen, ["rollout_hosts"])
    with pytest.raises(TrailError) as told:
        places.check_early({"a": {"rollout_serial": [1, "50%"]}}, ["rollout_hosts"])
    assert """-e '{"rollout_serial": [1, "50%"]}'""" in str(told.value)
    places.check_early({"a": {"rollout_hosts": "all", "rollout_canary": "", "rollout_serial": None}}, [])


def test_what_is_one_for_the_whole_run_is_refused_where_hosts_differ():
    """The step that decides is made once, with the variables of whichever host comes first."""
    with pytest.raises(TrailError, match="rollout_trial is false for a and true for b") as caught:
        places.check_common({"a": {}, "b": {"rollout_trial": True}}, [])
    assert "-e" in caught.value.remedy
    with pytest.raises(TrailError, match="rollout_max_fail_percentage is 10 for a and 0 for b"):
        places.check_common({"a": {"rollout_max_fail_percentage": 10}, "b": {}}, [])
    places.check_common({"a": {}, "b": {"rollout_trial": True}}, ["rollout_trial"])
    places.check_common({"a": {"rollout_trial": "True"}, "b": {"rollout_trial": True}}, [])
    places.check_common({"a": {}, "b": {"rollout_gate_seconds": 5}}, [])


def test_what_is_given_to_the_role_over_the_plays_is_refused_and_what_does_no_harm_is_not():
    places.check_extra({"audit_compliance_fail_on": "never", "audit_compliance_catalogue": ["x"]})
    for extra, instead in (
        ({"audit_compliance_fail_on": "high"}, "give rollout_fail_on"),
        ({"audit_compliance_result_dir": "x"}, "give rollout_result_dir"),
    ):
        with pytest.raises(TrailError) as told:
            places.check_extra(extra)
        assert instead in str(told.value) and next(iter(extra)) + " is given with -e" in str(told.value)


def test_the_plays_set_what_minus_e_is_not_to_give(repository):
    with open(os.path.join(repository, "playbooks", "rollout.yml"), encoding="utf-8") as file:
        text = file.read()
    for name, (_harmless, _what, instead) in places.OF_THE_PLAY.items():
        assert name + ": " in text and instead in names.KNOWN


def test_some_tasks_alone_are_refused():
    places.check_tags(["all"])
    with pytest.raises(TrailError, match="--tags auditd_config,audit_rules"):
        places.check_tags(("auditd_config", "audit_rules"))
