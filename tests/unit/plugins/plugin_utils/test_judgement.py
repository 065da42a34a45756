# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One control of each kind, from YAML to its entry in the result."""

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader, judgement, plans  # noqa: E402
from ansible_collections.auditops.trail.tests.unit import postures  # noqa: E402

pytestmark = pytest.mark.controller
HEAD = """
profiles:
  - {id: site, title: Ours, version: "1", controls: [site.one]}
controls:
  - id: site.one
    title: One
    severity: high
    why: because
"""
TRAIL = {"complete": True, "from": "2026-11-01T00:00:00Z", "to": "2026-11-26T00:00:00Z"}


@pytest.fixture(name="judged")
def _judged(tmp_path, monkeypatch):
    def judged(body, parameters=None, rules=(), **parts):
        return judge(tmp_path, monkeypatch, body, parameters, rules, **parts)

    return judged


def judge(tmp_path, monkeypatch, body, parameters, rules, **parts):
    file = tmp_path / "site.yml"
    file.write_text(HEAD + "".join(f"    {line}\n" for line in body.strip().splitlines()), encoding="utf-8")
    selection = catalogue_loader.load([str(file)]).select(["site"], parameters)
    made = postures.posture(list(rules), list(rules), **parts)
    # Forms of parts have tests of their own: here a part holds only what the control looks at.
    monkeypatch.setattr(evaluate.forms, "check", lambda _posture: None)
    found = evaluate.judge(made, plans.of(selection))
    return judgement.of(selection.controls[0], selection, made, found.get("site.one"))


FOR_EACH = """
record: ["-w {path} -p x"]
for_each: privileged.commands
"""


def paths(*files):
    return postures.path_state(files=files)


def test_a_line_for_each_item_is_judged_and_the_number_told(judged):
    parts = {"privileged": {"complete": True, "commands": [{"path": "/usr/bin/su"}, {"path": "/usr/bin/at"}]}}
    found = judged(FOR_EACH, rules=["-w /usr/bin/su -p x"], paths=paths("/usr/bin/su", "/usr/bin/at"), **parts)
    assert found["verdict"] == "fail"
    assert found["expanded"] == {"from": "privileged.commands", "number": 2}
    assert [entry["outcome"] for entry in found["coverage"]] == ["covered", "uncovered"]
    assert [step["text"] for step in found["remedy"] if step["do"] == "add"] == ["-w /usr/bin/at -p x"]


def test_a_search_that_was_cut_off_is_an_error_never_a_pass(judged):
    parts = {"privileged": {"complete": False, "incomplete": "stopped after 20 s", "commands": []}}
    found = judged(FOR_EACH, **parts)
    assert (found["verdict"], found["reasons"]) == ("error", ["stopped after 20 s"])


@pytest.mark.parametrize(("verdict", "told"), [("manual", "ask"), ("not_applicable", "reasons"), ("fail", "reasons")])
def test_an_empty_list_is_what_the_control_says(judged, verdict, told):
    body = f"""
record: ["-w {{item}} -p rwxa"]
for_each: params.places
empty: {{verdict: {verdict}, say: no place was stated}}
parameters: {{places: []}}
"""
    found = judged(body)
    assert found["verdict"] == verdict
    assert "no place was stated" in found[told]


def test_a_list_of_the_site_is_judged(judged):
    body = """
record: ["-w {item} -p rwxa"]
for_each: params.places
parameters: {places: []}
sources: {places: "what the site states"}
"""
    found = judged(body, {"places": ["/srv/cards"]}, ["-w /srv/cards"], paths=paths("/srv/cards"))
    assert found["verdict"] == "pass"
    assert found["parameters"]["places"] == {
        "value": ["/srv/cards"], "source": "what the site states", "default": [], "set_by": "this run", "looser": False,
    }  # fmt: skip


def test_record_types_of_programs_are_judged(judged):
    body = "emit: [USER_LOGIN, LOGIN]"
    assert judged(body)["verdict"] == "pass"
    found = judged(body, rules=["-a never,user -F pid>0"])
    assert found["verdict"] == "fail"
    assert found["remedy"][0]["do"] == "remove"


ASSERT = """
assert: length(logs.files[?other_access]) == `0`
reads: [logs.files]
found: logs.files[?other_access].join(' ', [path, mode])
wanted: no log file that others can read
remedy: ["chmod 0600 {mode}"]
parameters: {mode: "/var/log/audit/*"}
"""


def test_a_state_that_is_wrong_is_told_in_words_with_what_was_found(judged):
    files = [{"path": "/var/log/audit/audit.log", "mode": "0644", "other_access": True}]
    found = judged(ASSERT, logs={"files": files})
    assert found["verdict"] == "fail"
    assert found["reasons"] == ["/var/log/audit/audit.log 0644; wanted: no log file that others can read"]
    assert found["remedy"] == [{"do": "advise", "text": "chmod 0600 /var/log/audit/*"}]


