# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a result against the published schema: what the schema refuses, the form refuses."""

import json
import os

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import result_form, results  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller
ODD = (None, 5, "x", [], {}, [5], True, -1)


@pytest.fixture(scope="module")
def made():
    """Results with a control of each kind and verdict, and no more of each list than shows its form."""
    found = []
    for result in fleets.fleet(9, 36)["results"][:3]:
        told = json.loads(json.dumps(result))
        kept = {
            (one["kind"], one["verdict"], bool(one["remedy"]), bool(one["coverage"])): one for one in told["controls"]
        }
        found.append(dict(told, controls=list(kept.values())))
    return found


def test_results_as_they_are_made_have_it(made):
    for result in fleets.fleet(9, 36)["results"]:
        result_form.check(json.loads(json.dumps(result)))
    result_form.check(results.not_assessed("web2", "unreachable", results.now(), {"user": "auditor"}))


def paths(value, path=()):
    """The way to each value, of a list to the first only."""
    if path:
        yield path
    steps = value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    for step, inner in steps:
        yield from paths(inner, (*path, step))


def mutants(result):
    """The result with one value gone or odd, each with what was done."""
    text = json.dumps(result)
    # Of all controls, what the first has not.
    ways = {}
    for at, control in enumerate(result["controls"]):
        for way in paths(dict(result, controls=[control])):
            plain = tuple("*" if isinstance(step, int) else step for step in way)
            inner = way[0] == "controls" and len(way) > 1
            ways.setdefault(plain, ("controls", at, *way[2:]) if inner else way)
    for way in ways.values():
        for odd in ("gone", *ODD):
            changed = json.loads(text)
            holder = changed
            for step in way[:-1]:
                holder = holder[step]
            if odd != "gone":
                holder[way[-1]] = odd
            elif isinstance(way[-1], str):
                del holder[way[-1]]
            yield (way, odd), changed


def refused(result):
    try:
        result_form.check(result)
    except EvidenceError:
        return True
    return False


def test_what_the_schema_refuses_it_refuses(repository, made):
    jsonschema = pytest.importorskip("jsonschema")
    with open(os.path.join(repository, "docs", "schemas", "result.schema.json"), encoding="utf-8") as file:
        validator = jsonschema.Draft202012Validator(json.load(file))
    tried = 0
    for done, changed in mutants(made[0]):
        if done[0][0] == "result_version" or refused(changed):
            continue
        tried += 1
        assert validator.is_valid(changed), done
    assert tried > 50, "values that may be odd are not refused"


def test_a_waived_control_has_its_waiver(made):
    result = dict(made[0], controls=[dict(made[0]["controls"][0], verdict="waived", waiver=None)])
    with pytest.raises(EvidenceError, match=r"controls\[0\]"):
        result_form.check(result)


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("host", "x" * 400, "host is"),
        ("privilege", {"user": []}, r"privilege\.user"),
        ("evidence", {"source": "live", "file": None, "collected": None, "host": {"auditctl_version": -1}},
         r"evidence\.host\.auditctl_version"),
        ("started", "2026-13-01T00:00:00Z", "started"),
        ("limits", ["x"] * 10001, "limits is a list"),
        ("summary", {}, "summary has no"),
    ],
)  # fmt: skip
def test_what_a_report_could_not_show_is_refused_with_its_place(made, part, value, words):
    with pytest.raises(EvidenceError, match=words):
        result_form.check(dict(made[0], **{part: value}))
