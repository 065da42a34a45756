# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demonstration asks of four runs of the playbook, tried on a host that is made of lines."""

import copy

import pytest

pytest.importorskip("yaml", reason="the controller side")
pytest.importorskip("jmespath", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.compliance import evaluate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import (  # noqa: E402
    catalogue_loader,
    plans,
    remedies,
    results,
)
from ansible_collections.auditops.trail.tests.unit import postures_whole  # noqa: E402


@pytest.fixture
def demonstrate(tool):
    return tool("demonstrate")


@pytest.fixture(scope="module")
def run():
    """What a run gives on a host whose kernel holds these lines, and whose daemon does not run: controls, remedies."""
    selection = catalogue_loader.load().select(["baseline"])
    kept = {}

    def assess(*lines):
        if lines not in kept:
            posture = postures_whole.whole(selection, list(lines))
            posture["service"]["running"] = False
            posture["status"]["enabled"] = 1
            judged = evaluate.judge(posture, plans.of(selection, "auto"))
            result = results.host_result("localhost", selection, posture, judged, results.now(), {})
            kept[lines] = ({one["id"]: one for one in result["controls"]}, remedies.text_for(result))
        controls, text = kept[lines]
        return copy.deepcopy(controls), text

    return assess


def test_what_the_runs_give_is_what_the_demonstration_asks_for(demonstrate, run):
    before, text = run()
    lines = demonstrate.lines_of(text)
    demonstrate.check_before(before, lines)
    after, _text = run(*lines)
    demonstrate.check_after(before, after)
    assert demonstrate.failing(after) == {"service.running", "kernel.immutable"}
    demonstrate.check_defeated(after, run(demonstrate.NEVER, *lines)[0])
    gone = next(line for line in lines if line.startswith("-w /etc/passwd "))
    demonstrate.check_one_less(after, run(*[line for line in lines if line != gone])[0])


def test_a_line_that_mends_nothing_is_found(demonstrate, run):
    before, text = run()
    lines = demonstrate.lines_of(text)
    with pytest.raises(demonstrate.Failed, match="should be mended and is not: identity.passwd_group;"):
        demonstrate.check_after(before, run(*[line for line in lines if "/etc/group" not in line])[0])
    with pytest.raises(demonstrate.Failed, match="no lines for identity.passwd_group"):
        demonstrate.check_before(before, [line for line in lines if "/etc/group" not in line])


def test_what_becomes_worse_is_found(demonstrate, run):
    before, text = run()
    after, _text = run(*demonstrate.lines_of(text))
    after["log.written"]["verdict"] = "error"
    after["rules.drift"]["verdict"] = "fail"
    with pytest.raises(demonstrate.Failed, match="worse than without: log.written; wanted: none"):
        demonstrate.check_after(before, after)


def test_a_never_rule_that_is_not_blamed_is_found(demonstrate, run):
    before, text = run()
    lines = demonstrate.lines_of(text)
    after, _text = run(*lines)
    with pytest.raises(demonstrate.Failed, match="that demand records and fail: none"):
        demonstrate.check_defeated(after, after)
    defeated, _text = run(demonstrate.NEVER, *lines)
    defeated["time.set"]["coverage"][0]["defeated_by"] = []
    with pytest.raises(demonstrate.Failed, match="time.set blames"):
        demonstrate.check_defeated(after, defeated)


@pytest.mark.parametrize("line", ["-e 2", "-D", "-b 64", "-a never,task"])
def test_nothing_but_rules_to_add_is_loaded(demonstrate, line):
    with pytest.raises(demonstrate.Failed, match="more than rules to add"):
        demonstrate.lines_of(f"# x\n-w /etc/passwd -p wa\n{line}\n")
    assert demonstrate.lines_of("# x\n-w /a -p wa\n-w /a -p wa\n\n") == ["-w /a -p wa"]
