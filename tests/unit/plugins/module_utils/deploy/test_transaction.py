# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

import errno
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files, original, recovery, transaction
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.tests.unit import children
from ansible_collections.auditops.trail.tests.unit.kernels import Kernel
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import hosts

folder = pytest.fixture(hosts.folders, name="folder")


@pytest.fixture
def host(folder):
    return hosts.fresh(folder)


def _load(host, new=None, **more):
    return transaction.load(host.change(new, **more), host.kernel, host.store)


def _commit(host, record, **more):
    return transaction.commit(record["id"], host.kernel, host.store, **more)


def _roll_back(host, record):
    return transaction.roll_back(record["id"], host.kernel, host.store)


def _write(path, text):
    with open(path, "w") as out:
        out.write(text)


def _read(path):
    with open(path) as read:
        return read.read()


# -- the way of a change ---------------------------------------------------------------------------------------------
def test_a_load_brings_files_and_kernel_to_the_new_rules_and_is_pending(host):
    record = _load(host, meta={"profiles": ["soc2"]})
    assert host.kernel.rules == ["a", "x", "y", "z", "b"] == host.lines()
    assert host.kernel.state()["settings"]["failure"] == 2
    assert not os.path.exists(host.path("20-foreign.rules"))
    assert os.path.islink(host.path("40-link.rules"))
    assert (record["state"], record["deferred"], record["reboot_required"]) == ("pending", False, False)
    assert record["counts"] == {"added": 3, "removed": 2, "moved": 0}
    assert transaction.latest(host.store) == record
    assert record["meta"] == {"profiles": ["soc2"]}
    assert host.kernel.locked() is False


def test_a_commit_writes_the_lock_to_disk_and_locks_the_kernel(host):
    record = _commit(host, _load(host, loginuid=True))
    assert record["state"] == "committed"
    assert _read(host.path("99-last.rules")) == hosts.LOCK
    assert _read(host.audit_rules).endswith(hosts.LOCK)
    assert host.kernel.locked() and host.kernel.state()["loginuid"] == 1
    whole = host.whole()
    assert _commit(host, record) == record
    assert host.whole() == whole


def test_a_commit_without_a_lock_leaves_the_kernel_open(host):
    record = _commit(host, _load(host, lock=False, finalize={}))
    assert record["state"] == "committed" and not host.kernel.locked()


def test_a_roll_back_brings_back_all_that_was_there(host):
    before = host.whole()
    record = _load(host)
    record = _roll_back(host, record)
    assert host.whole() == before
    assert record["state"] == "rolled_back" and not record["reboot_required"] and not record["set_aside"]
    assert _roll_back(host, record) == record
    assert transaction.latest(host.store) is None
    with pytest.raises(TrailError):
        _commit(host, record)


def test_after_the_lock_a_roll_back_is_of_the_files_and_wants_a_reboot(host):
    before = host.disk()
    record = _roll_back(host, _commit(host, _load(host)))
    assert host.disk() == before
    assert record["reboot_required"] is True
    assert host.kernel.rules == ["a", "x", "y", "z", "b"]


def test_only_the_latest_is_rolled_back_or_committed(host):
    before = host.whole()
    first = _load(host)
    between = host.whole()
    second = _load(host, {"60-more.rules": "m\n"})
    for act in (_roll_back, _commit):
        with pytest.raises(TrailError) as refused:
            act(host, first)
        assert second["id"] in refused.value.message
    _roll_back(host, second)
    assert host.whole() == between
    _roll_back(host, first)
    assert host.whole() == before


def test_files_are_written_before_others_are_taken_away_and_what_is_made_of_them_comes_last(host):
    steps = []
    record = transaction.load(host.change(), host.kernel, host.store, step=steps.append)
    names = ["10-base.rules", "40-link.rules", "50-ours.rules", "20-foreign.rules"]
    put = ["put " + host.path(name) for name in names] + ["put " + host.audit_rules]
    assert [name for name in steps if name.startswith("put ")] == put
    assert record["state"] == "pending"


def test_the_owner_of_a_changed_file_and_its_mode_stay(host):
    os.chmod(host.path("10-base.rules"), 0o604)
    _load(host)
    assert files.look(host.path("10-base.rules")).mode == 0o604
    assert files.look(host.path("50-ours.rules")).mode == 0o640


