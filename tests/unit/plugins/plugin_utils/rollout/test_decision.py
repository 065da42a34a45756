# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is done with a batch: who is committed, who is rolled back, and whether the rollout goes on."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout import decision, ending  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils.rollout.outcome import Outcome  # noqa: E402

pytestmark = pytest.mark.controller

STATES = {"w": "well", "f": "failed", "u": "unreached", "n": "not_applicable", "c": "checked"}


def decided(letters, most=0.0, proven=False):
    outcomes = [Outcome(letter + str(at), STATES[letter], ["why"]) for at, letter in enumerate(letters)]
    return decision.of(outcomes, most, proven)


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
        ("nn", 0, False, [], [], False),
        ("cc", 0, False, [], [], False),
    ],
)
def test_a_batch_is_committed_rolled_back_or_split(letters, most, proven, commit, back, stop):
    found = decided(letters, most, proven)
    assert (found.commit, found.roll_back, found.stop) == (commit, back, stop)
    assert found.reason


def test_check_mode_looks_at_hosts_and_decides_nothing_even_where_one_would_fail():
    found = decided("cfc")
    assert (found.commit, found.roll_back, found.stop, found.checked) == ([], [], False, ["c0", "c2"])


@pytest.mark.parametrize("most", [-1, 100.5, float("nan")])
def test_a_share_that_is_none_is_refused(most):
    with pytest.raises(TrailError):
        decision.check(most)


def ended(letter, told):
    one = Outcome("h", STATES[letter], ["lost: 9"] if letter == "f" else [])
    return ending.of(one, decision.of([one], 0, False), told)


@pytest.mark.parametrize(
    ("letter", "told", "became", "ok", "words"),
    [
        ("w", {}, "committed", True, "committed"),
        ("w", {"_audit_rules_committed": {"unreachable": True, "msg": "gone"}}, "commit not known", False, "gone"),
        ("w", {"_rollout_commit_failure": {"task": "t", "msg": "edited"}}, "rolled back", False, "t: edited"),
        ("w", {"_rollout_boot_failure": {"task": "t", "msg": "no grub"}}, "committed", False, "no grub"),
        ("w", {"_audit_rules_loaded": {"reboot_required": True}}, "committed", True, "a reboot brings the new rules"),
        ("w", {"_auditd_boot_parameters": {"reboot_required": True}}, "committed", True, "boot parameters"),
        ("f", {}, "rolled back", False, "lost: 9"),
        ("f", {"_audit_rules_rolled_back": {"reboot_required": True}}, "rolled back", False, "a reboot brings the old"),
        ("f", {"_rollout_roll_back_failure": {"msg": "full"}}, "not rolled back", False, "full"),
        (
            "f",
            {"_auditd_config": {"unreachable": True}},
            "not rolled back",
            False,
            "auditd.conf was changed is not known",
        ),
        ("f", {"_rollout_config_failure": {"msg": "full"}}, "not rolled back", False, "full"),
        ("f", {"_auditd_config_back": {"unreachable": True}}, "not rolled back", False, "does not answer"),
        ("u", {}, "not changed", False, "not changed"),
        ("n", {}, "not changed", True, "not changed"),
    ],
)
def test_what_became_of_a_host_is_told_with_what_is_left(letter, told, became, ok, words):
    found = ended(letter, told)
    assert (found.became, found.ok) == (became, ok)
    assert words in found.text


@pytest.mark.parametrize(("most", "stops"), [(0, True), (33, True), (34, False)])
def test_commits_that_fail_stop_the_rollout_as_failed_hosts_do(most, stops):
    outcomes = [Outcome(name, "well") for name in "abc"]
    made = decision.of(outcomes, most, False)
    failure = {"_rollout_commit_failure": {"msg": "no"}}
    endings = [ending.of(one, made, failure if one.host == "b" else {}) for one in outcomes]
    assert bool(ending.must_stop(endings, made, most)) is stops
