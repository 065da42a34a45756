# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private Python environments under .cache/, each remade when the requirements it was made from change."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import time

from layout import CACHE, Problem
from pythons import Python

# What pip and the libraries below it say where they cannot get at an index, or the index lacks a package.
_UNREACHED = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|NameResolutionError|Network is unreachable"
    r"|Temporary failure in name resolution|No matching distribution found"
)
_OFFLINE = (
    "The packages come from PyPI: set HTTPS_PROXY for a proxy or PIP_INDEX_URL for a mirror, or put those that"
    " tests/requirements names into a folder and set PIP_NO_INDEX=1 and PIP_FIND_LINKS to it (pip's words: {log})."
)


def _stamp(python: Python, locks: list[pathlib.Path]) -> str:
    """What an environment was made from, as one line."""
    digest = hashlib.sha256()
    for part in [python.path, python.release] + [lock.read_text(encoding="utf-8") for lock in locks]:
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()


def _run(command: list[str], log: pathlib.Path) -> None:
    """Run one step with its output in ``log``; what went wrong is in the error raised."""
    # pip keeps the user's own settings (a mirror, a proxy, certificates), and writes nothing to the user's home: build
    # tools that it asks for their version would.
    environ = dict(
        os.environ,
        HOME=str(CACHE / "home"),
        PIP_CACHE_DIR=str(CACHE / "pip"),
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_NO_INPUT="1",
    )
    (CACHE / "home").mkdir(parents=True, exist_ok=True)
    home = pathlib.Path.home()
    configured = pathlib.Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    for variable, places in (
        ("PIP_CONFIG_FILE", (configured / "pip" / "pip.conf", home / ".pip" / "pip.conf")),
        ("NETRC", (home / ".netrc",)),
    ):
        for place in places:
            if variable not in environ and place.is_file():
                environ[variable] = str(place)
    for name in ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_USER"):
        environ.pop(name, None)
    with log.open("a", encoding="utf-8") as output:
        done = subprocess.run(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environ, check=False
        )
    if done.returncode != 0:
        said = log.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
        if "install" in command and any(_UNREACHED.search(line) for line in said):
            raise Problem(f"{said[-1]}\n{_OFFLINE.format(log=log)}")
        tail = "\n".join(said[-15:])
        raise Problem(f"{' '.join(command)} failed ({log}):\n{tail}")


def ensure(name: str, python: Python, locks: list[pathlib.Path], quiet: bool = False) -> pathlib.Path:
    """The interpreter of the environment ``name``, made or remade if need be.

    Args:
        name: The folder under .cache/environments.
        python: Who makes it.
        locks: Requirement files that name every package with its exact version, dependencies included.
        quiet: Say nothing while it is made.

    Raises:
        Problem: A package could not be installed, or the packages contradict each other.
    """
    folder = CACHE / "environments" / name
    folder.parent.mkdir(parents=True, exist_ok=True)
    interpreter = folder / "bin" / "python"
    stamp = _stamp(python, locks)
    marker = folder / "made-from"
    with (folder.parent / f"{name}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if marker.is_file() and marker.read_text(encoding="utf-8") == stamp and interpreter.exists():
            return interpreter
        started = time.monotonic()
        if not quiet:
            print(f"Setting up {folder.relative_to(CACHE.parent)} with Python {python.release} …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        log = folder.parent / f"{name}.log"
        log.unlink(missing_ok=True)
        _run([python.path, "-m", "venv", str(folder)], log)
        pip = [str(interpreter), "-m", "pip"]
        wanted = [f"--requirement={lock_file}" for lock_file in locks]
        _run(pip + ["install", "--no-deps", *wanted], log)
        _run(pip + ["check"], log)
        marker.write_text(stamp, encoding="utf-8")
        if not quiet:
            print(f"… ready in {time.monotonic() - started:.0f} s.", flush=True)
    return interpreter


def module_utils(release: str, python: Python) -> pathlib.Path:
    """A folder for PYTHONPATH with ansible.module_utils of one ansible-core release: what Ansible ships to a target.

    ``python`` only fetches the package; the release need not be one that it can run.
    """
    folder = CACHE / "target" / release
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{release}.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if folder.is_dir():
            return folder
        fetched = folder.with_name(f"{release}.fetched")
        shutil.rmtree(fetched, ignore_errors=True)
        log = folder.with_name(f"{release}.log")
        log.unlink(missing_ok=True)
        options = ["--no-deps", "--no-compile", "--ignore-requires-python", f"--target={fetched}"]
        _run([python.path, "-m", "pip", "install", *options, f"ansible-core=={release}"], log)
        made = folder.with_name(f"{release}.made")
        shutil.rmtree(made, ignore_errors=True)
        (made / "ansible").mkdir(parents=True)
        (made / "ansible" / "__init__.py").touch()
        shutil.move(str(fetched / "ansible" / "module_utils"), str(made / "ansible" / "module_utils"))
        made.rename(folder)
        shutil.rmtree(fetched)
    return folder
