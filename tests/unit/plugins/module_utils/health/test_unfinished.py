# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What interrupted runs have left is seen by a look that changes nothing, until it is finished or undone."""

import os
import re

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import change
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import FOLDER, Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.health import quick, unfinished
from ansible_collections.auditops.trail.tests.unit import roots
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import task_host
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.task_host import PASSWD, killed

NOTHING = {"interrupted": None, "pending": None}

rules_host = pytest.fixture(task_host.hosts, name="rules_host")


def look(folder):
    return unfinished.look(Store(folder))


def tree(folder):
    """Every file below a folder with its mode and content."""
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        with open(path, "rb") as opened:
            found[name] = (os.stat(path).st_mode, opened.read())
    return found


def test_a_host_without_a_state_folder_has_nothing_open_and_gets_none(tmp_path):
    assert look(str(tmp_path / "state")) == NOTHING
    assert not (tmp_path / "state").exists()


def test_a_killed_load_is_told_until_the_next_run_and_so_are_rules_that_nobody_has_committed(rules_host):
    state = rules_host.store.folder
    killed(rules_host, "load", "put ", ("30-a.rules", PASSWD))
    before = tree(state)
    found = look(state)
    assert found["interrupted"]["kind"] == "rules"
    assert found["interrupted"]["step"].startswith("put ")
    assert re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z", found["interrupted"]["since"])
    assert tree(state) == before
    told = rules_host.run(("30-a.rules", PASSWD))
    assert told["recovered"]
    assert look(state) == {"interrupted": None, "pending": told["transaction"]}
    rules_host.run(state="committed")
    assert look(state) == NOTHING


@pytest.mark.parametrize("kind", [change.SETTINGS, change.BOOT])
def test_an_open_journal_of_settings_or_boot_parameters_is_told(tmp_path, kind):
    store = Store(str(tmp_path / "state"))
    journal = change.Journal(store.new_id(kind), kind, {"/a": Kept("/a")}, {"/a": Kept("/a", b"x")}, {})
    change.save(store, journal)
    found = look(store.folder)["interrupted"]
    assert (found["kind"], found["step"]) == (kind, "")
    assert found["since"]
    with store.lock():  # a run that is at work has its journal open
        assert look(store.folder) == NOTHING
    change.close(store, journal)
    assert look(store.folder) == NOTHING


def test_what_cannot_be_read_stands_among_what_could_not_be_seen(tmp_path):
    folder = str(tmp_path) + FOLDER
    os.makedirs(folder, 0o777)
    os.chmod(folder, 0o777)
    with pytest.raises(TrailError):
        look(folder)
    found = quick.status(roots.context(tmp_path), {"errors": {}})
    assert (found["interrupted"], found["pending"]) == (None, None)
    assert "can be written by others" in found["errors"]["state"]


def test_the_quick_check_tells_it(tmp_path):
    store = Store(str(tmp_path) + FOLDER)
    change.save(store, change.Journal(store.new_id(change.BOOT), change.BOOT, {}, {}, {}))
    found = quick.status(roots.context(tmp_path), {"errors": {}})
    assert found["interrupted"]["kind"] == change.BOOT
    assert found["errors"] == {}
