# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The population: a run that did not assess every host in scope says so."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import population  # noqa: E402

pytestmark = pytest.mark.controller
GROUPS = {"all": ["web1", "web2", "db1"], "web": ["web1", "web2"]}


def stated(value, folder="/"):
    return population.parse(value, population.VARIABLE, None, folder)


def judged(value, assessed=("web1", "web2", "db1"), gone=(), pending=()):
    return population.judge(stated(value), GROUPS, assessed, gone, pending)


def test_without_a_stated_population_somebody_has_to_be_asked():
    told = judged(None)
    assert (told["verdict"], told["in_scope"], told["missing"]) == ("manual", None, None)
    assert "Ask for the list" in told["ask"]
    assert population.findings(told) == []


def test_a_host_that_was_not_reached_is_a_gap_in_any_case():
    for value in (None, ["web1"], {"groups": ["web"]}):
        told = judged(value, ("web1", "web2"), ["db1"])
        assert told["verdict"] == "fail"
        assert "not assessed: db1" in told["reasons"]
        assert (told["assessed"], told["not_assessed"]) == (2, 1)


@pytest.mark.parametrize("value", [["web1", "web2", "db1"], {"groups": ["all"]}, {"hosts": ["db1"], "groups": ["web"]}])
def test_every_host_in_scope_assessed_is_a_pass(value):
    told = judged(value)
    assert (told["verdict"], told["in_scope"], told["missing"], told["left_out"]) == ("pass", 3, [], [])


def test_a_host_in_scope_that_the_inventory_lacks_is_a_gap():
    told = judged(["web1", "web3"])
    assert (told["verdict"], told["missing"]) == ("fail", ["web3"])
    assert told["reasons"] == ["in scope, but not in the inventory: web3"]
    assert told["beyond"] == ["db1", "web2"]
    (finding,) = population.findings(told)
    assert (finding["id"], finding["severity"]) == ("population.gap", "high")


def test_a_host_in_scope_that_the_run_leaves_out_is_a_gap():
    told = judged({"groups": ["web"]}, ("web1",))
    assert (told["verdict"], told["left_out"]) == ("fail", ["web2"])
    assert told["reasons"] == ["in scope, but left out of this run: web2"]


def test_hosts_beyond_the_scope_are_no_gap():
    assert judged(["web1"])["verdict"] == "pass"


def test_a_group_that_the_inventory_lacks_is_a_gap():
    assert judged({"hosts": ["web1"], "groups": ["dmz"]})["reasons"] == [
        "the population names a group that the inventory does not have: dmz"
    ]


def test_a_batch_that_is_still_to_come_is_not_assessed_yet():
    told = judged(None, ("web1",), (), ("web2", "db1"))
    assert (told["verdict"], told["pending"]) == ("fail", 2)


def test_localhost_that_no_inventory_names_counts_as_one():
    told = population.judge(None, {"all": []}, ["localhost"], [])
    assert (told["inventory"], told["verdict"]) == (1, "manual")


def test_many_names_are_cut():
    told = judged([f"h{number:02}" for number in range(30)], ())
    assert told["reasons"][0].endswith("h09 and 20 more")
    assert len(told["missing"]) == 30


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_is_empty_states_nothing(value):
    assert stated(value) is None


def test_a_list_in_a_file_has_one_name_a_line(tmp_path):
    (tmp_path / "scope.txt").write_text("web1 # first\nweb1\n\nweb2\n")
    made = stated("scope.txt", str(tmp_path))
    assert made.hosts == ("web1", "web2")
    (tmp_path / "scope.txt").write_text("web1\nweb2 web3\n")
    with pytest.raises(CatalogueError) as told:
        stated("scope.txt", str(tmp_path))
    assert (told.value.file, told.value.line) == (str(tmp_path / "scope.txt"), 2)


@pytest.mark.parametrize("value", [5, True, {"host": ["a"]}, {"hosts": "a"}, {"source": "CMDB"}, "nothere.txt"])
def test_another_form_is_refused_by_the_variables_name(value, tmp_path):
    with pytest.raises(CatalogueError) as told:
        stated(value, str(tmp_path))
    assert str(told.value).startswith("audit_compliance_population: ")