@pytest.mark.parametrize("keep", [1, 5])
def test_transactions_are_pruned_and_the_one_that_can_be_rolled_back_stays(host, keep):
    for number in range(8):
        record = _load(host, {"60-more.rules": "m{0}\n".format(number)}, lock=False, finalize={})
        _commit(host, record, keep=keep)
    assert len(host.store.ids("rules")) == keep
    for number in range(8):
        later = transaction.load(
            host.change({"60-more.rules": "n{0}\n".format(number)}), host.kernel, host.store, keep=keep
        )
        transaction.roll_back(later["id"], host.kernel, host.store, keep=keep)
    assert len(host.store.ids("rules")) == 2 * keep
    assert transaction.latest(host.store)["id"] == record["id"]
    _roll_back(host, record)


def test_loads_that_nobody_commits_are_pruned_as_well(host):
    for number in range(9):
        _load(host, {"60-more.rules": "m{0}\n".format(number)})
    assert len(host.store.ids("rules")) == 6


# -- a locked kernel -------------------------------------------------------------------------------------------------
def test_on_a_locked_kernel_the_files_are_put_and_the_kernel_waits_for_the_boot(host):
    before = host.disk()
    host.kernel.boot(host.lines(), locked=True)
    record = _load(host)
    assert record["deferred"] and record["reboot_required"]
    assert host.kernel.rules == ["a", "b", "c", "d"]
    assert host.lines() == ["a", "x", "y", "z", "b"]
    record = _roll_back(host, record)
    assert record["reboot_required"] is False  # the kernel has never heard of it
    assert host.disk() == before


def test_a_deferred_load_is_rolled_back_after_the_boot_that_loaded_it(host):
    before = host.whole()[:2]
    host.kernel.boot(host.lines(), locked=True)
    record = _load(host)
    host.kernel.boot(host.lines(), locked=False)
    record = _roll_back(host, record)
    assert host.whole()[:2] == before and record["reboot_required"] is False
    assert not host.kernel.locked()


def test_a_deferred_load_is_committed_on_disk(host):
    host.kernel.boot(host.lines(), locked=True)
    record = _commit(host, _load(host))
    assert record["state"] == "committed" and record["reboot_required"]
    assert hosts.LOCK in host.merged()


def test_a_deferred_load_is_not_locked_before_it_was_proven(host):
    host.kernel.boot(host.lines(), locked=True)
    record = _load(host)
    host.kernel.boot(host.lines(), locked=False)
    with pytest.raises(TrailError) as refused:
        _commit(host, record)
    assert "not been proven" in refused.value.message


# -- what is refused -------------------------------------------------------------------------------------------------
def _edit(host, name):
    with open(host.path(name), "a") as out:
        out.write("hand\n")


@pytest.mark.parametrize("name", ["10-base.rules", "40-link.rules", "50-ours.rules", "70-another.rules"])
def test_a_file_changed_by_hand_after_the_load_is_not_committed(host, name):
    record = _load(host)
    _edit(host, name)
    whole = host.whole()
    with pytest.raises(TrailError) as refused:
        _commit(host, record)
    assert refused.value.file == host.path(name)
    assert host.whole() == whole and not host.kernel.locked()


def test_a_file_that_is_not_ours_taken_away_after_the_load_is_not_committed(host):
    _write(host.path("70-another.rules"), "q\n")
    record = _load(host)
    os.unlink(host.path("70-another.rules"))
    with pytest.raises(TrailError) as refused:
        _commit(host, record)
    assert refused.value.file == host.path("70-another.rules")


def test_a_file_changed_by_hand_while_the_rules_are_loaded_is_met_by_the_commit(host):
    def step(name):
        if name.startswith("put "):
            _write(host.path("70-another.rules"), "q\n")

    record = transaction.load(host.change(), host.kernel, host.store, step=step)
    with pytest.raises(TrailError) as refused:
        _commit(host, record)
    assert refused.value.file == host.path("70-another.rules")


def test_a_file_changed_by_hand_is_rolled_back_and_what_it_held_is_kept(host):
    before = host.whole()
    record = _load(host)
    _edit(host, "50-ours.rules")
    record = _roll_back(host, record)
    assert host.whole() == before
    aside = record["set_aside"]
    assert list(aside) == [host.path("50-ours.rules")]


def test_rules_changed_in_the_kernel_after_the_load_are_not_locked(host):
    record = _load(host)
    host.kernel.set(rules=["a"])
    with pytest.raises(TrailError):
        _commit(host, record)
    assert not host.kernel.locked() and hosts.LOCK not in host.merged()


