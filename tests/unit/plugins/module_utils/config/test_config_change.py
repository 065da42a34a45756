# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A file is proven before it is written, kept before it is replaced, and put back on demand."""

import errno
import functools
import os
import stat

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import candidate, host
from ansible_collections.auditops.trail.plugins.module_utils.config import change, pending, trial
from ansible_collections.auditops.trail.plugins.module_utils.config import values as config_values
from ansible_collections.auditops.trail.plugins.module_utils.config.change import Request, applied, bring, put_back
from ansible_collections.auditops.trail.plugins.module_utils.config.trial import Proof
from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.store import Store
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.tests.unit import children, moments

TEXT = "# mine\nspace_left = 75\nadmin_space_left = 50\nnum_logs = 5\n"
ROOT = os.geteuid() == 0


class Site:
    def __init__(self, folder):
        self.path = str(folder / "auditd.conf")
        self.store = Store(str(folder / "state"))
        self.proof = Proof("daemon", "tried")
        self.asked = []
        self.write(TEXT)

    def write(self, text):
        with open(self.path, "w") as opened:
            opened.write(text)
        os.chmod(self.path, 0o640)

    @property
    def text(self):
        with open(self.path) as opened:
            return opened.read()

    def request(self, settings=None, **named):
        return Request("auditd", settings or {}, **dict({"path": self.path}, **named))

    def bring(self, settings=None, **named):
        return bring(self.request(settings, **named), self.store)

    def put_back(self, **named):
        return put_back(self.request(**named), self.store)

    def applied(self, **named):
        return applied(self.request(**named), self.store)


@pytest.fixture
def site(tmp_path, monkeypatch):
    made = Site(tmp_path)

    def prove(data, version, program):
        made.asked.append(data.decode())
        return made.proof

    monkeypatch.setattr(trial, "prove", prove)
    monkeypatch.setattr(host, "audit_version", lambda: (3, 0, 9))
    monkeypatch.setattr(pending, "Moments", moments.Moments)
    if not ROOT:  # the parsers want a file of root's; the test's is the caller's
        monkeypatch.setattr(change.surroundings, "look", lambda _place, _path: None)
    return made


def test_what_is_asked_for_is_proven_written_and_told(site):
    result = site.bring({"num_logs": 9, "freq": 20})
    assert site.text == TEXT.replace("= 5\n", "= 9\n").replace("admin_space_left = 9", "x") + "freq = 20\n"
    assert site.asked == [site.text]
    assert result["changed"] and result["proof"] == "daemon" and result["reload_sufficient"]
    assert result["settings"] == {"num_logs": {"before": "5", "after": "9"}, "freq": {"before": None, "after": "20"}}
    assert (result["diff"]["before"], result["diff"]["after"]) == (TEXT, site.text)
    assert stat.S_IMODE(os.stat(site.path).st_mode) == 0o640


def test_a_second_run_changes_nothing_and_asks_nobody(site):
    site.bring({"num_logs": 9})
    before = os.stat(site.path)
    result = site.bring({"num_logs": 9})
    assert not result["changed"] and result["backup"] is None and len(site.asked) == 1
    assert result["diff"]["before"] == result["diff"]["after"]
    assert os.stat(site.path).st_ino == before.st_ino


def test_check_mode_tells_the_same_and_writes_nothing(site):
    told = site.bring({"num_logs": 9}, check=True)
    assert site.text == TEXT and not os.path.exists(site.store.folder)
    assert told["backup"] is None and len(site.asked) == 1
    done = site.bring({"num_logs": 9})
    assert dict(told, backup=None) == dict(done, backup=None)


def test_a_file_that_the_daemon_refuses_is_not_written(site):
    site.proof = Proof("daemon", "tried", "num_logs must be less (exit status 6)", 4)
    with pytest.raises(TrailError) as caught:
        site.bring({"num_logs": 9})
    assert site.text == TEXT and not os.path.exists(site.store.folder)
    error = caught.value
    assert (error.file, error.line) == (site.path, 4)
    assert "num_logs must be less" in error.message
    assert "num_logs = 9" in error.message and "numbers from 0 to 999" in error.message


