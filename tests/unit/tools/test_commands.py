# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands make of their settings, their environments and pytest's reports."""

import collections
import importlib
import os
import re
import shutil
import subprocess
import sys

import pytest

REPORT = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest">
<testcase name="a"/>
<testcase name="b"><failure message="no"/></testcase>
<testcase name="c"><error message="no"/></testcase>
<testcase name="d"><skipped type="pytest.skip" message="not root"/></testcase>
<testcase name="e"><skipped type="pytest.skip" message="not root"/></testcase>
</testsuite></testsuites>
"""


@pytest.fixture
def settings(monkeypatch):
    for name in ("PROFILE", "FAIL_ON", "POSTURE", "INVENTORY", "SITE", "TIER"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


def test_arguments_that_select_no_test_are_named_as_the_reason(tool, tmp_path, capsys):
    tiers = tool("tiers")
    none = tiers.Outcome(0, 0, 0, collections.Counter(), 1.0)
    one = tiers.Outcome(0, 0, 1, collections.Counter({"not root": 1}), 1.0)
    assert tiers.told({"unit": none, "kernel": none}, ["-k", "zzz"]) == 1
    assert "no test was run: none is selected by -k zzz" in capsys.readouterr().out
    assert tiers.told({"unit": one}, []) == 1
    assert "no test was run: see above" in capsys.readouterr().out
    assert tiers.told({"unit": one._replace(passed=1)}, ["-k", "x"]) == 0
    assert "no test" not in capsys.readouterr().out


def test_a_report_is_counted(tool, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")
    outcome = tool("tiers").read_report(report, 1, 2.0)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 2, 2)
    assert dict(outcome.reasons) == {"not root": 2}


@pytest.mark.parametrize("exit_code", [2, 5, -9])
def test_a_run_that_broke_off_is_no_success(tool, tmp_path, exit_code):
    outcome = tool("tiers").read_report(tmp_path / "absent.xml", exit_code, 2.0)
    assert (outcome.passed, outcome.failed) == (0, 1)


@pytest.mark.parametrize(
    ("given", "names"),
    [("", ["unit", "kernel"]), ("unit", ["unit"]), ("KERNEL", ["kernel"]), ("lab", ["lab"])],
    ids=str,
)
def test_a_tier_can_be_chosen(tool, settings, given, names):
    settings.setenv("TIER", given)
    assert [name for name, _folder in tool("tiers").chosen()] == names


def test_a_tier_that_there_is_not_is_said_before_anything_is_set_up(tool, settings):
    settings.setenv("TIER", "integration")
    with pytest.raises(
        tool("layout").Problem, match="TIER=integration: there is no such tier. Give unit or kernel or lab"
    ):
        tool("tiers").run([])


def make(repository, *arguments):
    return subprocess.run(["make", *arguments], cwd=repository, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_a_setting_that_there_is_not_is_refused(repository):
    done = make(repository, "help", "FAILON=high", "AGRS=-e x=1")
    assert done.returncode == 2
    assert "AGRS FAILON: there is no such setting" in done.stderr and "FAIL_ON" in done.stderr
    assert make(repository, "help", "ARGS=-e x=1", "FAIL_ON=high").returncode == 0


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")
def test_a_slip_in_the_environment_is_refused(repository, monkeypatch):
    monkeypatch.setenv("FAILON", "high")
    assert "FAILON: there is no such setting" in make(repository, "help").stderr


def test_make_hands_every_setting_on_and_tells_of_it(repository):
    with open(os.path.join(repository, "Makefile"), encoding="utf-8") as file:
        makefile = file.read()
    exported = re.search(r"^export (.*)$", makefile, re.M).group(1).split()
    for name in exported:
        assert f"{name}=" in makefile.partition("help:")[2], name
    assert "TIER" in exported


def test_settings_become_the_roles_variables(tool, settings, tmp_path):
    posture = tmp_path / "posture.json"
    posture.write_text("{}", encoding="utf-8")
    settings.setenv("PROFILE", "pci_dss_4_0, soc2")
    settings.setenv("FAIL_ON", "high")
    settings.setenv("POSTURE", str(posture))
    settings.setenv("SITE", str(tmp_path))
    assert tool("compliance")._variables() == {
        "audit_compliance_profiles": ["pci_dss_4_0", "soc2"],
        "audit_compliance_fail_on": "high",
        "audit_compliance_posture": str(posture),
        "audit_compliance_site": str(tmp_path),
    }


def test_a_site_that_there_is_not_is_said_before_anything_is_set_up(tool, settings, tmp_path):
    settings.setenv("SITE", str(tmp_path / "absent"))
    with pytest.raises(tool("layout").Problem, match="absent: there is no such folder"):
        tool("compliance").run([])


def test_a_site_may_have_profiles_of_its_own(tool, settings, tmp_path):
    settings.setenv("SITE", str(tmp_path))
    tool("compliance")._check_profiles(["payments"], [])


@pytest.mark.parametrize("given", ["HIGH", "High", " high "])
def test_a_gate_is_taken_in_any_case(tool, settings, given):
    settings.setenv("FAIL_ON", given)
    assert tool("compliance")._variables() == {"audit_compliance_fail_on": "high"}


def test_a_gate_that_there_is_not_is_said_in_one_line_before_anything_is_set_up(tool, settings):
    settings.setenv("FAIL_ON", "nonsense")
    with pytest.raises(tool("layout").Problem) as told:
        tool("compliance").run([])
    assert str(told.value) == (
        "FAIL_ON=nonsense: there is no such gate. Give one of low, medium, high, critical, never."
    )


def test_a_profile_that_there_is_not_is_said_in_one_line_before_anything_is_set_up(tool, settings):
    settings.setenv("PROFILE", "baseline,pci")
    with pytest.raises(tool("layout").Problem) as told:
        tool("compliance").run([])
    assert str(told.value) == "PROFILE=pci: there is no such profile. Give one of baseline, pci_dss_4_0, soc2."


def test_a_profile_of_the_users_own_is_left_to_the_playbook(tool, settings):
    check = tool("compliance")._check_profiles
    check(["site"], ["-e", "audit_compliance_catalogue=site.yml"])
    check(["site"], ["-e", "@site-values.yml"])
    settings.setenv("INVENTORY", "hosts.ini")
    check(["site"], [])


def test_the_profiles_are_those_of_the_catalogue(tool):
    pytest.importorskip("yaml", reason="the controller side")
    pytest.importorskip("jmespath", reason="the controller side")
    loader = importlib.import_module("ansible_collections.auditops.trail.plugins.plugin_utils.catalogue_loader")
    shipped = tool("compliance")._shipped_profiles()
    assert shipped == list(loader.load().profiles)


@pytest.mark.parametrize("asked", ["", "1"])
def test_without_sudo_no_password_is_asked_and_one_command_is_told(tool, settings, capsys, asked):
    compliance = tool("compliance")
    settings.setattr(compliance.os, "geteuid", lambda: 1000)
    settings.setattr(compliance.shutil, "which", lambda _name: None)
    settings.setenv("ASK_PASS", asked)
    assert compliance._privileges() == []
    told = capsys.readouterr().out
    assert "su -c 'make compliance'" in told and "POSTURE=docs/examples/gaps.json" in told
    assert "ASK_PASS" not in told


def test_with_sudo_the_password_is_asked_for_on_demand(tool, settings, capsys):
    compliance = tool("compliance")
    settings.setattr(compliance.os, "geteuid", lambda: 1000)
    settings.setattr(compliance.shutil, "which", lambda _name: "/usr/bin/sudo")
    settings.setattr(compliance, "_sudo_works", lambda: False)
    settings.delenv("ASK_PASS", raising=False)
    assert compliance._privileges() == []
    assert "make compliance ASK_PASS=1" in capsys.readouterr().out
    settings.setenv("ASK_PASS", "1")
    assert compliance._privileges() == ["--become", "--ask-become-pass"]


def test_the_gates_are_those_of_the_collection(tool):
    pytest.importorskip("yaml", reason="the controller side")
    pytest.importorskip("jmespath", reason="the controller side")
    gate = importlib.import_module("ansible_collections.auditops.trail.plugins.plugin_utils.gate")
    assert tool("compliance").GATES == gate.CHOICES


def test_without_settings_the_role_decides(tool, settings):
    assert tool("compliance")._variables() == {}


def test_a_posture_that_is_not_there_is_said_before_anything_is_set_up(tool, settings, tmp_path):
    settings.setenv("POSTURE", str(tmp_path / "absent.json"))
    with pytest.raises(tool("layout").Problem, match="there is no such file"):
        tool("compliance").run([])


def test_a_posture_that_is_a_directory_is_said_with_what_to_give(tool, settings, tmp_path):
    settings.setenv("POSTURE", str(tmp_path))
    with pytest.raises(tool("layout").Problem, match="is a directory. Give a file that audit_compliance_save_posture"):
        tool("compliance").run([])
    (tmp_path / "web1.json").write_text("{}", encoding="utf-8")
    with pytest.raises(tool("layout").Problem) as told:
        tool("compliance").run([])
    assert f"such as POSTURE={tmp_path}/web1.json." in str(told.value)


def test_an_inventory_that_is_not_there_is_said_before_anything_is_set_up(tool, settings, tmp_path):
    settings.setenv("INVENTORY", str(tmp_path / "absent.ini"))
    with pytest.raises(tool("layout").Problem, match="ends with a comma"):
        tool("compliance").run([])


def test_children_write_nothing_outside_the_cache(tool):
    layout = tool("layout")
    environ = layout.private_environ()
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "ANSIBLE_HOME", "ANSIBLE_LOCAL_TEMP"):
        assert environ[name].startswith(str(layout.CACHE)), name


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"LC_ALL": "C"}, "C.UTF-8"),
        ({"LC_ALL": "", "LANG": "de_DE.ISO-8859-1"}, "C.UTF-8"),
        ({}, "C.UTF-8"),
        ({"LC_ALL": "de_DE.utf8"}, "de_DE.utf8"),
        ({"LANG": "en_GB.UTF-8"}, None),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, None),
    ],
    ids=str,
)
def test_ansible_is_started_in_a_locale_that_it_takes(tool, monkeypatch, given, wanted):
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    layout = tool("layout")
    monkeypatch.setattr(layout, "_locale_is_there", lambda: True)
    assert layout.private_environ().get("LC_ALL") == wanted
    monkeypatch.setattr(layout, "_locale_is_there", lambda: False)
    assert layout.private_environ()["LC_ALL"] == "C.UTF-8"


def test_without_a_network_one_sentence_says_what_to_do(tool, tmp_path, monkeypatch):
    environments = tool("environments")
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "0")
    pins = tmp_path / "pins.txt"
    pins.write_text("absent==1.0\n", encoding="utf-8")
    with pytest.raises(tool("layout").Problem) as told:
        environments.ensure("x", tool("pythons")._probe(sys.executable), [pins], quiet=True)
    last, advice = str(told.value).splitlines()
    assert last.startswith("ERROR: ")
    assert "HTTPS_PROXY" in advice and "PIP_INDEX_URL" in advice and str(tmp_path) in advice


def test_an_inventory_finds_the_users_home_and_nothing_is_written_there(tool, settings, tmp_path):
    layout = tool("layout")
    settings.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "ANSIBLE_COLLECTIONS_PATH"):
        settings.delenv(name, raising=False)
    environ = layout.with_users_home(layout.private_environ())
    assert environ["HOME"] == str(tmp_path)
    assert "XDG_CONFIG_HOME" not in environ
    for name in (
        "ANSIBLE_HOME",
        "ANSIBLE_LOCAL_TEMP",
        "ANSIBLE_SSH_CONTROL_PATH_DIR",
        "ANSIBLE_PERSISTENT_CONTROL_PATH_DIR",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
    ):
        assert environ[name].startswith(str(layout.CACHE)), name
    ours, *theirs = environ["ANSIBLE_COLLECTIONS_PATH"].split(os.pathsep)
    assert ours == str(layout.COLLECTIONS)
    assert "~/.ansible/collections" in theirs


def test_an_environment_is_remade_when_its_pins_change_and_only_then(tool, tmp_path, monkeypatch):
    environments = tool("environments")
    pythons = tool("pythons")
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    python = pythons._probe(sys.executable)
    pins = tmp_path / "pins.txt"
    pins.write_text("# none\n", encoding="utf-8")
    interpreter = environments.ensure("x", python, [pins], quiet=True)
    witness = interpreter.parent / "witness"
    witness.touch()
    assert environments.ensure("x", python, [pins], quiet=True) == interpreter
    assert witness.exists()
    pins.write_text("# still none\n", encoding="utf-8")
    environments.ensure("x", python, [pins], quiet=True)
    assert not witness.exists()


def test_an_environment_that_cannot_be_made_is_tried_again(tool, tmp_path, monkeypatch):
    environments = tool("environments")
    monkeypatch.setattr(environments, "CACHE", tmp_path)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    python = tool("pythons")._probe(sys.executable)
    pins = tmp_path / "pins.txt"
    pins.write_text("./absent-1.0-py3-none-any.whl\n", encoding="utf-8")
    for _again in range(2):
        with pytest.raises(tool("layout").Problem, match="absent-1.0"):
            environments.ensure("x", python, [pins], quiet=True)


def test_mypy_and_the_like_see_only_what_git_tracks(tool, repository):
    files = tool("checks").tracked_files()
    assert "galaxy.yml" in files
    assert not [name for name in files if name.startswith(".cache/")]