def test_a_transaction_that_does_not_exist_is_refused(host):
    for act in (_commit, _roll_back):
        with pytest.raises(TrailError) as refused:
            act(host, {"id": "rules-20260101T000000.000000Z-abcd"})
        assert "there is no record" in refused.value.message


def test_another_run_at_work_is_named(host):
    with host.store.lock(), pytest.raises(TrailError) as refused:
        _load(host)
    assert "process {0} ".format(os.getpid()) in refused.value.message


# -- faults ----------------------------------------------------------------------------------------------------------
def _fails(host, kernel=None, **more):
    """The load fails; files and kernel are as before, and nothing is left of it. The error."""
    before, state = host.whole(), host.store.folder
    with pytest.raises(TrailError) as refused:
        transaction.load(host.change(**more), kernel or host.kernel, host.store)
    assert host.whole() == before
    assert recovery.interrupted(host.store) is None and host.recover() is None
    assert not os.path.exists(state) or sorted(os.listdir(state)) == ["lock"]
    return refused.value


def test_a_rule_that_the_kernel_refuses_leaves_all_as_it_was_and_is_named(host):
    error = _fails(host, Kernel(host.kernel.file, refuses="z"))
    assert (error.file, error.line, error.remedy) == ("all.rules", 4, "mend it.")
    assert "does not take it" in error.message and "Files and kernel are as they were" in error.message


def test_a_rule_that_is_taken_and_not_held_is_found_out_and_named(host):
    error = _fails(host, Kernel(host.kernel.file, forgets="y"))
    assert (error.file, error.line) == ("all.rules", 3)
    assert "y is not loaded" in error.message


def test_a_folder_that_is_not_there_is_met_before_the_kernel_is_touched(host):
    change = host.change()
    missing = os.path.join(host.folder, "no", "such.rules")
    error = _fails(host, files=dict(change.files, **{missing: b"x\n"}))
    assert error.file == missing


@pytest.mark.parametrize("call", ["write", "fsync", "rename"])
@pytest.mark.parametrize("at", range(1, 30, 4))
def test_a_call_that_fails_leaves_all_as_it_was(host, monkeypatch, call, at):
    before = host.whole()
    real, count = getattr(os, call), [0]

    def fails_once(*arguments, **options):
        count[0] += 1
        if count[0] == at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return real(*arguments, **options)

    monkeypatch.setattr(files.os, call, fails_once)
    try:
        record = _load(host)
    except TrailError as error:
        assert error.file
        monkeypatch.undo()
        if recovery.interrupted(host.store):
            host.recover()
        assert host.whole() == before, error
    else:
        monkeypatch.undo()
        assert count[0] < at
        _roll_back(host, record)
        assert host.whole() == before


def test_on_a_full_disk_the_file_is_named_before_the_kernel_is_touched(folder):
    os.mkdir(folder)

    def work():
        inside = os.path.join(folder, "inside")
        os.mkdir(inside)
        host = hosts.Host(inside)
        before = host.whole()
        change = host.change({"50-ours.rules": "z\n" * 60000})
        kernel = Kernel(host.kernel.file, stuck=True)
        _write(kernel.file + ".stuck", "")
        state = Store(os.path.join(os.path.dirname(folder), "state"))  # on another file system
        with pytest.raises(TrailError) as refused:
            transaction.load(change, kernel, state)
        assert refused.value.file in (host.path("50-ours.rules"), host.audit_rules)
        assert "bytes are needed" in refused.value.message
        assert host.whole() == before

    children.on_small_disk(folder, work, "150k")


def test_where_putting_back_fails_as_well_the_state_is_told_and_the_next_run_mends_it(host, monkeypatch):
    before = host.whole()
    real = files.restore

    def fails(_kept):
        raise TrailError("the second failure", "/second")

    def apply(kept, staged):
        if kept.path == host.path("50-ours.rules"):
            monkeypatch.setattr(files, "restore", fails)
            raise TrailError("the first failure", "/first")
        return real_apply(kept, staged)

    real_apply = files.apply
    monkeypatch.setattr(files, "apply", apply)
    with pytest.raises(TrailError) as refused:
        _load(host)
    text = refused.value.message
    assert "the first failure" in text and "the second failure" in text and refused.value.file == "/first"
    assert "as after: " in text and "as before: " in text and "the kernel: as after" in text
    assert recovery.interrupted(host.store)["would"] == "undo"
    with pytest.raises(TrailError) as refused:
        host.recover()
    assert "while undoing what an interrupted load left" in refused.value.message
    monkeypatch.setattr(files, "restore", real)
    assert host.recover()["did"] == "undone"
    assert host.whole() == before


