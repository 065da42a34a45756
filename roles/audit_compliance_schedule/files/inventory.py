# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List the files of an inventory that is copied: where each lies, where it goes, and the mode that it gets there.

Usage: inventory.py FILE_OR_FOLDER; prints a list of JSON. As with cp and rsync, a slash at the end of a folder gives
what is in it, and not the folder.
"""

import json
import os
import stat
import sys


def files(source):
    """The files of an inventory, those behind links too."""
    place = os.path.abspath(source)
    root = place if source.endswith("/") and os.path.isdir(place) else os.path.dirname(place)
    found = []
    for path in sorted(_paths(place)):
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            # Ansible runs an inventory that can be executed, and reads any other one. Who may read and write the copy
            # is not the matter of who may here.
            mode = "0750" if mode & 0o111 else "0640"
            found.append({"src": path, "to": os.path.relpath(path, root), "mode": mode})
    return found


def _paths(place):
    if not os.path.isdir(place):
        return [place]
    found = []
    for folder, folders, names in os.walk(place, followlinks=True, onerror=_raised):
        # A link to a folder that holds it has no end.
        here = _real(folder)
        folders[:] = [name for name in folders if not here.startswith(_real(os.path.join(folder, name)))]
        found += [os.path.join(folder, name) for name in names]
    return found


def _real(folder):
    return os.path.join(os.path.realpath(folder), "")


def _raised(error):
    """A folder that cannot be read hides hosts: it is no empty one."""
    raise error


if __name__ == "__main__":
    try:
        print(json.dumps(files(sys.argv[1])))
    except OSError as exc:
        sys.exit(
            "The inventory cannot be copied: {0}: {1}. The runs would judge other hosts than are meant: let "
            "audit_compliance_schedule_inventory_src name what you can read here, as an absolute path.".format(
                exc.filename, exc.strerror
            )
        )
