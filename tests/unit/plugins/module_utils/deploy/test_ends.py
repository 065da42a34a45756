# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What commit, rollback and absent do to files and kernel, and that what they tell is so."""

import errno
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.deploy import recovery, scene, transaction
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy import task_host
from ansible_collections.auditops.trail.tests.unit.plugins.module_utils.deploy.task_host import (
    GROUP,
    PASSWD,
    actions,
    killed,
)

SHADOW = "-w /etc/shadow -p wa -k theirs\n"

host = pytest.fixture(task_host.hosts, name="host")


def names(result):
    return [os.path.basename(one["after_header"]) for one in result["diff"]]


def lock(host, *own, **options):
    host.run(*own, immutable=True, **options)
    host.run(state="committed")


# -- rolled back -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_rollback_tells_what_becomes_of_each_file(host, check_mode):
    host.write("20-theirs.rules", SHADOW)
    host.run(("30-a.rules", PASSWD))
    host.run(state="committed")
    host.run(("30-a.rules", GROUP), purge=True)
    back = host.run(state="rolled_back", check_mode=check_mode)
    assert actions(back) == {
        "audit.rules": "changed",
        "10-auditops.rules": "unchanged",
        "20-theirs.rules": "created",
        "30-a.rules": "changed",
    }
    assert names(back) == ["audit.rules", "20-theirs.rules", "30-a.rules"]
    assert (back["changed"], back["transaction_state"]) == (True, "rolled_back")


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_rollback_tells_of_files_of_others_that_came_since(host, check_mode):
    host.run(("30-a.rules", PASSWD))
    host.run(state="committed")
    host.run(("30-a.rules", GROUP))
    host.write("zz.rules", SHADOW)
    back = host.run(state="rolled_back", check_mode=check_mode)
    (said,) = [text for text in back["warnings"] if "zz.rules" in text]
    assert "augenrules --load" in said


def test_a_lock_that_could_not_be_noted_is_told_and_noted_by_the_next_run(host, monkeypatch):
    """With the kernel locked there is no way back: the disk must not say anything else."""
    host.run(("30-a.rules", PASSWD), immutable=True)

    def full(*_arguments):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(recovery, "documents", full)
        with pytest.raises(TrailError, match="locked in the kernel and on disk, and that could not be noted") as caught:
            host.run(state="committed")
    assert "run it again" in caught.value.remedy
    assert "rules.d/99-auditops.rules" in host.disk()
    done = host.run(state="committed")
    assert (done["changed"], done["immutable"], done["proof"]["equal"]) == (True, True, True)
    assert transaction.latest(host.store)["state"] == "committed"


@pytest.mark.parametrize("state", ["committed", "rolled_back"])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_record_of_another_module_is_no_transaction(host, state, check_mode):
    other = host.store.keep("config", {})
    with pytest.raises(TrailError, match="of the kind config, and not of rules"):
        host.run(state=state, transaction=other, check_mode=check_mode)


def test_a_rollback_tells_what_the_kernel_got_back_and_how_it_stands(host):
    host.write("20-theirs.rules", SHADOW)
    host.run(("30-a.rules", PASSWD))
    host.run(state="committed")
    host.run(("30-a.rules", GROUP), purge=True)
    back = host.run(state="rolled_back")
    assert back["kernel"] == {"added": 2, "removed": 1, "moved": 0}
    assert (back["rules"], back["proof"]["equal"]) == ({"file": 2, "kernel": 2}, True)
    assert actions(host.run(state="rolled_back")) == {}


def test_a_rollback_to_files_that_the_kernel_never_held_says_so(host):
    host.write("20-theirs.rules", SHADOW)
    host.run(("30-a.rules", PASSWD))
    back = host.run(state="rolled_back")
    assert actions(back) == {"10-auditops.rules": "removed", "30-a.rules": "removed", "audit.rules": "removed"}
    assert [one["kind"] for one in back["proof"]["differences"]] == ["not_loaded"]
    assert (back["rules"], back["reboot_required"]) == ({"file": 1, "kernel": 0}, False)


