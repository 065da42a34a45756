# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What verdicts say about requirements: one of four states, and never more than the hosts show."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, population  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import frameworks, requirements, table  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller


def host(name, **verdicts):
    """A host whose controls are named by relation and verdict: ``demonstrates="pass"`` for requirement 10.2.1."""
    controls = [
        {
            "id": f"x.{relation}",
            "severity": "high",
            "verdict": verdict,
            "references": [{"framework": "pci_dss", "version": "4.0.1", "id": "10.2.1", "relation": relation}],
        }
        for relation, verdict in verdicts.items()
    ]
    profiles = [{"id": "pci", "version": "4.0.1", "framework": "pci_dss"}]
    return {"host": name, "profiles": profiles, "controls": controls}


def fleet(*hosts, gone=(), stated=None, groups=None):
    """``stated`` is the population, ``groups`` the inventory; without them the fleet tells no population."""
    made = {"results": list(hosts), "not_assessed": [{"host": name, "reason": "gone"} for name in gone]}
    if groups is not None:
        names = [one["host"] for one in hosts]
        told = population.parse(stated, "scope.yml", 1, "/")
        made["population"] = population.judge(told, {"all": groups}, names, gone)
    return made


def entry(*hosts, gone=(), name="10.2.1", **more):
    return next(one for one in requirements.compute(fleet(*hosts, gone=gone, **more)) if one["id"] == name)


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [
        ({"demonstrates": "pass"}, "evidence present"),
        ({"demonstrates": "pass", "supports": "pass"}, "evidence present"),
        ({"demonstrates": "pass", "supports": "manual"}, "evidence present"),
        ({"demonstrates": "pass", "supports": "fail"}, "gaps"),
        ({"demonstrates": "pass", "prerequisite": "fail"}, "gaps"),
        ({"demonstrates": "pass", "supports": "error"}, "gaps"),
        ({"demonstrates": "pass", "supports": "waived"}, "gaps"),
        ({"supports": "pass"}, "not decidable here"),
        ({"prerequisite": "pass"}, "not decidable here"),
        ({"demonstrates": "manual"}, "not decidable here"),
        ({"demonstrates": "not_applicable"}, "not decidable here"),
        ({}, "not assessed"),
    ],
)
def test_the_state_of_one_host(verdicts, state):
    assert entry(host("a", **verdicts))["state"] == state


def test_evidence_has_to_be_there_on_every_assessed_host():
    assert entry(host("a", demonstrates="pass"), host("b", demonstrates="pass"))["state"] == "evidence present"
    assert entry(host("a", demonstrates="pass"), host("b", demonstrates="manual"))["state"] == "not decidable here"
    assert entry(host("a", demonstrates="pass"), host("b"))["state"] == "not decidable here"
    assert entry(host("a", demonstrates="pass"), host("b", demonstrates="fail"))["state"] == "gaps"


def test_a_host_of_another_profile_is_evidence_of_nothing_here():
    other = dict(host("b", demonstrates="pass"), profiles=[{"id": "baseline", "version": "2", "framework": None}])
    found = entry(host("a", demonstrates="pass"), other)
    assert found["hosts"] == {"gaps": 0, "evidence present": 1, "not decidable here": 0, "not assessed": 1}
    assert found["state"] == "gaps"
    (reason,) = found["reasons"]
    assert reason.startswith("1 of 2 assessed hosts was judged by no profile of ")
    (row,) = [one for one in table.rows(fleet(host("a", demonstrates="pass"), other))
              if (one["requirement"], one["host"]) == ("10.2.1", "b")]  # fmt: skip
    assert row["state"] == "not assessed"
    failing = dict(other, controls=host("b", demonstrates="fail")["controls"])
    assert entry(host("a", demonstrates="pass"), failing)["hosts"]["gaps"] == 1, "what was seen is not hidden"
    beyond = entry(host("a", demonstrates="pass"), other, stated=["a"], groups=["a", "b"])
    assert (beyond["state"], beyond["reasons"]) == ("evidence present", [])


def test_hosts_are_counted_by_state_and_those_not_assessed_apart():
    found = entry(host("a", demonstrates="pass"), host("b", demonstrates="error"), gone=["c", "d"])
    assert found["hosts"] == {"gaps": 1, "evidence present": 1, "not decidable here": 0, "not assessed": 2}
    assert (found["unchecked"], found["accepted"]) == (1, 0)