def test_a_lock_that_the_kernel_refuses_leaves_the_load_pending(host, monkeypatch):
    record = _load(host)
    before = host.whole()

    def lock(_loginuid=False):
        raise TrailError("not permitted")

    monkeypatch.setattr(host.kernel, "lock", lock)
    with pytest.raises(TrailError):
        _commit(host, record)
    assert host.whole() == before and host.recover() is None
    assert transaction.latest(host.store)["state"] == "pending"
    monkeypatch.undo()
    assert _commit(host, record)["state"] == "committed"


def test_an_interrupt_from_the_keyboard_leaves_nothing_half_done(host):
    before = host.whole()

    def step(name):
        if name == "add z":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transaction.load(host.change(), host.kernel, host.store, step=step)
    assert host.whole() == before and host.recover() is None


def test_a_kernel_that_was_locked_while_a_run_was_cut_off_is_told(host):
    files_before = host.disk()
    hosts.load_killed(host, "remove c")
    host.kernel.set(settings=dict(host.kernel.state()["settings"], enabled=2))
    came = host.recover()
    assert came["did"] == "undone" and came["reboot_required"] is True
    assert host.disk() == files_before


def test_what_a_hand_changed_after_a_run_was_cut_off_is_kept(host):
    hosts.load_killed(host, "put " + host.path("50-ours.rules"))
    _edit(host, "10-base.rules")
    came = host.recover()
    assert came["did"] == "finished" and came["set_aside"] == [host.path("10-base.rules")]
    assert host.lines() == host.kernel.rules == ["a", "x", "y", "z", "b"]
    kept = host.store.read(came["set_aside_in"])
    assert kept[host.path("10-base.rules")].data.endswith(b"hand\n")


def test_what_was_staged_behind_a_link_that_is_to_come_back_is_taken_away(host):
    record = _load(host, {"40-link.rules": None})
    before = host.whole()

    def step(name):
        if name == "add d":
            assert [path for path in host.disk() if ".auditops-" in path]
            children.die()

    assert not children.in_child(lambda: transaction.roll_back(record["id"], host.kernel, host.store, step=step))
    assert host.recover()["did"] == "undone"
    assert host.whole() == before


# -- the host given back ---------------------------------------------------------------------------------------------
def _give_back(host, **more):
    given = original.given_back(host.store)
    names = {os.path.basename(path): kept for path, kept in given.files.items()}
    texts = {
        name: None if kept.data is None else kept.data.decode() for name, kept in names.items() if name != "audit.rules"
    }
    change = host.change(texts, lock=False, finalize={}, gives_back=True, **more)
    change = change._replace(files=dict(change.files, **given.files))
    return transaction.load(change, host.kernel, host.store), given.left


def test_the_host_is_given_back_as_it_was_before_the_first_transaction(host):
    files_before, rules_before, _settings = host.whole()
    _load(host)
    _load(host, {"50-ours.rules": "q\n", "60-more.rules": "m\n", "10-base.rules": None})
    _commit(host, transaction.latest(host.store))
    host.kernel.boot(host.lines())  # the lock is gone
    between = host.whole()
    record, left = _give_back(host)
    assert host.disk() == files_before and not left
    assert sorted(host.kernel.rules) == sorted(rules_before)
    assert original.given_back(host.store).files == {}
    _roll_back(host, record)
    assert host.whole() == between
    assert original.given_back(host.store).files != {}


def test_a_transaction_that_was_rolled_back_leaves_no_original(host):
    _roll_back(host, _load(host))
    assert original.given_back(host.store).files == {}
    _edit(host, "10-base.rules")
    _load(host)
    assert original.given_back(host.store).files[host.path("10-base.rules")].data == b"a\nb\nhand\n"


def test_a_load_that_failed_leaves_no_original(host):
    _fails(host, Kernel(host.kernel.file, refuses="z"))
    assert original.given_back(host.store).files == {}


def test_a_purged_file_that_somebody_has_made_anew_stays(host):
    _load(host)
    _write(host.path("20-foreign.rules"), "theirs\n")
    given = original.given_back(host.store)
    assert given.left == [host.path("20-foreign.rules")]
    assert host.path("20-foreign.rules") not in given.files


def test_asking_what_was_left_makes_no_folder(host):
    assert recovery.interrupted(host.store) is None and host.recover() is None
    assert transaction.latest(host.store) is None and original.given_back(host.store).files == {}
    assert not os.path.exists(host.store.folder)
