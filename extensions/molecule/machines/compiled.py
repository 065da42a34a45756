# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Python has compiled of a zip file is kept: for the machines of the lab, and for tests that play playbooks.

Ansible brings a module to its host as a zip file, of which Python keeps nothing: some thousand lines are compiled anew
for each task, in an emulated machine for ten seconds and more. Here the code is kept by the source's own digest. What
runs is the same; only the path of the zip that a traceback names can be an earlier one.

It runs as a file of its own, whenever a Python from 3.6 on starts, and changes nothing where its folder is not there.
"""

import hashlib
import importlib.util
import marshal
import os
import zipimport

FOLDER = os.environ.get("AUDITOPS_COMPILED") or "/var/cache/auditops-compiled"


def keeping(compiled, folder):
    """``compiled(path, source)``, kept in ``folder`` as far as that can be written."""

    def once(path, source):
        inside = path.partition(".zip")[2].encode("utf-8", "surrogateescape")  # the zip has another name each time
        name = hashlib.sha256(b"\0".join((importlib.util.MAGIC_NUMBER, inside, source))).hexdigest()
        kept = os.path.join(folder, name)
        code = _found(kept)
        if code is None:
            code = compiled(path, source)
            _keep(kept, code)
        return code

    return once


def _found(kept):
    try:
        with open(kept, "rb") as opened:
            return marshal.load(opened)
    except (OSError, EOFError, ValueError, TypeError):  # not there, or what a lost machine has left of it
        return None


def _keep(kept, code):
    scratch = "{0}.{1}".format(kept, os.getpid())
    try:
        with open(scratch, "wb") as out:
            marshal.dump(code, out)
        os.replace(scratch, kept)
    except OSError:
        pass  # another user's folder, or a full disk


# Up to 3.7 zipimport is written in C.
if os.path.isdir(FOLDER) and hasattr(zipimport, "_compile_source"):
    zipimport._compile_source = keeping(zipimport._compile_source, FOLDER)