def test_a_value_that_the_table_refuses_never_comes_to_the_daemon(site):
    with pytest.raises(TrailError, match="num_logs = 1000"):
        site.bring({"num_logs": 1000})
    assert site.text == TEXT and site.asked == []


def test_where_the_daemon_cannot_be_asked_the_result_says_table_and_why(site):
    site.proof = Proof("table", "no namespaces here")
    result = site.bring({"num_logs": 9})
    assert (result["changed"], result["proof"], result["proof_reason"]) == (True, "table", "no namespaces here")


def test_proof_by_the_daemon_can_be_demanded(site):
    site.proof = Proof("table", "no namespaces here")
    with pytest.raises(TrailError, match="no namespaces here"):
        site.bring({"num_logs": 9}, proof="daemon")
    assert site.text == TEXT
    site.proof = Proof("daemon", "tried")
    assert site.bring({}, proof="daemon")["proof"] == "daemon"


def test_proof_by_the_table_asks_nobody(site):
    assert site.bring({"num_logs": 9}, proof="table")["proof"] == "table"
    assert site.asked == []


def test_another_release_than_the_installed_one_is_no_matter_of_its_daemon(site):
    assert site.bring({"report_interval": "1h"}, version="4.2.1")["proof"] == "table"
    assert site.bring({"report_interval": "1h"}, version="4.2.1")["warnings"] == []
    (warning,) = site.bring({"report_interval": "1h"}, version="9.9")["warnings"]
    assert warning.startswith("audit 9.9 is newer")
    assert site.asked == []
    with pytest.raises(TrailError, match="from 4.0.5 on"):
        site.bring({"report_interval": "1h"})


def test_what_was_there_comes_back_and_once_only(site):
    backup = site.bring({"num_logs": 9})["backup"]
    result = site.put_back(backup=backup)
    assert result["changed"] and site.text == TEXT
    assert result["settings"] == {"num_logs": {"before": "9", "after": "5"}}
    assert not site.put_back(backup=backup)["changed"]


def test_without_an_identifier_the_latest_change_is_undone(site):
    site.bring({"num_logs": 8})
    site.bring({"num_logs": 9})
    assert not site.put_back(check=True)["backup"] and "num_logs = 9" in site.text
    assert site.put_back()["changed"] and "num_logs = 8" in site.text
    assert not site.put_back()["changed"] and "num_logs = 8" in site.text


def test_what_a_rollback_replaces_is_kept_too(site):
    first = site.bring({"num_logs": 9})["backup"]
    site.write(TEXT.replace("# mine", "# by hand"))
    second = site.put_back(backup=first)["backup"]
    assert site.store.read(second)[site.path].data.decode().startswith("# by hand")
    assert site.put_back(backup=second)["changed"] and site.text.startswith("# by hand")


def test_a_file_that_was_not_there_is_taken_away_again(site):
    os.unlink(site.path)
    backup = site.bring({"space_left": 75, "admin_space_left": 50})["backup"]
    assert stat.S_IMODE(os.stat(site.path).st_mode) == 0o640
    assert site.put_back(backup=backup)["changed"] and not os.path.exists(site.path)


@pytest.mark.parametrize(
    ("named", "reason"),
    [
        ({"backup": "config-20260101T000000.000000Z-0000"}, "no record"),
        ({"backup": "../../etc/passwd"}, "no record"),
        ({}, "no backup"),
    ],
)
def test_a_backup_that_is_not_there_is_an_error(site, named, reason):
    with pytest.raises(TrailError, match=reason):
        site.put_back(**named)


def test_a_backup_of_another_file_is_refused(site):
    backup = site.bring({"num_logs": 9})["backup"]
    with pytest.raises(TrailError, match="is a backup of"):
        site.put_back(backup=backup, path=site.path + ".other")
    other = site.store.keep("config", {"/a": files.Kept("/a"), "/b": files.Kept("/b")})
    with pytest.raises(TrailError, match="no backup of a configuration file"):
        site.put_back(backup=other)


