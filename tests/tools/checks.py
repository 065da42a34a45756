# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every gate of `make lint` is made of: a copy of the tracked files, a command, and its result."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Callable
from typing import NamedTuple

from layout import CACHE, ROOT, Problem, private_environ


class Result(NamedTuple):
    """What one gate found. ``note`` is a word beside ok or failed, ``details`` what to print below a failure."""

    ok: bool
    details: str
    note: str = ""


class Gate(NamedTuple):
    """One check: its name as printed and chosen, and the function that runs it."""

    name: str
    check: Callable[[], Result]


def tracked_files() -> list[str]:
    """The paths that git tracks and the work tree holds, relative to the checkout.

    Raises:
        Problem: The checkout is no git repository.
    """
    # The checkout may belong to another user (root in a container): git is told that it is meant.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Problem(f"the checkers look at the files that git tracks, and git says: {done.stderr.strip()}")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file()]


def copy_tree(name: str) -> pathlib.Path:
    """A copy of the tracked files at …/ansible_collections/auditops/trail, a git repository of its own.

    ansible-test and ansible-lint want a collection there, and what they leave behind stays out of the checkout.
    """
    target = CACHE / "trees" / name / "ansible_collections" / "auditops" / "trail"
    shutil.rmtree(target, ignore_errors=True)
    for file in tracked_files():
        (target / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / file, target / file, follow_symlinks=False)
    environ = private_environ(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1")
    for command in (["git", "init", "--quiet"], ["git", "add", "--force", "--all"]):
        subprocess.run(command, cwd=target, env=environ, capture_output=True, check=True)
    return target


def run(command: list[str], cwd: pathlib.Path, environ: dict[str, str] | None = None, log: str = "") -> Result:
    """Run one checker: ok is exit code 0, the details are what it printed.

    Args:
        log: A file name below .cache/reports that keeps the output, for long ones.
    """
    environ = environ if environ is not None else private_environ()
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if log:
        path = CACHE / "reports" / log
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(done.stdout, encoding="utf-8")
    return Result(done.returncode == 0, done.stdout.strip() or f"exit code {done.returncode}")
