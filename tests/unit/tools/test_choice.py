# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which interpreter and which ansible-core the commands choose."""

import os
import pathlib
import subprocess
import sys

import pytest


@pytest.fixture
def machine(tool, monkeypatch):
    """A function that makes the machine one with these Pythons; a version in ``bare`` is without ensurepip."""
    pythons = tool("pythons")

    def install(*versions, bare=()):
        found = {}
        for text in (*versions, *bare):
            version = tuple(int(part) for part in text.split("."))
            found[version] = pythons.Python(version, text + ".1", "/opt/python" + text, text not in bare)
        monkeypatch.setattr(pythons, "installed", lambda: dict(sorted(found.items())))

    return install


@pytest.mark.parametrize(
    ("versions", "core", "python"),
    [
        (["3.10"], "2.17", "3.10"),
        (["3.9", "3.11"], "2.19", "3.11"),
        (["3.11", "3.12"], "2.21", "3.12"),
        (["3.10", "3.13"], "2.21", "3.13"),
        (["3.13", "3.14"], "2.21", "3.14"),
    ],
)
def test_the_newest_python_decides(tool, machine, versions, core, python):
    machine(*versions)
    chosen, interpreter = tool("cores").choose()
    assert (chosen.name, interpreter.name) == (core, python)


@pytest.mark.parametrize("name", ["2.16", "2.16.19"])
def test_a_named_core_gets_the_newest_python_it_runs_on(tool, machine, name):
    machine("3.10", "3.12", "3.13", "3.14")
    chosen, interpreter = tool("cores").choose(name)
    assert (chosen.release, interpreter.name) == ("2.16.19", "3.12")


@pytest.mark.parametrize("name", ["2.15", "2.16.1", "newest"])
def test_a_core_without_pins_is_refused(tool, machine, name):
    machine("3.12")
    with pytest.raises(tool("layout").Problem, match="there are pins for 2.16, 2.17"):
        tool("cores").choose(name)


def test_a_named_core_that_no_python_here_runs_says_which_it_needs(tool, machine):
    machine("3.9", "3.14")
    with pytest.raises(tool("layout").Problem, match=r"Python 3\.10 to 3\.12; installed here: 3\.9, 3\.14"):
        tool("cores").choose("2.16")


def test_a_python_that_cannot_make_environments_is_passed_over(tool, machine):
    machine("3.11", bare=["3.12"])
    assert tool("cores").choose()[1].name == "3.11"


def test_where_none_can_the_package_is_named(tool, machine):
    machine(bare=["3.12"])
    with pytest.raises(tool("layout").Problem, match="apt-get install python3.12-venv"):
        tool("cores").choose()


@pytest.mark.parametrize(
    ("version", "core"), [((3, 6), "2.16"), ((3, 7), "2.17"), ((3, 8), "2.19"), ((3, 9), "2.21"), ((3, 14), "2.21")]
)
def test_a_target_gets_the_newest_core_that_manages_it(tool, version, core):
    assert tool("cores").for_target(version).name == core


def test_a_target_that_none_manages(tool):
    assert tool("cores").for_target((3, 5)) is None


def script(path, *lines):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o755)


def test_a_shim_without_its_version_is_skipped(tool, tmp_path, monkeypatch):
    pythons = tool("pythons")
    script(tmp_path / "shims" / "python3.14", "exit 127")
    script(tmp_path / "shims" / "python3", "exit 127")
    (tmp_path / "real").mkdir()
    own = "python{}.{}".format(*sys.version_info[:2])
    script(tmp_path / "real" / own, 'exec "{}" "$@"'.format(sys.executable))
    monkeypatch.setenv("PATH", os.pathsep.join([str(tmp_path / "shims"), str(tmp_path / "real")]))
    found = pythons.installed.__wrapped__()
    assert list(found) == [sys.version_info[:2]]


def started(repository, path):
    """tests/tools/run without a command, with only what lies in ``path`` on PATH."""
    run = os.path.join(repository, "tests", "tools", "run")
    return subprocess.run(
        ["/bin/sh", run], env={"PATH": str(path)}, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.fixture
def commands(tmp_path):
    """A folder for PATH with what the script itself calls."""
    folder = tmp_path / "commands"
    folder.mkdir()
    for name in ("/usr/bin/dirname", "/bin/dirname"):
        if os.path.exists(name) and not (folder / "dirname").exists():
            (folder / "dirname").symlink_to(pathlib.Path(name))
    return folder


def test_the_script_starts_the_first_python_that_runs(repository, commands):
    script(commands / "python3.14", "exit 127")
    script(commands / "python3", 'exec "{}" "$@"'.format(sys.executable))
    done = started(repository, commands)
    known = "compliance, test, lint, bench, demonstrate, lab, lab-images, lab-shell, lab-destroy"
    assert (done.returncode, done.stderr) == (2, f"Commands: {known}\n")


def test_the_script_without_a_python_says_what_to_install(repository, commands):
    script(commands / "python3", "exit 1")
    done = started(repository, commands)
    assert done.returncode == 1
    assert "no Python 3.10 or newer was found" in done.stderr