def test_a_rule_that_cannot_be_put_back_is_told(host):
    host.run(("30-a.rules", PASSWD))
    host.run(state="committed")
    host.run(("30-a.rules", GROUP))
    host.wire.missing = ("/etc/passwd",)
    back = host.run(state="rolled_back")
    assert any("1 rule that the kernel does not take any more" in text for text in back["warnings"])
    assert back["proof"]["equal"] is False


def test_a_rollback_is_no_failure_where_the_host_cannot_be_looked_at(host, monkeypatch):
    before = host.disk()
    host.run(("30-a.rules", PASSWD))

    def look(_plan, _check_mode):
        raise TrailError("there is no auditctl")

    monkeypatch.setattr(scene, "look", look)
    back = host.run(state="rolled_back")
    assert (host.disk(), back["changed"], back["proof"]) == (before, True, None)
    assert any("there is no auditctl" in text for text in back["warnings"])


# -- committed ---------------------------------------------------------------------------------------------------------
def test_a_commit_shows_the_lock_also_where_it_is_only_checked(host):
    loaded = host.run(("30-a.rules", PASSWD), immutable=True)
    assert names(loaded) == ["audit.rules", "10-auditops.rules", "30-a.rules"]
    told = [host.run(state="committed", check_mode=check_mode) for check_mode in (True, False)]
    for one in told:
        assert actions(one) == {"99-auditops.rules": "created", "audit.rules": "changed"}
        assert [part["after"].endswith("-e 2\n") for part in one["diff"]] == [True, True]
        assert (one["changed"], one["transaction_state"]) == (True, "committed")
        assert (one["proof"]["equal"], one["rules"], one["kernel"]) == (True, {"file": 1, "kernel": 1}, None)
    assert [one["immutable"] for one in told] == [False, True]


def test_what_could_not_be_committed_cannot_in_check_mode_either(host):
    host.run(("30-a.rules", PASSWD), immutable=True)
    host.wire.delete(host.wire.payloads()[0])
    with pytest.raises(TrailError, match="load the rules again"):
        host.run(state="committed", check_mode=True)


def test_check_mode_shows_the_lock_that_a_commit_would_write(host):
    told = host.run(("30-a.rules", PASSWD), immutable=True, check_mode=True)
    parts = {os.path.basename(one["after_header"]): one for one in told["diff"]}
    lines = parts["99-auditops.rules (by state: committed)"]["after"].splitlines()
    assert lines[-1] == "-e 2"
    made = parts["audit.rules (by state: committed)"]
    assert made["before"] == parts["audit.rules"]["after"]
    assert "(by state" not in "".join(names(host.run(("30-a.rules", PASSWD), check_mode=True)))


# -- absent ------------------------------------------------------------------------------------------------------------
def test_rules_that_came_meanwhile_are_in_audit_rules_as_in_the_kernel(host):
    host.run(("30-a.rules", PASSWD))
    host.run(state="committed")
    host.write("40-admin.rules", GROUP)
    gone = host.run(state="absent")
    assert host.disk()["audit.rules"].splitlines()[-2] == GROUP.strip()
    assert sorted(host.disk()) == ["audit.rules", "rules.d/40-admin.rules"]
    assert host.loaded() == [("/etc/group", ("id",))]
    assert (gone["rules"], gone["proof"]["equal"]) == ({"file": 1, "kernel": 1}, True)
    assert actions(gone)["audit.rules"] == "changed"


def test_an_audit_rules_that_was_made_before_is_made_anew_too(host):
    host.write("20-theirs.rules", SHADOW)
    made = host.folder / "audit" / "audit.rules"
    made.write_text("## This file is automatically generated from /etc/audit/rules.d\n\n\n\n" + SHADOW + "\n")
    before = host.disk()
    host.run(("30-a.rules", PASSWD))
    host.run(state="absent")
    assert host.disk() == before
    host.run(("30-a.rules", PASSWD))
    host.write("40-admin.rules", GROUP)
    host.run(state="absent")
    assert host.disk()["audit.rules"].splitlines()[4:6] == [SHADOW.strip(), GROUP.strip()]
    assert host.loaded() == [("/etc/shadow", ("theirs",)), ("/etc/group", ("id",))]


