# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook auditops.trail.schedule as a user starts it: what it would do, what it refuses, what it takes away."""

import fcntl
import json
import os
import re
import shutil
import sys

import pytest

from ansible_collections.auditops.trail.tests.unit import playing

pytestmark = pytest.mark.controller
BECOME = ["[all:vars]", "ansible_become=true", "ansible_become_user=nobody", "ansible_become_exe=/nonexistent/sudo"]
"""What holds for the controller too: it has nobody who could become root."""
LEFT = '_audit_compliance_schedule_env=/srv/other _audit_compliance_schedule_copied=\'[{"to": "theirs.yml"}]\''
"""As facts that another schedule of the same play has left."""


@pytest.fixture
def play(tmp_path, collections_path):
    """``play("--check", mode="pull")``: a run with these variables and no others; exit code and output."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")

    def run(*options, **more):
        given = {f"audit_compliance_schedule_{name}": value for name, value in more.items()}
        hosts = ["other", f"ctl ansible_connection=local ansible_become=false {playing.ON_THIS_PYTHON} {LEFT}", *BECOME]
        given.setdefault("audit_compliance_schedule_hosts", "ctl")
        skipped = ["--skip-tags", "audit_compliance_schedule_packages"]
        done = playing.play(
            tmp_path, collections_path, "auditops.trail.schedule", hosts, *skipped, *options, variables=given
        )
        return done.returncode, done.stdout

    return run


@pytest.fixture
def schedule(tmp_path, play):
    """``schedule("--diff", mode="pull")``: a run in check mode on a bare machine; exit code and output."""
    place = tmp_path / "machine"

    def run(*options, **more):
        variables = {
            "inventory": ["web1,"], "home": f"{place}/opt", "config_dir": f"{place}/etc", "data": f"{place}/lib",
            "user": "root", "python": sys.executable, "core": "", "timer": "cron",
            "requirements": ["ansible-core==2.21.5"],
        }  # fmt: skip
        found = play("--check", *options, **dict(variables, **more))
        assert not place.exists(), "check mode writes nothing"
        return found

    return run


class Machine:
    """What the role has left on a machine, as it wrote it down, among what is of others."""

    name = "auditops-test-of-absent"

    def __init__(self, folder):
        self.folder = folder
        self.made = [
            "etc/settings.json", "etc/secrets.json", "etc/inventory/hosts.yml", "etc/inventory/group_vars/all.yml",
            f"prom/{self.name}.prom", "opt/deep/one/environments/0123456789abcdef/bin/python",
            "opt/deep/one/environments/aaaaaaaaaaaaaaaa/.complete",
        ]  # fmt: skip
        self.others = [
            "etc/push_key", "etc/in-scope.txt", "prom/other.prom", "data/history/run.json", "data/state.json",
            "data/.lock",
        ]  # fmt: skip
        for name in self.made + self.others:
            self.write(name)
        self.record = "etc/made.json"
        self.write(
            self.record,
            json.dumps({
                "homes": [self.at("opt/deep/one")], "data": self.at("data"),
                "folders": [self.at(f"opt/deep{name}") for name in ("", "/one", "/one/environments")]
                + [self.at("data")],
                "files": [self.at(name) for name in self.made[:5]],
            }),
        )  # fmt: skip

    def at(self, name):
        return str(self.folder / name)

    def write(self, name, text=""):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    @property
    def files(self):
        return sorted(
            os.path.relpath(os.path.join(place, name), str(self.folder))
            for place, _folders, names in os.walk(str(self.folder))
            for name in names
        )


@pytest.fixture
def machine(tmp_path):
    found = Machine(tmp_path / "machine")
    if os.path.exists(f"/etc/cron.d/{found.name}") or os.path.exists(f"/etc/systemd/system/{found.name}.timer"):
        pytest.skip("a schedule of this machine has the name of the test")
    return found


def told(output):
    """The settings that a diff shows."""
    lines = re.search(r"settings\.json\n@@.*\n((?:\+.*\n)+)", output).group(1)
    return json.loads("\n".join(line[1:] for line in lines.splitlines()))


def test_a_bare_machine_is_told_all_that_would_be_done(schedule):
    code, output = schedule("--diff", variables={"audit_compliance_profiles": ["pci_dss_4_0"]})
    assert code == 0
    assert re.search(r"changed=[1-9]", output)
    found = told(output)
    assert found["inventory"] == ["web1,"]
    assert found["time_limit"] == 3600 and found["become"] is True
    assert found["variables"] == {"audit_compliance_profiles": ["pci_dss_4_0"]}
    assert re.search(r"\+0 3 \* \* \* root umask 077; \S+/bin/python -m \S+ run --config \S+ --delay 1800", output)


def test_a_host_that_judges_itself_has_its_own_inventory(schedule):
    timer = "systemd" if shutil.which("systemd-analyze") else "cron"
    code, output = schedule("--diff", mode="pull", inventory=[], host="web1", push=["true"], timer=timer)
    assert code == 0
    assert "ProtectSystem" not in output, "it would judge the mounts of its unit"
    assert re.search(r'"web1": \{\n\+ +"ansible_become": true,\n\+ +"ansible_connection": "local"', output)
    assert '"localhost"' not in output
    assert told(output)["mode"] == "pull"


def test_the_address_of_a_webhook_and_what_is_in_the_environment_are_shown_nowhere(schedule):
    code, output = schedule(
        "--diff", "-vv", webhook_url="https://hooks.example.org/verysecret",
        environment={"AWS_SECRET_ACCESS_KEY": "verysecret"},
    )  # fmt: skip
    assert code == 0
    assert "Write what the runs are told" in output
    assert "verysecret" not in output.replace(output.split("PLAY [")[0], "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_units_and_times_of_systemd(schedule):
    code, output = schedule(
        "--diff", timer="systemd", mail_to=["a@example.org"], user="nobody", textfile_dir="/srv/prom"
    )
    assert code == 0
    assert "+OnCalendar=*-*-* 03:00:00" in output and "+Persistent=true" in output
    assert "+ProtectSystem=full" in output
    written = re.findall(r"\+ReadWritePaths=(.*)", output)
    assert written == [told(output)["data"], "-/srv/prom"], "also below /home, where the role's own check can write"
    assert "NoNewPrivileges" not in output, "a mail system could take no mail"
    assert "+NoNewPrivileges=true" in schedule("--diff", timer="systemd", user="nobody")[1]
    code, output = schedule(timer="systemd", on_calendar="every night")
    assert code == 2
    assert "on_calendar is every night" in output


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"inventory": []}, "name the inventory on the control node"),
        ({"mode": "pull", "inventory": [], "drop": "/srv/drop"}, "brings its result there by"),
        ({"cron": "daily"}, "five fields"),
        ({"cron": "0 3 * *\n*"}, "on one line"),
        ({"home": "/opt/audit tools"}, "audit_compliance_schedule_home: /opt/auditops-trail/audit-compliance"),
        ({"textfile_dir": "/srv/100%"}, "textfile_dir is /srv/100%: it stands in a unit"),
        ({"user": "audit compliance"}, "would read another name"),
        ({"pull_url": "https://git.example.org/site", "playbook": "c.yml"}, "is for a host in mode pull"),
        ({"core": "2.15"}, "there are pins for 2.16"),
        ({"time_limit": "long"}, "time_limit"),
        ({"webhook_url": "http://localhost.example.org/x"}, "webhook_url has to begin with https://"),
        ({"variables": {"audit_compliance_profile": []}}, "(did you mean audit_compliance_profiles?)"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_hold_together_is_refused_with_the_variable(schedule, more, words):
    code, output = schedule(**more)
    assert code == 2
    assert words in re.sub(r"\s+", " ", output)


@pytest.mark.parametrize(
    ("options", "more", "words"),
    [
        ([], {"hosts": "control"}, "no host of the inventory matches audit_compliance_schedule_hosts: control."),
        (["--tags", "audit_compliance_schedule_environment"], {"hosts": "control"}, "No schedule was set up"),
        (["--limit", "other"], {"hosts": "ctl"}, "no schedule was set up: --limit other leaves no host of ctl."),
    ],
    ids=["pattern", "tags", "limit"],
)
def test_where_no_machine_is_left_the_run_fails_and_nothing_is_set_up_here(schedule, options, more, words):
    code, output = schedule(*options, **more)
    assert code != 0
    assert words in re.sub(r"\s+", " ", output)
    assert "Look at the platform" not in output


def test_a_python_that_the_core_does_not_run_on_is_refused(schedule):
    core = "2.16" if sys.version_info >= (3, 13) else "2.21" if sys.version_info < (3, 12) else "2.17"
    if sys.version_info[:2] == (3, 12):
        pytest.skip("3.12 runs all of them")
    code, output = schedule(core=core, requirements=[])
    assert code == 2
    assert f"on which ansible-core {core} does not run" in re.sub(r"\s+", " ", output)


def test_what_the_role_has_made_goes_and_nothing_else_and_its_variables_are_not_needed(machine, play):
    asked = {"state": "absent", "name": machine.name, "config_dir": machine.at("etc")}
    assert play("--check", **asked)[0] == 0
    assert set(machine.files) == {*machine.made, *machine.others, machine.record}
    code, output = play(**asked)
    assert code == 0
    assert machine.files == sorted(machine.others)
    assert not os.path.exists(machine.at("opt/deep")) and os.path.isdir(machine.at("opt"))
    assert not os.path.exists(machine.at("etc/inventory"))
    code, output = play(**asked)
    assert code == 0
    assert "changed=0" in output and "until it is named" in output


def test_a_folder_in_which_others_have_put_something_stays(machine, play):
    theirs = ["opt/deep/one/environments/mine/x", "opt/deep/y", "etc/inventory/more.yml"]
    for name in theirs:
        machine.write(name)
    assert play(state="absent", name=machine.name, config_dir=machine.at("etc"))[0] == 0
    assert machine.files == sorted(machine.others + theirs)


def test_a_run_that_goes_on_keeps_its_environment(machine, play):
    with open(machine.at("data/.lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, output = play(state="absent", name=machine.name, config_dir=machine.at("etc"))
    assert code == 2
    assert "A run goes on" in output
    assert set(machine.made) <= set(machine.files)


def test_nothing_is_taken_away_that_the_role_has_not_written_down(machine, play):
    os.unlink(machine.at(machine.record))
    more = {"home": machine.at("opt"), "data": machine.at("data"), "inventory": ["web1,"]}
    assert play(state="absent", name=machine.name, config_dir=machine.at("etc"), **more)[0] == 0
    assert machine.files == sorted(machine.made + machine.others)


def recorded(output):
    """The last record that a diff shows."""
    lines = re.findall(r"made\.json\n@@.*\n((?:\+.*\n)+)", output)[-1]
    return json.loads("\n".join(line[1:] for line in lines.splitlines()))


def test_what_was_there_before_is_not_written_down_as_made(play, tmp_path):
    place, source = tmp_path / "machine", tmp_path / "source"
    for name in ("group_vars/all.yml", "hosts.yml"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    (source / "group_vars" / "vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162\n")
    (place / "etc").mkdir(parents=True)
    (place / "opt").mkdir()
    code, output = play(
        "--check", "--diff", home=f"{place}/opt", config_dir=f"{place}/etc", data=f"{place}/lib", user="root",
        python=sys.executable, timer="cron", requirements=["ansible-core==2.21.5"],
        inventory=[f"{place}/etc/inventory"], inventory_src=f"{source}/", textfile_dir="/srv/prom",
    )  # fmt: skip
    assert code == 0, "without the password of the vault"
    assert "+$ANSIBLE_VAULT;1.1;AES256" in output
    assert recorded(output) == {
        "homes": [f"{place}/opt"], "data": f"{place}/lib", "folders": [f"{place}/lib", f"{place}/opt/environments"],
        "files": [
            "/srv/prom/audit-compliance.prom", f"{place}/etc/inventory/group_vars/all.yml",
            f"{place}/etc/inventory/group_vars/vault.yml", f"{place}/etc/inventory/hosts.yml",
            f"{place}/etc/settings.json",
        ],
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["", "ExecStart={0}/python -m x\n"], ids=["cron", "systemd"])
def test_an_environment_that_the_timer_or_the_settings_name_stays(tmp_path, collections_path, unit):
    """After they were written anew too, and where the environment alone is made."""
    place = tmp_path / "opt" / "environments"
    a, b, c, d = (str(place / (letter * 16)) for letter in "abcd")
    for path in (a, b, c, d, str(place / "theirs")):
        os.makedirs(path)
    settings = tmp_path / "settings.json"
    settings.write_text(json.dumps({"bin": a + "/bin"}))
    (tmp_path / "unit.service").write_text(unit.format(b + "/bin"))
    role = "include_role: {name: auditops.trail.audit_compliance_schedule, tasks_from: "
    (tmp_path / "play.yml").write_text(
        "- hosts: ctl\n  gather_facts: false\n  tasks:\n"
        f"    - {role} used}}\n    - copy: {{dest: {settings}, content: {d}/bin}}\n    - {role} earlier}}\n"
    )
    variables = {
        "audit_compliance_schedule_home": str(tmp_path / "opt"), "_audit_compliance_schedule_env": c,
        "_audit_compliance_schedule_settings": str(settings), "_audit_compliance_schedule_unit": str(tmp_path / "unit"),
        "_audit_compliance_schedule_cron_file": str(tmp_path / "none"),
    }  # fmt: skip
    host = "ctl ansible_connection=local " + playing.ON_THIS_PYTHON
    done = playing.play(tmp_path, collections_path, str(tmp_path / "play.yml"), [host], variables=variables)
    assert done.returncode == 0
    kept = [a, b, c] if unit else [a, c]
    assert sorted(os.listdir(str(place))) == [*map(os.path.basename, kept), "theirs"]


@pytest.mark.parametrize(("user", "made"), [("nobody", False), ("audit-nobody-here", True)])
def test_an_account_that_is_there_is_left_as_it_is(schedule, user, made):
    code, output = schedule(user=user)
    assert code == 0
    after = output.partition("Make the user]")[2].partition("TASK [")[0]
    assert ("changed: [ctl]" in after) is made


def test_where_its_python_is_not_there_yet_nothing_is_told_of_another_schedule(schedule):
    code, output = schedule("--diff", python="/nonexistent/python3")
    assert code == 0
    assert "is not here yet" in output
    assert "/srv/other" not in output and "theirs.yml" not in output


def test_a_host_that_fetches_its_playbook_becomes_root_to_judge_and_not_to_fetch(schedule):
    code, output = schedule(
        "--diff", mode="pull", inventory=[], host="web1", pull_url="https://git.example.org/site", playbook="c.yml"
    )
    assert code == 0
    shown = re.search(r"host\.json\n@@.*\n((?:\+.*\n)+)", output).group(1)
    hosts = json.loads("\n".join(line[1:] for line in shown.splitlines()))["all"]["hosts"]
    assert sorted(hosts) == ["localhost", "web1"]
    assert hosts["web1"].get("ansible_become") is True
    assert "ansible_become" not in hosts["localhost"]
