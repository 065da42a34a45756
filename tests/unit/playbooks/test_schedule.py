# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook auditops.trail.schedule in check mode, as a user starts it: what it would do, and what it refuses."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

pytestmark = pytest.mark.controller


@pytest.fixture
def schedule(tmp_path, collections_path):
    """``schedule("--diff", mode="pull")``: a run in check mode with these variables; exit code and output."""
    pytest.importorskip("ansible", reason="the controller side needs ansible-core on the Python that runs the tests")
    place = tmp_path / "machine"

    def run(*options, **more):
        variables = {
            "inventory": ["web1,"], "home": f"{place}/opt", "config_dir": f"{place}/etc", "data": f"{place}/lib",
            "user": "root", "python": sys.executable, "core": "", "timer": "cron",
            "requirements": ["ansible-core==2.21.5"],
        }  # fmt: skip
        given = {f"audit_compliance_schedule_{name}": value for name, value in dict(variables, **more).items()}
        inventory = tmp_path / "hosts.ini"
        inventory.write_text(f"ctl ansible_connection=local ansible_python_interpreter={sys.executable}\n")
        environ = {
            "PATH": os.environ["PATH"], "HOME": str(tmp_path), "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": collections_path, "ANSIBLE_REMOTE_TMP": str(tmp_path / "remote"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
        }  # fmt: skip
        command = [
            sys.executable, "-m", "ansible", "playbook", "auditops.trail.schedule", "-i", str(inventory), "--check",
            "--skip-tags", "audit_compliance_schedule_packages", "-e", json.dumps(given), *options,
        ]  # fmt: skip
        done = subprocess.run(
            command, env=environ, cwd=str(tmp_path), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", timeout=120, check=False,
        )  # fmt: skip
        print(done.stdout)
        assert not place.exists(), "check mode writes nothing"
        return done.returncode, done.stdout

    return run


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
    assert re.search(r'"web1": \{\n\+ +"ansible_connection": "local"', output)
    assert '"localhost"' not in output
    assert told(output)["mode"] == "pull"


def test_the_address_of_a_webhook_is_shown_nowhere(schedule):
    code, output = schedule("--diff", "-vv", webhook_url="https://hooks.example.org/verysecret")
    assert code == 0
    assert "verysecret" not in output.replace(output.split("PLAY [")[0], "")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_units_and_times_of_systemd(schedule):
    code, output = schedule("--diff", timer="systemd", mail_to=["a@example.org"], user="nobody")
    assert code == 0
    assert "+OnCalendar=*-*-* 03:00:00" in output and "+Persistent=true" in output
    assert "+ProtectSystem=full" in output
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
        ({"core": "2.15"}, "there are pins for 2.16"),
        ({"time_limit": "long"}, "time_limit"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_does_not_hold_together_is_refused_with_the_variable(schedule, more, words):
    code, output = schedule(**more)
    assert code == 2
    assert words in re.sub(r"\s+", " ", output)


def test_a_python_that_the_core_does_not_run_on_is_refused(schedule):
    core = "2.16" if sys.version_info >= (3, 13) else "2.21" if sys.version_info < (3, 12) else "2.17"
    if sys.version_info[:2] == (3, 12):
        pytest.skip("3.12 runs all of them")
    code, output = schedule(core=core, requirements=[])
    assert code == 2
    assert f"on which ansible-core {core} does not run" in re.sub(r"\s+", " ", output)
