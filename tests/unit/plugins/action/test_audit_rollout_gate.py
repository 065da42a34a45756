# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of a rollout: what fails the run beside hosts, from the files and facts that the play has left."""

import json
import types

import pytest

pytest.importorskip("ansible.plugins.action", reason="the controller side needs ansible-core")

from ansible_collections.auditops.trail.plugins.action import audit_rollout_gate as gate  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import results  # noqa: E402

pytestmark = pytest.mark.controller
ENDED = {"host": "a", "became": "committed", "ok": True, "text": "committed"}


@pytest.fixture(name="end")
def fixture_end(tmp_path):
    """``end(after="fail", fail_on="worse", host={})``: one host, whose only control passed before."""

    def run(after="pass", fail_on="never", host=None):
        for folder, verdict in (("before", "pass"), ("after", after)):
            (tmp_path / folder).mkdir(exist_ok=True)
            fleet = {"results": [{"host": "a", "controls": [{"id": "kernel.enabled", "verdict": verdict}]}]}
            (tmp_path / folder / results.FLEET_FILE).write_text(json.dumps(fleet))
        action = gate.ActionModule.__new__(gate.ActionModule)
        action._task = types.SimpleNamespace(check_mode=False)
        closed = {"number": 1, "batch": ["a"], "endings": [ENDED], "stop": False, "stopped": ""}
        hostvars = {"a": dict({gate.CLOSED: closed}, **(host or {}))}
        options = {"result_dir": str(tmp_path), "compared": True, "fail_on": fail_on}
        return action._end(options, {"ansible_play_hosts_all": ["a"], "hostvars": hostvars})

    return run


@pytest.mark.parametrize(
    ("after", "fail_on", "fails"),
    [("pass", "worse", False), ("fail", "never", False), ("fail", "worse", True), ("error", "worse", True)],
)
def test_verdicts_that_are_worse_fail_the_run_where_that_is_asked_for(end, after, fail_on, fails):
    found = end(after, fail_on)
    assert found.get("failed", False) is fails
    assert not fails or found["msg"] == "worse than before: kernel.enabled."


def test_a_host_that_could_not_be_judged_afterwards_is_not_as_it_should_be(end):
    found = end(host={gate.UNJUDGED_AFTER: {"task": "Judge the host", "result": {"msg": "no python"}}})
    assert found["failed"] is True
    assert (
        found["hosts"]["a"]["text"] == "committed; it could not be judged after the rollout: Judge the host: no python"
    )
