# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that stands for the root of a host, for tests of collectors."""

import os

from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context


def make(root, files=None, links=None, folders=()):
    """Files by path (text or bytes), links by path (what they say), and empty folders below ``root``."""
    for path in folders:
        os.makedirs(str(root) + path)
    for path, content in (files or {}).items():
        _above(root, path)
        with open(str(root) + path, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode("utf-8"))
    for path, target in (links or {}).items():
        _above(root, path)
        os.symlink(target, str(root) + path)


def program(root, *paths):
    """Programs that are there; what they answer is up to ``run``."""
    make(root, dict.fromkeys(paths, ""))


def context(root, run=None, **changes):
    """The context of such a host; without ``run`` no program may be run."""

    def refuse(arguments):
        raise AssertionError("nothing should be run: {0}".format(arguments))

    return Context(root=str(root), run=run or refuse, **changes)


def _above(root, path):
    folder = os.path.dirname(str(root) + path)
    if not os.path.isdir(folder):
        os.makedirs(folder)
