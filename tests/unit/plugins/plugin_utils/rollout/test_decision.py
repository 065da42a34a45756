# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with a batch: who is committed, who is rolled back, and whether the rollout goes on."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.deploy import told  # noqa: E402
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import decision, ending  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.outcome import Outcome  # noqa: E402

pytestmark = pytest.mark.controller

STATES = {"w": "well", "f": "failed", "u": "unreached", "n": "not_applicable", "c": "checked", "x": "would_fail"}
MET = [{"name": "daemon", "ok": True, "text": "auditd runs"}]
LOOKED = {"_rollout_before": {"criteria": MET}, "_rollout_after": {"criteria": MET}}
PENDING = dict(told.empty(), changed=True, transaction="x", transaction_state="pending")


def decided(letters, most=0.0, proven=False, **more):
    outcomes = [Outcome(letter + str(at), STATES[letter], ["why"]) for at, letter in enumerate(letters)]
    return decision.of(outcomes, most, proven, **more)


@pytest.mark.parametrize(
    ("letters", "most", "proven", "commit", "back", "stop"),
    [
        ("w", 0, False, ["w0"], [], False),
        ("www", 0, False, ["w0", "w1", "w2"], [], False),
        ("f", 0, False, [], ["f0"], True),
        ("f", 99, True, [], ["f0"], True),
        ("f", 100, True, [], ["f0"], False),
        ("wf", 49, False, [], ["f1", "w0"], True),
        ("wf", 50, False, ["w0"], ["f1"], False),
        ("wfuu", 49, False, [], ["f1", "w0"], True),
        ("wu", 0, False, ["w0"], [], False),
        ("uu", 0, False, [], [], True),
        ("uu", 0, True, [], [], False),
        ("un", 0, False, [], [], True),
        ("nn", 0, False, [], [], True),
        ("nn", 0, True, [], [], False),
    ],
)
def test_a_batch_is_committed_rolled_back_or_split(letters, most, proven, commit, back, stop):
    found = decided(letters, most, proven)
    assert (found.commit, found.roll_back, found.stop) == (commit, back, stop)
    assert found.reason


@pytest.mark.parametrize(
    ("letters", "checked", "words"),
    [("cxc", ["c0", "c2"], "1 of 3 hosts would fail"), ("x", [], "1 of 1 host would fail"), ("u", [], "nothing was")],
)
def test_check_mode_looks_at_hosts_and_decides_nothing(letters, checked, words):
    found = decided(letters, check_mode=True)
    assert (found.commit, found.roll_back, found.stop, found.checked) == ([], [], False, checked)
    assert found.reason.startswith("check mode: nothing was changed, and nothing is decided") and words in found.reason


def test_a_fleet_of_containers_alone_is_no_failure_and_one_that_does_not_answer_is():
    assert decided("nn", last=True).stop is False
    assert decided("nu", last=True).stop is True
    assert "could be changed (u1 not reached), and none was before" in decided("nu").reason
    assert "rollout_canary" in decided("n").reason


@pytest.mark.parametrize(
    ("letters", "most", "back", "stop"),
    [("ww", 0, ["w0", "w1"], False), ("wf", 0, ["f1", "w0"], True), ("wf", 50, ["f1", "w0"], False)],
)
def test_a_trial_commits_nobody(letters, most, back, stop):
    found = decided(letters, most, trial=True)
    assert (found.commit, found.roll_back, found.stop) == ([], back, stop)
    assert ("trial" in found.reason) is not stop


def failed(msg):
    """What a rescue of the play keeps."""
    return {"task": "t", "result": {"failed": True, "msg": msg}}


def dead(name):
    return {"criteria": [dict(MET[0], name=name, ok=False, text="broken")]}


def left(**status):
    return {"criteria": MET, "status": status}


@pytest.mark.parametrize("most", [-1, 100.5, float("nan")])
def test_a_share_that_is_none_is_refused(most):
    with pytest.raises(TrailError):
        decision.check(most)


def ended(letter, given, lost=(), **more):
    one = Outcome("h", STATES[letter], ["lost: 9"] if letter in "fx" else [], lost=list(lost))
    values = dict({"_audit_rules_loaded": PENDING, "ansible_host": "h"}, **LOOKED)
    return ending.of(one, decision.of([one], 0, False, **more), dict(values, **given))


GONE = {"unreachable": True, "msg": "gone"}


