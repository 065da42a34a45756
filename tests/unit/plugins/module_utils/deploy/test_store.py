# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import datetime
import os
import stat

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import store as store_module
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept, look
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError
from ansible_collections.auditops.trail.tests.unit import children


@pytest.fixture
def store(tmp_path):
    return Store(str(tmp_path / "lib" / "state"))


def test_asking_makes_no_folder(store, tmp_path):
    assert store.ids("rules") == []
    assert store.load("journal") is None
    store.drop("journal")
    assert store.prune("rules", 0) == []
    assert os.listdir(str(tmp_path)) == []


def test_the_folder_and_what_is_in_it_are_roots_alone(store):
    store.save("journal", {"step": "x"})
    assert stat.S_IMODE(os.stat(store.folder).st_mode) == 0o700
    for name in os.listdir(store.folder):
        assert stat.S_IMODE(os.stat(os.path.join(store.folder, name)).st_mode) == 0o600


def test_what_was_saved_is_loaded_and_can_be_dropped(store):
    store.save("journal", {"path": "/etc/\udcff", "n": [1, None, True]})
    store.save("journal", {"path": "/etc/\udcff", "n": [2]})
    assert store.load("journal") == {"path": "/etc/\udcff", "n": [2]}
    store.drop("journal")
    assert store.load("journal") is None
    assert os.listdir(store.folder) == []


def test_a_damaged_document_is_an_error_with_its_name(store):
    store.save("journal", {})
    path = os.path.join(store.folder, "journal.json")
    with open(path, "wb") as out:
        out.write(b'{"half')
    with pytest.raises(EvidenceError) as refused:
        store.load("journal")
    assert refused.value.file == path


def test_files_come_back_as_they_were(store, tmp_path):
    path = tmp_path / "a"
    path.write_bytes(bytes(range(256)))
    kept = {
        str(path): look(str(path)),
        "/none": Kept("/none"),
        "/full": Kept("/full", b"", 0o4755, 1, 2, b"context\0", b"\2\0", "there", 5),
        "/\udcff": Kept("/\udcff", b"\xff"),
    }
    identifier = store.keep("config", kept, {"why": "a test"})
    assert identifier.startswith("config-")
    assert store.read(identifier) == kept
    assert store.record(identifier)["why"] == "a test"


@pytest.mark.parametrize("name", ["config-20260101T000000.000000Z-abcd", "nonsense", "../lock", ""])
def test_what_was_not_kept_is_an_error(store, name):
    store.save("journal", {})
    with pytest.raises(TrailError):
        store.read(name)


def test_a_record_of_another_kind_is_told_from_one_that_is_not_there(store):
    identifier = store.keep("rules", {})
    assert store.record(identifier, "rules") == store.record(identifier)
    with pytest.raises(TrailError, match="is a record of the kind rules, and not of config") as refused:
        store.record(identifier, "config")
    assert "begins with config-" in refused.value.remedy


def test_records_are_listed_in_the_order_in_which_they_were_kept_and_pruned_from_the_oldest(store):
    made = [store.keep("rules", {}) for _again in range(12)]
    other = store.keep("config", {})
    assert store.ids("rules") == made
    assert store.prune("rules", 5) == made[:7]
    assert store.ids("rules") == made[7:]
    assert store.prune("rules", 5) == []
    assert store.ids("config") == [other]


def test_a_clock_that_was_set_back_changes_no_order(store, monkeypatch):
    made = [store.keep("rules", {})]

    class Earlier(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime(1999, 1, 1, tzinfo=tz)

    monkeypatch.setattr(store_module.datetime, "datetime", Earlier)
    made += [store.keep("rules", {}) for _again in range(3)]
    assert store.ids("rules") == made


def test_a_run_that_is_at_work_is_seen_without_the_lock_being_tried(store):
    assert store.is_busy() is False
    with store.lock():
        assert Store(store.folder).is_busy() is True
    assert store.is_busy() is False


def test_a_folder_that_others_can_write_is_refused(store):
    store.save("journal", {})
    for mode in (0o720, 0o702, 0o777):
        os.chmod(store.folder, mode)
        for call in (lambda: store.load("journal"), lambda: store.save("journal", {}), lambda: store.ids("rules")):
            with pytest.raises(TrailError) as refused:
                call()
            assert refused.value.file == store.folder


def test_a_folder_that_others_can_read_is_closed(store):
    store.save("journal", {})
    os.chmod(store.folder, 0o755)
    store.load("journal")
    assert stat.S_IMODE(os.stat(store.folder).st_mode) == 0o755  # a look changes nothing
    store.save("journal", {})
    assert stat.S_IMODE(os.stat(store.folder).st_mode) == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="another owner takes root")
def test_a_folder_that_another_owns_is_refused(store):
    store.save("journal", {})
    os.chown(store.folder, 65534, 0)
    with pytest.raises(TrailError) as refused:
        store.load("journal")
    assert "65534" in refused.value.message


def test_a_link_in_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "real").mkdir(0o700)
    os.symlink("real", str(tmp_path / "state"))
    with pytest.raises(TrailError):
        Store(str(tmp_path / "state")).save("journal", {})


def test_two_at_once_are_refused_and_the_other_is_named(store):
    other = Store(store.folder)
    with store.lock():
        with pytest.raises(TrailError) as refused, other.lock():
            pass
        assert "process {0} ".format(os.getpid()) in refused.value.message
    with other.lock():
        pass


def test_who_has_the_lock_may_take_it_again_and_keeps_it_until_the_last_end(store):
    other = Store(store.folder)
    with store.lock():
        with store.lock():
            pass
        with pytest.raises(TrailError), other.lock():
            pass


def test_the_lock_goes_with_a_process_that_is_killed(store):
    def work():
        with store.lock():
            children.die()

    assert children.in_child(work) is False
    with store.lock():
        pass


def test_on_a_full_disk_the_document_of_before_stays(tmp_path):
    def work():
        store = Store(str(tmp_path / "state"))
        store.save("journal", {"small": 1})
        with pytest.raises(TrailError) as refused:
            store.save("journal", {"large": "x" * 200000})
        assert "bytes are needed" in refused.value.message
        assert store.load("journal") == {"small": 1}

    children.on_small_disk(tmp_path, work)
