# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of one run share, though each is judged in a process of its own: a name for the run.

It is left in the temporary folder of ansible-playbook by whoever comes first,
as in claims.py.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import secrets
from collections.abc import Callable
from typing import TypeVar, cast

from ansible_collections.auditops.trail.plugins.plugin_utils import atomic

Kept = TypeVar("Kept")


def name(folder: str, result_dir: str, now: str) -> str:
    """The name of this run: its time, and letters that tell it from another one of the same second.

    Args:
        folder: The temporary folder of this run of ansible-playbook.
        result_dir: Where the results go; a playbook may hold several runs.
        now: The present, as results write it.
    """
    return once(folder, "run", result_dir, f"{now.replace(':', '-')}-{secrets.token_hex(3)}")


def once(folder: str, purpose: str, about: str, text: str) -> str:
    """The text that the first of this run's processes gave for a purpose.

    Args:
        folder: The temporary folder of this run of ansible-playbook.
        purpose: What the text is for.
        about: The path that it concerns.
        text: What is kept where nobody was quicker.
    """
    place = _place(folder, purpose, about)
    try:
        atomic.put(place, text.encode("utf-8", "surrogateescape"), first=True)
        return text
    except FileExistsError:
        return known(folder, purpose, about) or ""


def shared(folder: str, purpose: str, about: str, make: Callable[[], Kept]) -> Kept:
    """What one process of this run has made, for the others, each of which would need the time again.

    Where several come at once each makes it for itself.

    Args:
        folder: The temporary folder of this run of ansible-playbook; nobody else can write to it.
        purpose: What it is, with everything that it depends on.
        about: The path that it concerns.
        make: Makes it; its errors are kept by nobody.
    """
    place = _place(folder, purpose, about)
    try:
        with open(place, "rb") as file:
            return cast(Kept, pickle.load(file))
    except FileNotFoundError:
        pass
    made = make()
    atomic.put(place, pickle.dumps(made, pickle.HIGHEST_PROTOCOL))
    return made


def known(folder: str, purpose: str, about: str) -> str | None:
    """The text that was given for a purpose in this run, or None.

    Args:
        folder: The temporary folder of this run of ansible-playbook.
        purpose: What the text is for.
        about: The path that it concerns.
    """
    try:
        with open(_place(folder, purpose, about), encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _place(folder: str, purpose: str, about: str) -> str:
    digest = hashlib.sha256(f"{purpose}\0{os.path.realpath(about)}".encode("utf-8", "surrogateescape")).hexdigest()
    return os.path.join(folder, f"auditops-trail-{digest}")
