# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role auditd does about a journald that would switch auditing off. Only below the test's folder."""

import pytest

from ansible_collections.auditops.trail.tests.unit import playing

pytestmark = pytest.mark.controller
PLAY = """
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.import_role: {name: auditops.trail.auditd, tasks_from: journald}
"""
KNOWS_IT = b"\0\xff\xfe\nJournal.Audit\0Journal.Storage\0"
WRITTEN = ["[Journal]", "Audit=yes"]


@pytest.fixture(name="role")
def fixture_role(tmp_path, repository):
    """``role(data, "--check")``: a run with a journald of these bytes; what has changed, and what was written."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    collections = playing.collection(tmp_path / "collections", repository, {})
    program, drop_in = tmp_path / "systemd-journald", tmp_path / "etc" / "journald.conf.d" / "zzz.conf"
    (tmp_path / "play.yml").write_text(PLAY)

    def run(data, *options):
        if data is not None:
            program.write_bytes(data)
        given = {
            "_auditd_journald_programs": [str(tmp_path / "none"), str(program)],
            "_auditd_journald_drop_in": str(drop_in),
        }
        line = "a ansible_connection=local " + playing.ON_THIS_PYTHON
        done = playing.play(tmp_path, collections, "play.yml", [line], *options, variables=given)
        assert done.returncode == 0
        words = drop_in.read_text().splitlines() if drop_in.exists() else None
        return "changed=1 " in done.stdout, words and [line for line in words if not line.startswith("#")]

    return run


def test_it_is_kept_from_it_once_and_check_mode_says_so(role):
    assert role(KNOWS_IT, "--check") == (True, None)
    assert role(KNOWS_IT) == (True, WRITTEN)
    assert role(KNOWS_IT) == (False, WRITTEN)


@pytest.mark.parametrize("data", [b"\0Journal.Storage\0", None], ids=["systemd 245", "no journald"])
def test_a_journald_that_knows_no_such_setting_is_left_alone(role, data):
    assert role(data) == (False, None)
