# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Assertions: an absent value is an error, whatever JMESPath makes of it."""

import pytest

pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import CatalogueError, EvidenceError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import assertion  # noqa: E402

pytestmark = pytest.mark.controller
POSTURE = {"errors": {"disk": {"message": "not permitted", "file": "/etc/audit", "remedy": "use become."}},
           "status": {"lost": 3, "pid": None, "name": "x"}}  # fmt: skip


def holds(expression, *reads, **parameters):
    return assertion.holds(expression, reads, POSTURE, parameters)


def test_an_assertion_holds_or_does_not():
    assert holds("status.lost == `3`", "status.lost") is True
    assert holds("status.lost == `0`", "status.lost") is False
    assert holds("status.lost >= params.least", "status.lost", least=3) is True


@pytest.mark.parametrize("expression", ["!(status.absent > `0`)", "status.absent != `1`", "status.absent == null"])
def test_what_is_true_of_nothing_is_an_error(expression):
    with pytest.raises(EvidenceError, match="status.absent") as told:
        holds(expression, "status.absent")
    assert told.value.remedy


def test_null_is_no_evidence():
    with pytest.raises(EvidenceError, match="status.pid"):
        holds("status.pid != `0`", "status.pid")


def test_a_failed_collector_speaks_for_itself():
    with pytest.raises(EvidenceError, match="not permitted") as told:
        holds("disk.loader == 'auditctl'", "disk.loader")
    assert told.value.remedy == "use become."


@pytest.mark.parametrize("expression", ["length(status.lost) == `1`", "status.lost", "status.name > `1`"])
def test_what_is_neither_true_nor_false_is_an_error(expression):
    with pytest.raises(EvidenceError) as told:
        holds(expression, "status.lost")
    assert told.value.remedy


@pytest.mark.parametrize("expression", ["a ==", "", 3, None])
def test_what_is_no_expression_is_refused(expression):
    with pytest.raises(CatalogueError):
        assertion.compiled(expression)


def test_without_jmespath_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setattr(assertion, "MISSING", ImportError("No module named 'jmespath'"))
    with pytest.raises(CatalogueError, match="pip install jmespath"):
        assertion.compiled("never.compiled.before")


@pytest.mark.parametrize(
    ("expression", "reads"),
    [
        ("status.lost == `0` && status.enabled == `1`", "status.lost status.enabled"),
        ("status.lost >= params.least", "status.lost"),
        ("status | lost == `0`", "status.lost"),
        ("length(disk.rules[?file == 'x'].line) == `1`", "disk.rules"),
        ("contains(host.user_arches, 'b64')", "host.user_arches"),
        ("host.auditctl_version[0] > `3`", "host.auditctl_version"),
        ("disk.settings == `{}`", "disk.settings.enabled"),
        ("length(disk.rules[-1:]) == `1`", "disk.rules"),
    ],
)
def test_an_expression_within_its_reads_is_taken(expression, reads):
    assertion.check(expression, tuple(reads.split()))


@pytest.mark.parametrize(
    ("expression", "used"),
    [
        ("status.lost == `0` || status.enabled != `1`", "status.enabled"),
        ("!(status.absent > `0`)", "status.absent"),
        ("status.lost == `0` && !(status | absent)", "status.absent"),
        ("length(disk.rules[?file == 'x']) == `0`", "disk.rules"),
        ("status.lostt == `0`", "status.lostt"),
        ("@ != `1`", "the whole posture"),
        ("not_null(status.gone, status.lost) == `3`", "status.gone"),
        ("@.host.machine != 'x'", "host.machine"),
    ],
)
def test_a_value_that_is_not_looked_for_first_is_refused(expression, used):
    with pytest.raises(CatalogueError, match=used):
        assertion.check(expression, ("status.lost",))


def test_the_parameters_of_an_expression():
    assert assertion.parameters_of('status.lost >= params.least && params."a b" == `1`') == {"least", "a b"}
    assert assertion.parameters_of("status.lost == `0`") == set()
    assert assertion.parameters_of("length(keys(params)) == status.lost") == {""}


def test_one_list_is_held_against_another_and_what_is_in_the_first_alone_is_told():
    made = {"clock": {"sources": [{"address": "a"}, {"address": "b"}]}}
    found = assertion.value(
        "without(clock.sources[].address, params.named)", ("clock.sources",), made, {"named": ["b"]}
    )
    assert found == ["a"]