@pytest.mark.parametrize(
    ("letter", "given", "became", "ok", "words"),
    [
        ("w", {}, "committed", True, "committed"),
        ("w", {"_audit_rules_committed": dict(PENDING, immutable=True)}, "committed", True, "committed and locked"),
        ("w", {"_audit_rules_loaded": told.empty()}, "as it was", True, "as it was"),
        ("w", {"_audit_rules_committed": GONE}, "commit not known", False, "gone"),
        ("w", {"_auditd_boot_parameters": GONE}, "committed", False, "it does not answer since: gone"),
        ("w", {"_auditd_rebooted": GONE}, "committed", False, "it does not answer since: gone"),
        ("w", {"_audit_rules_after_boot": GONE}, "committed", False, "it does not answer since: gone"),
        ("w", {"_rollout_commit_failure": failed("edited")}, "rolled back", False, "t: edited"),
        ("w", {"_rollout_boot_failure": failed("no grub")}, "committed", False, "t: no grub"),
        ("w", {"_audit_rules_loaded": dict(PENDING, reboot_required=True)}, "committed", True, "brings the new rules"),
        ("w", {"_auditd_boot_parameters": {"reboot_required": True}}, "committed", True, "boot parameters"),
        ("f", {}, "rolled back", False, "rolled back, and as well as before: lost: 9"),
        ("f", {"_audit_rules_loaded": told.empty()}, "as it was", False, "nothing was changed on it: lost: 9"),
        ("f", {"_audit_rules_rolled_back": {"reboot_required": True}}, "rolled back", False, "a reboot brings the old"),
        ("f", {"_rollout_roll_back_failure": failed("full")}, "not rolled back", False, "full"),
        ("f", {"_rollout_config_failure": failed("full")}, "not rolled back", False, "full"),
        ("f", {"_rollout_hold_failure": failed("full")}, "rolled back", False, "could load rules: t: full"),
        ("f", {"_rollout_release_failure": failed("full")}, "rolled back, not well", False, "systemctl daemon-reload"),
        ("f", {"_auditd_config_back": GONE}, "not rolled back", False, "does not answer"),
        ("f", {"_rollout_after": GONE}, "not rolled back", False, "does not answer"),
        ("f", {"_rollout_after": {"failed": True, "msg": "no python"}}, "not rolled back", False, "no python"),
        ("f", {"_rollout_after": None}, "not rolled back", False, "it was not looked at afterwards"),
        ("f", {"_rollout_after": dead("daemon")}, "rolled back, not well", False, "NOT well since: daemon: broken"),
        ("f", {"_rollout_after": dead("rules")}, "rolled back", False, "as well as before"),
        ("f", {"_rollout_after": left(pending="rules-1")}, "not rolled back", False, "still loaded (rules-1)"),
        ("f", {"_rollout_after": left(interrupted={"step": "put x"})}, "not rolled back", False, "(at: put x)"),
        (
            "f",
            {name: left(pending="rules-1") for name in ("_rollout_before", "_rollout_after")},
            "rolled back",
            False,
            "as well as before",
        ),
        ("f", {"_audit_rules_loaded": {"failed": True, "msg": "Timed out"}}, "rolled back", False, "lost: 9"),
        (
            "f",
            {"_audit_rules_loaded": dict(PENDING, transaction_state="committed")},
            "not rolled back",
            False,
            "audit_rules_state: absent",
        ),
        ("u", {}, "not changed", False, "not changed"),
        ("n", {}, "not changed", True, "not changed"),
    ],
)
def test_what_became_of_a_host_is_told_with_what_is_left(letter, given, became, ok, words):
    found = ended(letter, given)
    assert (found.became, found.ok) == (became, ok)
    assert words in found.text


PLUGINS = {
    "results": [
        {"changed": True, "backup": "plugin-1", "item": {"key": "one.conf"}},
        {"changed": True, "backup": "plugin-2", "item": {"key": "two.conf"}},
        {"changed": False, "backup": None, "item": {"key": "three.conf"}},
    ]
}
WRITTEN = {
    "_rollout_config_failure": failed("full"),
    "_auditd_config": {"changed": True, "backup": "config-1"},
    "_auditd_plugin_files": PLUGINS,
}
ONE, TWO = ({"changed": True, "item": one} for one in PLUGINS["results"][:2])
AUDITD = "{file: auditd, state: rolled_back, backup: config-1}"
PLUGIN = "{{file: plugin, name: {0}.conf, state: rolled_back, backup: plugin-{1}}}"