def test_hosts_that_were_not_assessed_keep_it_from_being_evidence():
    gone = [f"h{number}" for number in range(99)]
    found = entry(host("a", demonstrates="pass"), gone=gone)
    assert (found["state"], found["reasons"]) == ("gaps", ["99 of 100 hosts of this run were not assessed"])
    found = entry(host("a", demonstrates="pass"), gone=gone, stated=["a", *gone], groups=["a", *gone])
    assert (found["state"], found["reasons"]) == ("gaps", ["99 of 100 hosts in scope were not assessed"])
    assert entry(host("a", demonstrates="manual"), gone=["b"])["state"] == "not decidable here"
    assert entry(host("a", demonstrates="pass"))["reasons"] == []


@pytest.mark.parametrize(
    ("stated", "groups", "reason"),
    [
        (["a", "lost"], ["a"], "1 of 2 hosts in scope was not assessed"),
        (["a", "b"], ["a", "b"], "1 of 2 hosts in scope was not assessed"),
        (
            {"hosts": ["a"], "groups": ["none"]},
            ["a"],
            "the population names a group that the inventory does not have: none",
        ),
    ],
)
def test_a_gap_in_the_population_keeps_every_requirement_from_being_evidence(stated, groups, reason):
    found = entry(host("a", demonstrates="pass"), stated=stated, groups=groups)
    assert (found["state"], found["reasons"]) == ("gaps", [reason])


def test_who_was_to_be_looked_at_is_a_control_of_the_requirement_that_asks_for_it():
    found = entry(host("a", demonstrates="pass"), stated=["a", "b"], groups=["a"], name="12.5.1")
    assert found["controls"] == [{"id": "scope.population", "relation": "supports"}]
    assert (found["state"], found["verdicts"]["fail"], found["questions"]) == ("gaps", 1, 0)
    found = entry(host("a", demonstrates="pass"), groups=["a"], name="12.5.1")
    assert (found["state"], found["questions"]) == ("not decidable here", 1)
    assert entry(host("a"), stated=["a"], groups=["a"], name="12.5.1")["state"] == "not decidable here"
    assert entry(host("a"), name="12.5.1")["state"] == "not assessed"


def test_a_threshold_below_the_catalogues_keeps_it_from_being_evidence():
    result = host("a", demonstrates="pass")
    used = {
        "value": 1,
        "source": "PCI DSS 10.5.1 asks for a year",
        "default": 365,
        "set_by": "site.yml:3",
        "looser": True,
    }
    result["controls"][0]["parameters"] = {"days": used}
    found = entry(result)
    assert (found["state"], found["hosts"]["gaps"]) == ("gaps", 1)
    (reason,) = found["reasons"]
    assert reason == (
        "x.demonstrates passes by a threshold that asks for less than the catalogue's, days: the site's value 1"
        " (site.yml:3); the catalogue's is 365 (PCI DSS 10.5.1 asks for a year)"
    )
    used["looser"] = False
    assert entry(result)["state"] == "evidence present"


def test_open_questions_are_counted_by_control():
    found = entry(host("a", demonstrates="pass", supports="manual"), host("b", demonstrates="pass", supports="manual"))
    assert (found["state"], found["questions"]) == ("evidence present", 1)


def test_an_accepted_risk_is_still_a_gap_and_counted_apart():
    found = entry(host("a", demonstrates="waived"))
    assert (found["state"], found["accepted"], found["unchecked"]) == ("gaps", 1, 0)


def test_a_waiver_over_a_control_that_would_pass_is_no_gap():
    waived = host("a", demonstrates="pass", supports="waived")
    waived["controls"][1]["unwaived"] = "pass"
    assert entry(waived)["state"] == "evidence present"


def test_no_control_can_decide_what_hosts_cannot():
    result = host("a", demonstrates="pass")
    result["controls"][0]["references"][0]["id"] = "10.4.1"
    assert entry(result, name="10.4.1")["state"] == "not decidable here"


def test_without_an_assessed_host_nothing_is_assessed():
    assert requirements.compute(fleet(gone=["a"])) == []