def test_without_an_earlier_run_its_value_is_null_and_no_error():
    assert assertion.holds("lost_in_period == `null`", ("lost_in_period",), {}, {})
    assert not assertion.holds("lost_in_period == `null`", ("lost_in_period",), {"lost_in_period": {"rise": 0}}, {})
    with pytest.raises(EvidenceError):
        assertion.holds("lost_in_period.rise == `0`", ("lost_in_period.rise",), {}, {})


def test_a_condition_on_parameters_alone_needs_no_evidence():
    assert assertion.holds("length(params.named) > `0`", ("params.named",), {}, {"named": ["a"]})


def test_what_lies_below_a_name_of_reads_may_be_absent_and_is_refused():
    with pytest.raises(CatalogueError, match="disk.settings.enabled.value"):
        assertion.check("disk.settings.enabled.value == `1`", ("disk.settings",))
    assertion.check("disk.settings.enabled.value == `1`", (), ("disk.settings",))


def test_a_value_that_may_be_null_has_to_be_there_all_the_same():
    assert assertion.look_up_nullable(("status.pid",), POSTURE) == {"status.pid": None}
    with pytest.raises(EvidenceError, match="status.pit"):
        assertion.look_up_nullable(("status.pit",), POSTURE)
    with pytest.raises(EvidenceError, match="not permitted"):
        assertion.look_up_nullable(("disk.settings",), POSTURE)
    assert assertion.holds("status.pid == `null`", (), POSTURE, {}, ("status.pid",)) is True


def test_a_negation_that_takes_the_first_name_alone_is_refused():
    with pytest.raises(CatalogueError, match=r"!\(a.b\)"):
        assertion.check("!status.enabled", ("status.enabled",))
    assertion.check("!(status.enabled == `1`)", ("status.enabled",))
    assertion.check("status.pid > `0` && !contains(host.awk, 'x')", ("status.pid", "host.awk"))


def test_what_is_neither_true_nor_false_is_told_in_the_controls_words_or_else_by_what_is_null():
    made = {"fim": {"scheduled": None, "name": "x", "not_seen": ["/etc/crontab: Permission denied"]}}
    expression, reads = "fim.name == 'x' && fim.scheduled", ("fim.name",)
    for found, says in (
        ("join('', [fim.name, ' is not known to run'])", "tell enough: x is not known to run."),
        ("['a', 'b']", "tell enough: a, b."),
        ("[fim.scheduled]", r"needs \(fim.scheduled: /etc/crontab: Permission denied\)."),
        ("length(fim.scheduled)", r"needs \(fim.scheduled: "),
        ("`[]`", r"needs \(fim.scheduled: "),
        (None, r"needs \(fim.scheduled: "),
    ):
        with pytest.raises(EvidenceError, match=says) as told:
            assertion.holds(expression, reads, made, {}, ("fim.scheduled",), found)
        assert told.value.remedy
    many = "[" + ", ".join(f"'t{at}'" for at in range(10)) + "]"
    with pytest.raises(EvidenceError, match="t7 and 2 more"):
        assertion.holds(expression, reads, made, {}, ("fim.scheduled",), many)


def test_items_whose_number_is_over_a_limit_or_not_known():
    made = {
        "trail": {"stops": [{"n": 1, "seconds": 300}, {"n": 2, "seconds": 301}, {"n": 3, "seconds": None}, {"n": 4}]}
    }
    found = assertion.value("over(trail.stops, 'seconds', params.most)[*].n", ("trail.stops",), made, {"most": 300})
    assert found == [2, 3, 4]


def test_what_a_host_without_a_log_cannot_tell_is_explained_by_that():
    with pytest.raises(EvidenceError, match="logs.age_days: there is no audit log") as told:
        assertion.look_up(("logs.age_days",), {"logs": {"files": [], "age_days": None, "not_seen": []}})
    assert "log.written" in told.value.remedy
    with pytest.raises(EvidenceError, match="does not tell logs.age_days: /var/log/audit: Permission denied"):
        held = {"files": None, "age_days": None, "not_seen": ["/var/log/audit: Permission denied"]}
        assertion.look_up(("logs.age_days",), {"logs": held})