@pytest.mark.parametrize("loader", ["augenrules", "auditctl"])
def test_an_audit_rules_that_was_written_by_hand_lies_there_again_and_is_loaded(host, loader):
    host.loader = loader
    made = host.folder / "audit" / "audit.rules"
    made.write_text(SHADOW)
    host.run(("30-a.rules", PASSWD), purge=True)
    gone = host.run(state="absent")
    assert (host.disk(), host.loaded()) == ({"audit.rules": SHADOW}, [("/etc/shadow", ("theirs",))])
    assert gone["proof"]["equal"] is True
    assert any("written by hand" in text for text in gone["warnings"]) is (loader == "augenrules")


def without_rules_dir(host):
    """A host whose rules all stand in an audit.rules that was written by hand; what its disk holds."""
    host.rules_dir.rmdir()
    (host.folder / "audit" / "audit.rules").write_text("-D\n" + SHADOW)
    return host.disk()


@pytest.mark.parametrize("state", ["rolled_back", "absent"])
def test_a_folder_of_rules_that_was_not_there_is_not_there_afterwards(host, state):
    before = without_rules_dir(host)
    host.run(("30-a.rules", PASSWD), ("31-b.rules", SHADOW))
    assert host.rules_dir.is_dir()
    gone = host.run(state=state)
    assert (host.disk(), host.rules_dir.exists()) == (before, False)
    # augenrules loads audit.rules as it is then: nothing has to be told.
    assert gone["warnings"] == []
    assert gone["rules"]["file"] == 1


@pytest.mark.parametrize("state", ["rolled_back", "absent"])
def test_it_stays_where_somebody_has_put_something_into_it(host, state):
    without_rules_dir(host)
    host.run(("30-a.rules", PASSWD), ("31-b.rules", SHADOW))
    host.write("README", "ours")
    gone = host.run(state=state)
    assert os.listdir(str(host.rules_dir)) == ["README"]
    assert any("written by hand" in text for text in gone["warnings"]) is (state == "absent")


def test_a_load_that_fails_leaves_no_folder_of_rules_either(host):
    before = without_rules_dir(host)
    host.wire.silent = True
    with pytest.raises(TrailError, match="as they were"):
        host.run(("30-a.rules", PASSWD), ("31-b.rules", SHADOW))
    assert (host.disk(), host.rules_dir.exists()) == (before, False)


@pytest.mark.parametrize(
    "number, said",
    [(errno.ENOSPC, "bytes are free"), (errno.EDQUOT, "raise the quota"), (errno.EROFS, "for writing")],
)
def test_why_the_folder_cannot_be_made_is_told_with_what_mends_it(host, monkeypatch, number, said):
    before, make = without_rules_dir(host), os.mkdir

    def mkdir(path, *mode):
        if path == str(host.rules_dir):
            raise OSError(number, os.strerror(number))
        make(path, *mode)

    monkeypatch.setattr(os, "mkdir", mkdir)
    with pytest.raises(TrailError) as caught:
        host.run(("30-a.rules", PASSWD), ("31-b.rules", SHADOW))
    assert (caught.value.file, host.disk()) == (str(host.rules_dir), before)
    assert "cannot be made" in str(caught.value) and said in str(caught.value)


@pytest.mark.parametrize("at", ["kernel: set values", "put ", "write the record", "take away what was staged"])
def test_an_absent_that_was_killed_leaves_nothing_to_be_committed(host, at):
    host.run(("30-a.rules", PASSWD), settings={"failure": 2})
    host.run(state="committed")
    killed(host, "load", at, state="absent")
    again = host.run(state="absent")
    assert again["recovered"]["did"] == ("undone" if at.startswith("kernel") else "finished")
    assert transaction.pending(host.store) is None
    assert host.disk() == {}


