# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The published schemas against results as they are made: when one of the two gains a key, these tests fail."""

import copy
import json
import os

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")
jsonschema = pytest.importorskip("jsonschema")
referencing = pytest.importorskip("referencing")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    catalogue_loader,
    fleet_parts,
    history,
    moments,
    plans,
    results,
)
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import requirements  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller


def schemas(repository):
    found = {}
    for name in ("result", "fleet"):
        with open(os.path.join(repository, "docs", "schemas", name + ".schema.json"), encoding="utf-8") as file:
            found[name] = json.load(file)
    return found


@pytest.fixture(scope="module")
def validators(repository):
    found = schemas(repository)
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in found.values()
    )
    validator = jsonschema.Draft202012Validator
    return {name: validator(schema, registry=registry) for name, schema in found.items()}


@pytest.fixture(scope="module")
def real(repository):
    posture = results.read_posture(os.path.join(repository, "docs", "examples", "gaps.json"))
    selection = catalogue_loader.load().select(["pci_dss_4_0", "soc2"])
    judged = evaluate.judge(posture, plans.of(selection, "auto"))
    run_by = {"user": "auditor", "become": False, "check_mode": False}
    return results.host_result("web1", selection, posture, judged, results.now(), run_by, "gaps.json")


def test_the_schemas_are_schemas(repository):
    for schema in schemas(repository).values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_a_real_result_is_valid(validators, real):
    validators["result"].validate(real)


def test_the_result_of_a_host_that_was_not_assessed_is_valid(validators):
    gone = results.not_assessed("web2", "unreachable", results.now(), {"user": "auditor"})
    validators["result"].validate(gone)


def test_a_real_fleet_is_valid(validators, real):
    fleet = results.fleet_result([real], [{"host": "web2", "reason": "gone"}])
    now = moments.now()
    fleet = fleet_parts.with_scope(fleet, None, {"all": ["web1", "web2"]}, [], now)
    fleet = fleet_parts.with_history(fleet_parts.with_run(fleet, ["hosts.ini"]), history.History(), "", now)
    fleet["earlier"] = []
    fleet["requirements"] = requirements.compute(fleet)
    validators["fleet"].validate(fleet)


def test_the_made_up_fleets_of_the_tests_look_like_real_ones(validators):
    fleet = fleets.fleet(9, 36)
    fleet["requirements"] = requirements.compute(fleet)
    validators["fleet"].validate(fleet)
    for result in fleet["results"]:
        validators["result"].validate(result)


@pytest.mark.parametrize(
    "change",
    [
        lambda result: result.update(extra=1),
        lambda result: result.pop("limits"),
        lambda result: result.update(started="today"),
        lambda result: result["controls"][0].update(extra=1),
        lambda result: result["controls"][0].pop("kind"),
        lambda result: result["controls"][0].update(verdict="compliant"),
        lambda result: result["controls"][0].update(verdict="waived"),
        lambda result: result["controls"][0]["coverage"][0].pop("outcome"),
    ],
)
def test_a_result_with_a_key_too_many_or_too_few_is_not_valid(validators, real, change):
    result = copy.deepcopy(real)
    change(result)
    assert not validators["result"].is_valid(result)