@pytest.mark.parametrize(
    ("given", "files"),
    [
        ({}, [AUDITD, PLUGIN.format("one", 1), PLUGIN.format("two", 2)]),
        ({"_auditd_config_back": {"failed": True}}, [AUDITD, PLUGIN.format("one", 1), PLUGIN.format("two", 2)]),
        (
            {
                "_auditd_config_back": {"changed": True},
                "_auditd_plugins_back": {"results": [ONE, dict(TWO, failed=True)]},
            },
            [PLUGIN.format("two", 2)],
        ),
        ({"_auditd_config_back": {"changed": True}, "_auditd_plugins_back": {"results": [ONE, TWO]}}, []),
        (
            {
                "_auditd_config": {"changed": False, "backup": None},
                "_auditd_config_back": {"skipped": True},
                "_auditd_plugins_back": {"results": [ONE]},
            },
            [PLUGIN.format("two", 2)],
        ),
    ],
)
def test_what_is_left_to_be_put_back_is_named_file_by_file(given, files):
    found = ended("f", dict(WRITTEN, **given))
    assert found.became == "not rolled back"
    assert [one for one in (AUDITD, PLUGIN.format("one", 1), PLUGIN.format("two", 2)) if one in found.text] == files
    assert ("with the module auditd_config" in found.text) is bool(files)
    assert found.text.count("systemctl start auditd") == 1 and "run the playbook again" not in found.text


@pytest.mark.parametrize("name", ["_auditd_config", "_auditd_plugin_files"])
def test_what_was_being_written_when_the_host_was_lost_is_not_known(name):
    result = {"results": [{"changed": True}, dict(GONE)]} if name.endswith("files") else GONE
    found = ended("f", {name: result}, lost=[name])
    assert (found.became, found.ok) == ("not rolled back", False)
    assert "whether the daemon's configuration was changed is not known" in found.text
    assert ended("f", {"_auditd_reload": GONE}, lost=["_auditd_reload"]).became == "rolled back"


def test_what_a_trial_takes_back_is_as_it_should_be_unless_it_was_not_well():
    assert (ended("w", {}, trial=True).became, ended("w", {}, trial=True).ok) == ("rolled back", True)
    assert ended("f", {}, trial=True).ok is False
    assert ended("w", {"_rollout_after": dead("daemon")}, trial=True).ok is False


def test_check_mode_calls_nothing_rolled_back():
    found = ended("x", {}, check_mode=True)
    assert (found.became, found.ok, found.text) == ("would fail", False, "would fail: lost: 9")
    looked_at = Outcome("h", "checked", [])
    decided = decision.of([looked_at], 0, False, check_mode=True)
    for changed, became in ((True, "would change"), (False, "would stay as it is")):
        found = ending.of(looked_at, decided, {"_audit_rules_loaded": {"changed": changed}})
        assert (found.became, found.ok) == (became, True)
        assert ending.must_stop([found], decided, 0) == ""


def test_a_well_host_whose_batch_is_not_kept_is_not_as_it_should_be():
    outcomes = [Outcome("a", "well"), Outcome("b", "failed", ["lost: 9"])]
    made = decision.of(outcomes, 0, False)
    found = ending.of(outcomes[0], made, dict(LOOKED, _audit_rules_loaded=PENDING))
    assert (found.became, found.ok) == ("rolled back", False)


@pytest.mark.parametrize(
    ("became", "ok", "proves"),
    [("committed", True, True), ("as it was", True, True), ("rolled back", True, True), ("rolled back", False, False),
     ("committed", False, False), ("not changed", True, False)],
)  # fmt: skip
def test_who_took_the_change_and_was_well_is_a_canary(became, ok, proves):
    assert ending.proves({"became": became, "ok": ok}) is proves


@pytest.mark.parametrize(("most", "stops"), [(0, True), (33, True), (34, False)])
def test_commits_that_fail_stop_the_rollout_as_failed_hosts_do(most, stops):
    outcomes = [Outcome(name, "well") for name in "abc"]
    made = decision.of(outcomes, most, False)
    given = dict(LOOKED, _audit_rules_loaded=PENDING)
    for more in ({"_rollout_commit_failure": failed("no")}, {"_auditd_rebooted": GONE}):
        endings = [ending.of(one, made, dict(given, **(more if one.host == "b" else {}))) for one in outcomes]
        assert bool(ending.must_stop(endings, made, most)) is stops
