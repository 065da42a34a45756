# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make compliance`: judge this machine, other machines or a saved posture, reading only."""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
from typing import Any

import cores
import environments
import reports
from layout import CACHE, ROOT, Problem, private_environ, with_users_home

PLAYBOOK = "auditops.trail.compliance"
AS_ROOT = "AUDITOPS_TRAIL_AS_ROOT"  # that of plugins/action/audit_compliance_report.py
GATES = ("low", "medium", "high", "critical", "never")  # those of plugins/plugin_utils/gate.py


def _sudo_works() -> bool:
    """Whether sudo asks no password of a process without a terminal, which is how Ansible runs it."""
    try:
        done = subprocess.run(
            ["sudo", "-n", "true"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _full_result() -> str:
    """The one command by which an ordinary user gets the full result of this machine."""
    return "make compliance ASK_PASS=1" if shutil.which("sudo") else "su -c 'make compliance'"


def _privileges() -> list[str]:
    """Options that give the assessment of this machine the rights it can get, said first where it gets none."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo") is not None
    if sudo and os.environ.get("ASK_PASS"):
        return ["--become", "--ask-become-pass"]
    if sudo and _sudo_works():
        return ["--become"]
    print(
        f"Not root, and no sudo{' that works without a password' if sudo else ''}: what only root can read\n"
        "(the kernel's rules, /etc/audit) is reported as not checked, never as passed.\n"
        f"For the full result:        {_full_result()}\n"
        "To see one without root:    make compliance POSTURE=docs/examples/gaps.json\n",
        flush=True,
    )
    return []


def _named_in(path: str) -> str:
    """The name of the host that a saved posture is of: the reports are to tell of that one, and not of this machine."""
    try:
        name = str(json.loads(pathlib.Path(path).read_text(encoding="utf-8"))["host"]["nodename"])
    except (OSError, ValueError, KeyError, TypeError):
        return "localhost"  # the playbook says what is wrong with the file
    return name if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name) else "localhost"


def _check_posture(given: str, path: pathlib.Path) -> None:
    """Say what is wrong with POSTURE before anything is set up for it."""
    wanted = "a file that audit_compliance_save_posture wrote; docs/examples/gaps.json is one"
    if path.is_dir():
        inside = sorted(path.glob("*.json"))
        give = f"one file in it, such as POSTURE={os.path.join(given, inside[0].name)}" if inside else wanted
        raise Problem(f"POSTURE={given}: that is a directory. Give {give}.")
    if not path.is_file():
        raise Problem(f"POSTURE={given}: there is no such file. Give {wanted}.")


def _shipped_profiles() -> list[str]:
    """The profiles of the catalogue; this Python may be without a YAML reader."""
    text = (ROOT / "plugins" / "plugin_utils" / "catalogue" / "profiles.yml").read_text(encoding="utf-8")
    return re.findall(r"^ *- id: *([\w.-]+) *$", text, re.M)


def _check_profiles(profiles: list[str], arguments: list[str]) -> None:
    """Say which profile there is not, unless a catalogue of the user's own may have it."""
    if (
        os.environ.get("INVENTORY")
        or os.environ.get("SITE")
        or any("catalogue" in argument or "@" in argument for argument in arguments)
    ):
        return
    known = _shipped_profiles()
    for profile in profiles:
        if profile not in known:
            raise Problem(f"PROFILE={profile}: there is no such profile. Give one of {', '.join(known)}.")


def _variables() -> dict[str, Any]:
    """The role's variables that PROFILE, FAIL_ON, POSTURE and SITE stand for."""
    variables: dict[str, Any] = {}
    profiles = os.environ.get("PROFILE", "").replace(",", " ").split()
    if profiles:
        variables["audit_compliance_profiles"] = profiles
    fail_on = os.environ.get("FAIL_ON", "").strip().lower()
    if fail_on:
        if fail_on not in GATES:
            raise Problem(f"FAIL_ON={os.environ['FAIL_ON']}: there is no such gate. Give one of {', '.join(GATES)}.")
        variables["audit_compliance_fail_on"] = fail_on
    posture = os.environ.get("POSTURE", "")
    if posture:
        path = pathlib.Path(posture).expanduser().resolve()
        _check_posture(posture, path)
        variables["audit_compliance_posture"] = str(path)
    site = os.environ.get("SITE", "")
    if site:
        folder = pathlib.Path(site).expanduser().resolve()
        if not folder.is_dir():
            raise Problem(f"SITE={site}: there is no such folder. Give the one with the site's controls and waivers.")
        variables["audit_compliance_site"] = str(folder)
    return variables


def run(arguments: list[str]) -> int:
    """Set up the environment and run the playbook; ``arguments`` go to ansible-playbook as they are.

    Returns:
        ansible-playbook's exit code: 0 where an assessment was made and FAIL_ON, if given, is met.
    """
    inventory = os.environ.get("INVENTORY", "")
    posture = os.environ.get("POSTURE", "")
    if inventory and not pathlib.Path(inventory).expanduser().exists() and "," not in inventory:
        raise Problem(f"INVENTORY={inventory}: there is no such file. A list of hosts ends with a comma: host,")
    variables = _variables()
    _check_profiles(variables.get("audit_compliance_profiles", []), arguments)
    options = [] if inventory or posture else _privileges()
    core, python = cores.choose(os.environ.get("ANSIBLE_CORE", ""))
    print(f"ansible-core {core.release} on Python {python.release} ({python.path})", flush=True)
    interpreter = environments.ensure(f"compliance-{core.name}-python{python.name}", python, [core.lock])
    environ = private_environ(ANSIBLE_PIPELINING=os.environ.get("ANSIBLE_PIPELINING", "1"))
    # The summary is what there is to read; the tasks that went well are noise above it.
    environ.setdefault("ANSIBLE_DISPLAY_OK_HOSTS", "no")
    # For the summary, whose own advice is for users of ansible-playbook.
    environ[AS_ROOT] = "make compliance ARGS=--become" if inventory else _full_result()
    if inventory:
        environ = with_users_home(environ)
        options += ["--inventory", inventory]
    else:
        variables["ansible_python_interpreter"] = str(interpreter)
        environ["ANSIBLE_REMOTE_TMP"] = environ["ANSIBLE_LOCAL_TEMP"]
        # The settings of this machine's Ansible, if any, are for other work.
        settings = CACHE / "ansible" / "ansible.cfg"
        settings.write_text("[defaults]\n", encoding="utf-8")
        environ.setdefault("ANSIBLE_CONFIG", str(settings))
        name = _named_in(variables["audit_compliance_posture"]) if posture else "localhost"
        options += ["--inventory", f"{name},", "--connection", "local"]
    command = [str(interpreter), "-m", "ansible", "playbook", PLAYBOOK, *options]
    command += ["--extra-vars", json.dumps(variables), *arguments]
    environ["PATH"] = os.pathsep.join([str(interpreter.parent), environ.get("PATH", os.defpath)])
    before = reports.stamp(ROOT)
    code = subprocess.run(command, env=environ, cwd=ROOT, check=False).returncode

    def list_hosts() -> str:
        asked = [*command, "--list-hosts"]
        return subprocess.run(asked, env=environ, cwd=ROOT, capture_output=True, text=True, check=False).stdout

    return reports.verdict(ROOT, before, code, arguments, list_hosts)