def test_values_of_the_kernel_are_given_back_where_no_file_sets_them(host):
    host.wire.now = host.wire.now._replace(backlog_limit=333, rate_limit=7)
    host.run(("30-a.rules", PASSWD), settings={"backlog_limit": 8192, "rate_limit": 0})
    host.run(("30-a.rules", PASSWD), settings={"backlog_limit": 9999, "rate_limit": 0})
    host.run(state="absent")
    assert (host.wire.status().backlog_limit, host.wire.status().rate_limit) == (333, 7)


def test_audit_that_was_off_stays_on_and_that_is_told(host):
    host.wire.set_status(enabled=0)
    host.run(("30-a.rules", PASSWD))
    told = [host.run(state="absent", check_mode=check_mode) for check_mode in (True, False)]
    for one in told:
        assert one["warnings"] == ["audit was off (enabled was 0) before the first deployment, and stays on"]
    assert host.wire.status().enabled == 1


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_file_of_ours_that_was_edited_since_goes_and_that_is_told(host, check_mode):
    host.write("20-theirs.rules", SHADOW)
    host.write("30-a.rules", GROUP)
    host.run(("30-a.rules", PASSWD), ("31-b.rules", "-w /etc/passwd -p r\n"), purge=True)
    host.run(state="committed")
    host.write("30-a.rules", PASSWD + GROUP)
    host.write("31-b.rules", "# mine\n")
    made = host.folder / "audit" / "audit.rules"
    made.write_text(made.read_text() + GROUP)  # augenrules would have made it so
    gone = host.run(state="absent", check_mode=check_mode)
    told = [text for text in gone["warnings"] if "was changed since it was deployed" in text]
    assert [os.path.basename(text.split(" was ")[0]) for text in told] == ["30-a.rules", "31-b.rules"]
    assert ["replaced" in told[0], "taken away" in told[1]] == [True, True]
    if not check_mode:
        assert sorted(host.disk()) == ["rules.d/20-theirs.rules", "rules.d/30-a.rules"]
        held = host.store.record(gone["transaction"])["before"]["files"][str(host.rules_dir / "31-b.rules")]
        assert held["data"] == "IyBtaW5lCg=="


def test_an_original_that_does_not_load_whole_is_given_back_and_told(host):
    host.write("20-theirs.rules", SHADOW + "-w relative\n" + GROUP)
    host.run(("30-a.rules", PASSWD), purge=True)
    gone = host.run(state="absent")
    assert any("20-theirs.rules:2" in text and "does not load whole" in text for text in gone["warnings"])
    assert host.loaded() == [("/etc/shadow", ("theirs",))]


def test_what_is_absent_already_is_told_of_the_kernel_as_it_is(host):
    lock(host, ("30-a.rules", PASSWD))
    first = host.run(state="absent")
    second = host.run(state="absent")
    for told in (first, second):
        assert (told["immutable"], told["reboot_required"]) == (True, True)
        assert (told["rules"], told["proof"]["equal"]) == ({"file": 0, "kernel": 1}, False)
    assert (first["changed"], second["changed"]) == (True, False)
    host.reboot()
    assert host.run(state="absent")["reboot_required"] is False


@pytest.mark.parametrize("locked", [False, True])
def test_a_check_of_absent_foretells_how_it_ends(host, locked):
    if locked:
        lock(host, ("30-a.rules", PASSWD))
    else:
        host.run(("30-a.rules", PASSWD))
    told = [host.run(state="absent", check_mode=check_mode) for check_mode in (True, False)]
    for name in ("changed", "files", "diff", "reboot_required", "immutable"):
        assert told[0][name] == told[1][name], name
    assert told[0]["proof"]["equal"] is told[1]["proof"]["equal"] is not locked
