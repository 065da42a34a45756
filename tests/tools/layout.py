# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things lie in a checkout, and the process environment that keeps every write inside it."""

from __future__ import annotations

import locale
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
REQUIREMENTS = ROOT / "tests" / "requirements"
COLLECTIONS = CACHE / "collections"


class Problem(Exception):
    """Something the reader has to know and can mend; printed as it is, without a traceback."""


def collections_path() -> pathlib.Path:
    """A folder for ANSIBLE_COLLECTIONS_PATH in which the checkout stands as auditops.trail, by a symlink."""
    link = COLLECTIONS / "ansible_collections" / "auditops" / "trail"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != str(ROOT):
        if link.is_symlink():
            link.unlink()
        link.symlink_to(ROOT)
    return COLLECTIONS


def speaks_utf8(environ: dict[str, str]) -> bool:
    """Whether the locale that these variables choose is one of UTF-8."""
    chosen = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "C"
    return bool(re.search(r"utf-?8", chosen, re.IGNORECASE))


def _locale_is_there() -> bool:
    """Whether the user's locale is installed here; one that came with an ssh session may not be."""
    try:
        locale.setlocale(locale.LC_ALL, "")
    except locale.Error:
        return False
    return True


def private_environ(**more: str) -> dict[str, str]:
    """The environment for a child: home, caches and Ansible's folders under ``.cache/``, then ``more``.

    What the user has set for Ansible (ANSIBLE_FORCE_COLOR, ANSIBLE_CONFIG, …) stays, its folders apart.
    """
    home = CACHE / "home"
    ansible = CACHE / "ansible"
    for folder in (home, ansible):
        folder.mkdir(parents=True, exist_ok=True)
    environ = dict(os.environ)
    for name in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS", "MAKELEVEL", "__PYVENV_LAUNCHER__"):
        environ.pop(name, None)
    if not (speaks_utf8(environ) and _locale_is_there()):
        environ["LC_ALL"] = "C.UTF-8"  # Ansible starts in no other locale
    environ.update(
        HOME=str(home),
        XDG_CACHE_HOME=str(home / "cache"),
        XDG_CONFIG_HOME=str(home / "config"),
        XDG_DATA_HOME=str(home / "data"),
        XDG_STATE_HOME=str(home / "state"),
        ANSIBLE_HOME=str(ansible),
        ANSIBLE_LOCAL_TEMP=str(ansible / "tmp"),
        ANSIBLE_COLLECTIONS_PATH=str(collections_path()),
        PYTHONDONTWRITEBYTECODE="1",
        HYPOTHESIS_STORAGE_DIRECTORY=str(CACHE / "hypothesis"),
    )
    environ.update(more)
    return environ


def with_users_home(environ: dict[str, str]) -> dict[str, str]:
    """``private_environ`` for connections to other machines, whose inventory and keys lie in the user's home.

    ``~`` and ~/.ansible.cfg are the user's again; what Ansible writes stays under ``.cache/``.
    """
    environ = dict(environ)
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        environ.pop(name)
        if name in os.environ:
            environ[name] = os.environ[name]
    ansible = CACHE / "ansible"
    theirs = os.environ.get("ANSIBLE_COLLECTIONS_PATH") or "~/.ansible/collections:/usr/share/ansible/collections"
    environ.update(
        # The place of a socket must be short.
        ANSIBLE_SSH_CONTROL_PATH_DIR=str(CACHE / "cp"),
        ANSIBLE_PERSISTENT_CONTROL_PATH_DIR=str(ansible / "pc"),
        ANSIBLE_COLLECTIONS_PATH=os.pathsep.join([environ["ANSIBLE_COLLECTIONS_PATH"], theirs]),
    )
    return environ
