# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundle the collection that is running, for an environment of its own elsewhere: the same files give the same bytes.

Usage: bundle.py COLLECTION [TARBALL]; prints the SHA-256 of what is in it.
"""

import gzip
import hashlib
import os
import sys
import tarfile

PARTS = (
    "LICENSES", "MANIFEST.json", "README.md", "galaxy.yml", "meta", "playbooks", "plugins", "requirements.txt", "roles",
)  # fmt: skip
_LEFT = ("__pycache__",)


def files(root):
    """The files of a collection that a run needs, as paths below its folder."""
    found = [name for name in PARTS if os.path.isfile(os.path.join(root, name))]
    for part in PARTS:
        for folder, folders, names in os.walk(os.path.join(root, part)):
            folders[:] = [name for name in folders if name not in _LEFT and not name.startswith(".")]
            found += [
                os.path.relpath(os.path.join(folder, name), root)
                for name in names
                if not name.endswith((".pyc", ".tar.gz")) and not name.startswith(".")
            ]
    return sorted(set(found))


def folders(root):
    """The folders that these files are in: with a mode of their own, as the umask of who unpacks them may be any."""
    found = set()
    for name in files(root):
        parts = name.split(os.sep)
        found.update(os.sep.join(parts[:depth]) for depth in range(1, len(parts)))
    return sorted(found)


def digest(root):
    """The SHA-256 over names and contents."""
    found = hashlib.sha256()
    for name in files(root):
        with open(os.path.join(root, name), "rb") as source:
            data = source.read()
        found.update("{0}\0{1}\0".format(name, len(data)).encode() + data)
    return found.hexdigest()


def bundle(root, target):
    """Write the tarball."""
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as raw, gzip.GzipFile("", "wb", mtime=0, fileobj=raw) as packed, tarfile.open(
        fileobj=packed, mode="w", format=tarfile.PAX_FORMAT
    ) as tar:
        for name in folders(root):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        for name in files(root):
            path = os.path.join(root, name)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = os.path.getsize(path), 0o644
            with open(path, "rb") as source:
                tar.addfile(entry, source)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        bundle(os.path.realpath(sys.argv[1]), sys.argv[2])
    print(digest(os.path.realpath(sys.argv[1])))