@pytest.mark.parametrize("kind", ["rules", "boot"])
def test_a_record_of_another_module_is_no_backup(site, kind):
    site.bring({"num_logs": 9})
    other = site.store.new_id(kind)
    site.store.save(other, {"id": other, "state": "pending", "before": {"files": {}}})
    with pytest.raises(TrailError, match="of the kind {0}, and not of config".format(kind)):
        site.put_back(backup=other)
    assert "num_logs = 9" in site.text


def test_a_plugin_comes_back_as_a_plugin_though_nobody_says_that_it_is_one(site, tmp_path):
    path = tmp_path / "own.conf"
    path.write_text("active = no\npath = /sbin/own\n")
    path.chmod(0o640)
    backup = bring(Request("plugin", {"args": "x"}, path=str(path)), site.store)["backup"]
    told = put_back(Request("auditd", {}, backup=backup), site.store)
    assert told["settings"] == {"args": {"before": "x", "after": None}}
    assert told["problems"] == []


def test_backups_are_pruned(site):
    for number in range(5):
        site.bring({"num_logs": 10 + number}, keep=3)
    assert len(site.store.ids("config")) == 3


@pytest.mark.parametrize("keep", [0, -1])
def test_the_backup_that_is_told_can_be_put_back_however_few_are_kept(site, keep):
    before = site.text
    backup = site.bring({"num_logs": 9}, keep=keep)["backup"]
    put_back(Request("auditd", {}, path=str(site.path), backup=backup, keep=keep), site.store)
    assert site.text == before


def test_a_change_by_another_hand_meanwhile_is_not_overwritten(site, monkeypatch):
    def prove(_data, _version, _program):
        site.write(TEXT + "# by hand\n")
        return Proof("daemon", "tried")

    monkeypatch.setattr(trial, "prove", prove)
    with pytest.raises(TrailError, match="somebody else"):
        site.bring({"num_logs": 9})
    assert site.text == TEXT + "# by hand\n"
    assert site.store.ids("config") == []


def test_what_a_killed_run_left_behind_is_cleared_away(site):
    staged = files.stage(site.path, b"half")
    site.bring({"num_logs": 9})
    assert not os.path.exists(staged)


def test_a_failed_write_leaves_the_old_file(site, monkeypatch):
    def full(*_arguments):
        raise OSError(28, "No space left on device")

    done = site.bring({"num_logs": 8})["backup"]
    before, write = site.text, files._write
    monkeypatch.setattr(
        files, "_write", lambda descriptor, data: full() if data.startswith(b"# mine") else write(descriptor, data)
    )
    with pytest.raises(TrailError, match="bytes are needed") as caught:
        site.bring({"num_logs": 9})
    assert site.text == before
    assert caught.value.file == site.path
    assert files.leftovers(site.path) == []
    assert site.store.ids("config") == [done]


@pytest.mark.parametrize("nth", range(1, 8))
def test_on_a_full_disk_the_run_fails_with_the_old_file_or_succeeds_with_the_new_one(site, monkeypatch, nth):
    write, written = files._write, []

    def full(descriptor, data):
        written.append(data)
        if len(written) == nth:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(descriptor, data)

    monkeypatch.setattr(files, "_write", full)
    try:
        result = site.bring({"num_logs": 9})
    except TrailError as error:
        assert "No space left" in str(error) or "full" in str(error)
        assert (site.text, site.store.ids("config")) == (TEXT, [])
        return
    assert "num_logs = 9" in site.text
    assert site.store.ids("config") == [result["backup"]]
    assert result["apply"] == "reload"