def test_of_many_findings_the_first_are_told_and_the_rest_counted(judged):
    files = [{"path": f"/log.{number}", "mode": "0644", "other_access": True} for number in range(60)]
    found = judged(ASSERT, logs={"files": files})
    assert "/log.7 0644 and 52 more;" in found["reasons"][0]
    assert found["evidence"]["logs.files"]["number"] == 60
    assert len(found["evidence"]["logs.files"]["first"]) == 3


def test_a_list_that_could_not_be_seen_is_an_error_that_says_why(judged):
    found = judged(ASSERT, logs={"files": None, "not_seen": ["/var/log/audit: Permission denied"]})
    assert found["verdict"] == "error"
    assert "/var/log/audit: Permission denied" in found["reasons"][0]


LIMIT = """
assert: status.backlog_limit >= params.least
reads: [status.backlog_limit]
parameters: {least: 8192}
stricter: {least: higher}
sources: {least: CIS}
wanted: at least {least}
shows: [status.pid, status.loginuid_locked]
"""


@pytest.mark.parametrize(("given", "looser"), [({}, False), ({"least": 9000}, False), ({"least": 64}, True)])
def test_a_threshold_that_is_looser_than_the_catalogues_is_told(judged, given, looser):
    found = judged(LIMIT, given)
    assert found["parameters"]["least"]["looser"] is looser
    assert found["parameters"]["least"]["default"] == 8192
    assert found["criterion"] == f"at least {given.get('least', 8192)}"


def test_evidence_has_a_hash_and_what_is_only_shown_beside_it(judged):
    found = judged(LIMIT)
    assert found["evidence"] == {"status.backlog_limit": 8192, "status.pid": 512, "status.loginuid_locked": None}
    assert found["evidence_sha256"] == judgement.digest(found["evidence"])


SAMPLE = "sample: {types: [USER_LOGIN], fields: [identity, origin]}"


def test_a_record_with_its_fields_is_a_pass(judged):
    record = {"type": "USER_LOGIN", "at": TRAIL["to"], "text": "type=USER_LOGIN …", "present": ["identity", "origin"]}
    found = judged(SAMPLE, trail=dict(TRAIL, samples={"site.one": dict(record, missing=[])}))
    assert (found["verdict"], found["sample"]["text"]) == ("pass", "type=USER_LOGIN …")
    found = judged(SAMPLE, trail=dict(TRAIL, samples={"site.one": dict(record, missing=["origin"])}))
    assert (found["verdict"], found["reasons"]) == (
        "fail",
        ["the USER_LOGIN record of 2026-11-26T00:00:00Z lacks origin"],
    )


def test_without_a_record_people_are_asked(judged):
    found = judged(SAMPLE, trail=dict(TRAIL, samples={"site.one": None}))
    assert found["verdict"] == "manual"
    assert "from 2026-11-01T00:00:00Z" in found["ask"]


@pytest.mark.parametrize("parts", [{}, {"trail": dict(TRAIL, samples={})}])
def test_a_record_that_was_not_looked_for_is_an_error(judged, parts):
    assert judged(SAMPLE, **parts)["verdict"] == "error"


def test_where_no_log_could_be_read_a_sample_says_what_to_do(judged):
    unread = {"complete": False, "incomplete": "not all of the audit log could be read: run as root.", "samples": None}
    found = judged(SAMPLE, trail=dict(TRAIL, **unread))
    assert (found["verdict"], found["reasons"]) == ("error", [unread["incomplete"]])


def test_what_people_must_say_comes_with_the_evidence_for_it(judged):
    body = """
manual: Ask who approved these readers.
reads: [status.pid, logins.readers]
"""
    found = judged(body)
    assert (found["verdict"], found["ask"]) == ("manual", "Ask who approved these readers.")
    assert found["evidence"] == {"status.pid": 512}
    assert found["reasons"]


APPLIES = """
assert: status.pid > `0`
reads: [status.pid]
applies: {when: "system.container == 'none'", reads: [system.container], otherwise: this is a container}
"""


def test_a_control_that_makes_no_sense_here_is_not_applicable_with_the_reason(judged):
    assert judged(APPLIES, system={"container": "none"})["verdict"] == "pass"
    found = judged(APPLIES, system={"container": "lxc"})
    assert (found["verdict"], found["reasons"]) == ("not_applicable", ["this is a container"])
    assert judged(APPLIES)["verdict"] == "error"


def test_by_what_a_control_is_judged_is_another_with_another_value_and_not_with_another_controls():
    catalogue = catalogue_loader.load()
    control = catalogue.controls["kernel.backlog_limit"]
    plain = catalogue.select(["baseline"])
    lower = catalogue.select(["baseline"], {"backlog_limit": 64})
    assert judgement.judged_by(control, plain) == judgement.judged_by(control, catalogue.select(["baseline"]))
    assert judgement.judged_by(control, plain) != judgement.judged_by(control, lower)
    other = next(one for one in plain.controls if "backlog_limit" not in one.parameters)
    assert judgement.judged_by(other, plain) == judgement.judged_by(other, lower)
