# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What .ci/run begins, when, and what stays of it; shell scripts stand for make and for the project's commands."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

MAKE = """#!/bin/sh
echo "$*" >> begun
case "$*" in
*kernel*) {kernel} ;;
*unit*) {unit} ;;
esac
"""
RUN = """#!/bin/sh
echo "$* $SCENARIO" >> begun
case "$1" in
lab) {lab} ;;
esac
"""
USUAL = {
    "kernel": "echo '5 passed, 0 failed, 1 skipped'",
    "unit": "echo '70 passed, 0 failed, 2 skipped'",
    "lab": "echo 'the lab has ended'",
}


@pytest.fixture
def ci(repository, tmp_path, monkeypatch):
    """A function that starts a copy of the script, which installs no packages, with what make and the commands do."""
    if shutil.which("bash") is None:
        pytest.skip("bash is not installed")
    text = pathlib.Path(repository, ".ci", "run").read_text(encoding="utf-8")
    assert "step packages packages\n" in text
    for name in (".ci", "tests/tools", "bin"):
        (tmp_path / name).mkdir(parents=True)
    script = tmp_path / ".ci" / "run"
    script.write_text(text.replace("step packages packages\n", ""), encoding="utf-8")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("AUDITOPS_CI_MINUTES", raising=False)

    def start(**given):
        program = tmp_path / "bin" / "make"
        program.write_text(MAKE.format(**{**USUAL, **given}))
        program.chmod(0o755)
        (tmp_path / "tests" / "tools" / "run").write_text(RUN.format(**{**USUAL, **given}))
        return subprocess.Popen(
            ["bash", str(script)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    return start


def _ended(running):
    said, _nothing = running.communicate(timeout=60)
    return running.returncode, said


def _begun(folder):
    path = folder / "begun"
    return path.read_text().splitlines() if path.is_file() else []


def _alive(number):
    try:
        return pathlib.Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(so):
    until = time.monotonic() + 30
    while not so():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_the_kernel_is_tried_while_nothing_else_runs_and_the_closing_line_counts_both_tiers(ci, tmp_path):
    code, said = _ended(ci(kernel="sleep 1; " + USUAL["kernel"]))
    assert code == 0, said
    begun = _begun(tmp_path)
    assert begun[:2] == ["lab-images RELEASE=trixie", "test TIER=kernel"]
    assert sorted(begun[2:4]) == ["lab audit_rules immutable", "test TIER=unit"]
    assert {"lint", "compliance", "demonstrate "} <= set(begun)
    assert "lab-destroy " not in begun
    assert "the lab has ended" in said
    assert said.splitlines()[-1] == "75 passed, 0 failed, 3 skipped"


@pytest.mark.parametrize("step", ["unit", "lab", "kernel"])
def test_one_failed_step_fails_it_and_the_others_are_run(ci, tmp_path, step):
    code, said = _ended(ci(**{step: "exit 3"}))
    assert code == 1
    assert f"; failed: {step}\n" in said
    assert {"lint", "compliance", "demonstrate "} <= set(_begun(tmp_path))


def test_a_kernel_that_may_not_be_changed_is_no_failure(ci):
    code, said = _ended(ci(kernel="echo '0 passed, 0 failed, 9 skipped'; exit 1"))
    assert code == 0, said
    assert said.splitlines()[-1] == "70 passed, 0 failed, 11 skipped"


def test_all_that_it_began_is_ended_with_it(ci, tmp_path):
    lab = "trap 'echo ended >> begun; exit 1' TERM; echo $$ >> lab; sleep 60 & wait"
    running = ci(lab=lab, unit="echo $$ >> unit; sleep 60")
    _until(lambda: (tmp_path / "lab").is_file() and (tmp_path / "unit").is_file())
    numbers = [int((tmp_path / name).read_text()) for name in ("lab", "unit")]
    running.send_signal(signal.SIGTERM)
    code, said = _ended(running)
    assert code == 143
    assert "ended before its end" in said
    assert not any(map(_alive, numbers))
    assert "ended" in _begun(tmp_path)
    assert "lint" not in _begun(tmp_path)


def test_it_has_a_time_limit(ci, monkeypatch):
    monkeypatch.setenv("AUDITOPS_CI_MINUTES", "0")
    began = time.monotonic()
    assert _ended(ci(kernel="sleep 50", unit="sleep 50"))[0] == 143
    assert time.monotonic() - began < 30