@pytest.mark.parametrize("step", ["keep", "stage", "put", "prune"])
@pytest.mark.parametrize("before", [True, False])
def test_a_run_that_is_killed_leaves_the_old_file_or_the_new_one_and_the_next_run_ends_it(
    site, monkeypatch, step, before
):
    owner = site.store if step in ("keep", "prune") else files
    real = getattr(owner, step)

    def killed(*arguments):
        if before:
            children.die()
        real(*arguments)
        children.die()

    monkeypatch.setattr(owner, step, killed)
    assert not children.in_child(lambda: site.bring({"num_logs": 9}))
    monkeypatch.setattr(owner, step, real)
    new = TEXT.replace("num_logs = 5", "num_logs = 9")
    assert site.text in (TEXT, new)
    site.bring({"num_logs": 9})
    assert site.text == new
    assert files.leftovers(site.path) == []
    assert site.put_back()["changed"] and site.text == TEXT


# -- what the daemon has not read yet ---------------------------------------------------------------------------------


def test_what_was_written_and_never_read_is_asked_for_until_somebody_says_that_it_was_read(site):
    first = site.bring({"num_logs": 9})
    assert (first["apply"], first["reload_sufficient"]) == ("reload", True)
    again = site.bring({"num_logs": 9})
    assert (again["changed"], again["apply"]) == (False, "reload")
    assert site.bring({"num_logs": 9}, check=True)["apply"] == "reload"
    site.applied(check=True)
    assert site.bring({"num_logs": 9})["apply"] == "reload"
    assert site.applied() == {"changed": False, "apply": "none", "warnings": []}
    assert site.bring({"num_logs": 9})["apply"] == "none"


def test_a_restart_that_was_due_is_due_still_whatever_changes_next(site):
    assert site.bring({"name_format": "hostname"})["restart_keys"] == ["name_format"]
    later = site.bring({"num_logs": 9})
    assert (later["apply"], later["restart_keys"], later["reload_sufficient"]) == ("restart", ["name_format"], False)


def test_what_is_put_back_before_it_was_read_needs_nothing(site):
    backup = site.bring({"name_format": "hostname", "num_logs": 9})["backup"]
    assert site.put_back(backup=backup)["apply"] == "none"
    assert site.put_back(backup=backup)["apply"] == "none"
    assert site.bring({"num_logs": 9})["apply"] == "reload"


def test_what_was_read_and_is_put_back_has_to_be_read_again(site):
    backup = site.bring({"num_logs": 9})["backup"]
    site.applied()
    assert site.put_back(backup=backup, check=True)["apply"] == "reload"
    assert site.put_back(backup=backup)["apply"] == "reload"
    assert site.bring({})["apply"] == "reload"


def test_what_is_asked_for_is_of_all_files_since_there_is_one_daemon(site, tmp_path):
    site.bring({"name_format": "hostname"})
    plugin = tmp_path / "own.conf"
    plugin.write_text("active = no\npath = /sbin/own\n")
    plugin.chmod(0o640)
    told = bring(Request("plugin", {"args": "x"}, path=str(plugin), proof="table"), site.store)
    assert (told["changed"], told["apply"], told["restart_keys"]) == (True, "restart", ["name_format"])


@pytest.mark.parametrize(
    ("since", "apply"),
    [({"started": 101.0}, "none"), ({"started": 99.0}, "reload"), ({"booted": "another"}, "none"), ({}, "reload")],
)
def test_a_daemon_that_was_started_since_and_another_boot_have_read_it(site, monkeypatch, since, apply):
    site.bring({"num_logs": 9})
    monkeypatch.setattr(pending, "Moments", functools.partial(moments.Moments, **since))
    assert site.bring({})["apply"] == apply


def test_a_daemon_that_was_started_while_the_file_was_written_may_have_read_the_old_one(site, monkeypatch):
    monkeypatch.setattr(pending, "written", lambda *_arguments: children.die())
    assert not children.in_child(lambda: site.bring({"num_logs": 9}))
    monkeypatch.undo()
    monkeypatch.setattr(host, "audit_version", lambda: (3, 0, 9))
    monkeypatch.setattr(pending, "Moments", lambda: moments.Moments(started=200.0))
    told = site.bring({"num_logs": 9}, proof="table")
    assert (told["changed"], told["apply"]) == (False, "reload")