def test_a_requirement_that_our_list_lacks_is_told_all_the_same():
    result = host("a", demonstrates="fail")
    result["controls"][0]["references"][0]["id"] = "99.1"
    assert entry(result, name="99.1")["state"] == "gaps"


def test_of_two_relations_the_stronger_counts():
    result = host("a", supports="pass")
    references = result["controls"][0]["references"]
    references.append(dict(references[0], relation="demonstrates"))
    assert entry(result)["controls"] == [{"id": "x.supports", "relation": "demonstrates"}]


def test_controls_of_no_chosen_framework_are_gathered_by_their_first_word():
    result = host("a", demonstrates="fail")
    result["profiles"][0]["framework"] = None
    assert requirements.compute(fleet(result)) == []
    (view,) = requirements.others(fleet(result))
    assert (view.entry["id"], view.entry["state"], view.entry["framework"]) == ("x", "gaps", "")


def test_no_state_is_a_judgement_on_the_organisation():
    words = " ".join(one["state"] for one in requirements.compute(fleets.fleet(9, 36)))
    assert set(words.split(" ")) <= set(" ".join([*requirements.STATES, requirements.SUPERSEDED]).split(" "))
    assert "compl" not in " ".join(requirements.STATES)


def test_a_requirement_that_is_no_longer_in_force_is_superseded_unless_it_has_a_gap():
    found = entry(host("a", demonstrates="pass"), gone=["b"], name="10.7.1")
    assert (found["state"], found["superseded_by"]) == ("superseded", "10.7.2")
    assert entry(host("a", demonstrates="pass"), name="10.7.2")["superseded_by"] is None
    for verdict, state in (("pass", "superseded"), ("fail", "gaps")):
        result = host("a", demonstrates=verdict)
        result["controls"][0]["references"][0]["id"] = "10.7.1"
        assert entry(result, name="10.7.1")["state"] == state


def test_every_reference_of_the_shipped_catalogue_is_in_its_framework():
    known = frameworks.load()
    for control in catalogue_loader.load().controls.values():
        for reference in control.references:
            framework = known.get((reference["framework"], reference["version"]))
            if framework is not None:
                ids = {requirement.id for requirement in framework.requirements}
                assert reference["id"] in ids, (control.id, reference)


def test_the_frameworks_of_the_shipped_profiles_are_there():
    for profile in catalogue_loader.load().profiles.values():
        if profile.framework:
            assert (profile.framework, profile.version) in frameworks.load()


def test_all_of_requirement_10_is_there():
    pci = frameworks.load()["pci_dss", "4.0.1"]
    ids = {requirement.id for requirement in pci.requirements}
    assert {f"10.2.1.{number}" for number in range(1, 8)} <= ids
    assert {"10.1.1", "10.3.4", "10.4.2.1", "10.5.1", "10.6.3", "10.7.3", "8.2.1", "11.5.2", "12.5.1", "A1.2.1"} <= ids
    assert [
        requirement.id for requirement in pci.requirements if requirement.on_host != "yes" and not requirement.ask
    ] == []


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "framework: a\n",
        "framework: a\nversion: '1'\ntitle: A\nrequirements: [{id: '1', subject: s, on_host: maybe}]\n",
        "framework: a\nversion: '1'\ntitle: A\nrequirements: [{id: '1', subject: s, on_host: 'no'}]\n",
        "framework: a\nversion: '1'\ntitle: A\nrequirements: [{id: 1.1, subject: s, on_host: 'yes'}]\n",
        (
            "framework: a\nversion: '1'\ntitle: A\nrequirements: [{id: '1', subject: s, on_host: 'yes'},"
            " {id: '1', subject: s, on_host: 'yes'}]\n"
        ),
        (
            "framework: a\nversion: '1'\ntitle: A\nrequirements: [{id: '1', subject: s, on_host: 'yes',"
            " superseded_by: '2'}]\n"
        ),
        (
            "framework: a\nversion: '1'\ntitle: A\nrequirements: [{id: '1', subject: s, on_host: 'yes',"
            " superseded_by: '1'}]\n"
        ),
    ],
)
def test_a_framework_that_does_not_hold_together_is_refused_with_its_file(tmp_path, text):
    (tmp_path / "a.yml").write_text(text)
    with pytest.raises(CatalogueError) as told:
        frameworks.load(str(tmp_path))
    assert told.value.file == str(tmp_path / "a.yml")