def test_what_the_state_folder_says_of_it_has_to_be_readable(site):
    site.bring({"num_logs": 9})
    with open(os.path.join(site.store.folder, pending.NAME + ".json"), "w") as opened:
        opened.write("{")
    with pytest.raises(TrailError, match="is damaged"):
        site.bring({"num_logs": 9})


# -- a host without audit ---------------------------------------------------------------------------------------------


@pytest.fixture
def bare(site, monkeypatch):
    monkeypatch.setattr(host, "audit_version", lambda: None)
    monkeypatch.setattr(candidate, "candidate_version", lambda: (4, 0, 2))
    os.unlink(site.path)
    return site


def test_on_a_bare_host_nothing_is_written_without_a_version(bare):
    with pytest.raises(TrailError, match="not installed"):
        bare.bring({"num_logs": 9})
    assert not os.path.exists(bare.path)


def test_in_check_mode_the_candidates_release_and_its_packages_content_count(bare):
    result = bare.bring({"num_logs": 9}, check=True)
    assert result["changed"] and result["settings"]["num_logs"] == {"before": "5", "after": "9"}
    assert result["proof"] == "table" and "not installed" in result["proof_reason"]
    assert "as the package brings it" in result["diff"]["before_header"]
    assert "max_log_file_action = ROTATE\n" in result["diff"]["before"]
    assert not bare.bring({"num_logs": 5}, check=True)["changed"]
    with pytest.raises(TrailError, match="from 4.0.5 on"):
        bare.bring({"report_interval": "1h"}, check=True)


def test_where_no_package_manager_tells_the_newest_release_is_taken_with_a_warning(bare, monkeypatch):
    monkeypatch.setattr(candidate, "candidate_version", lambda: None)
    result = bare.bring({"report_interval": "1h"}, check=True)
    assert "the newest is taken" in result["warnings"][0]


def test_what_only_the_package_brings_is_not_looked_for(bare):
    assert bare.bring({"log_group": "no-such-group-yet"}, check=True)["changed"]
    plugin = Request("plugin", {"active": True}, name="au-remote", check=True, assume=True)
    assert bring(plugin, bare.store)["settings"]["active"]["after"] == "yes"


def test_in_check_mode_a_plugins_package_is_there_where_somebody_says_that_it_will_be(site, tmp_path):
    plugin = Request("plugin", {"active": True}, path=str(tmp_path / "au-remote.conf"), check=True, assume=True)
    result = bring(plugin, site.store)
    assert result["settings"]["active"] == {"before": "no", "after": "yes"}
    assert "is assumed" in result["warnings"][0]
    with pytest.raises(TrailError, match="do not name the plugin's program.*audispd-plugins"):
        bring(plugin._replace(check=False), site.store)


@pytest.mark.parametrize("here", [True, False])
def test_in_check_mode_a_plugin_whose_package_nobody_installs_is_refused_as_in_the_run(
    site, tmp_path, monkeypatch, here
):
    monkeypatch.setattr(host, "audit_version", lambda: (3, 0, 9) if here else None)
    plugin = Request("plugin", {"active": True}, path=str(tmp_path / "au-remote.conf"), check=True)
    with pytest.raises(TrailError, match="do not name the plugin's program.*audispd-plugins"):
        bring(plugin, site.store)


def test_a_path_without_its_folder_is_refused_as_that(site, tmp_path):
    nowhere = Request("auditd", {"num_logs": 9}, path=str(tmp_path / "none" / "auditd.conf"))
    with pytest.raises(TrailError, match="there is no folder .*/none. To mend it: correct path"):
        bring(nowhere, site.store)


def test_what_is_legal_and_of_no_use_in_the_lines_of_the_task_is_a_warning_of_the_run_that_writes_it(site, monkeypatch):
    monkeypatch.setattr(config_values, "_look", lambda path, scene: None)
    found = site.bring({"space_left_action": "email"})
    assert [text for text in found["warnings"] if "install a mail system" in text and "sendmail" in text]
    assert not [text for text in site.bring({"space_left_action": "email"})["warnings"] if "sendmail" in text]
