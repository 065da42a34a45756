# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory of the tests' own, brought back to a known state before each trial: fresh inodes, fresh mounts."""

import ctypes
import os
import shutil
from typing import Dict, List, NamedTuple, Optional

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS = 0x00020000
_MS_BIND, _MS_REC, _MS_PRIVATE, _MNT_DETACH = 4096, 16384, 1 << 18, 2


class Node(NamedTuple):
    """What stands at a name.

    ``kind``: file, dir, symlink, hardlink, program, script, bind, tmpfs.
    ``target``: a symlink's text; else a name in the tree (hardlink, bind) or
    an interpreter's path (script). ``uid`` and ``mode`` where they matter.
    """

    kind: str = "file"
    target: str = ""
    mode: Optional[int] = None
    uid: int = 0


Tree = Dict[str, Node]
FILE, DIR = Node("file"), Node("dir")


def _call(name: str, *args: object) -> None:
    if getattr(_LIBC, name)(*args) != 0:
        code = ctypes.get_errno()
        raise OSError(code, "{0}: {1}".format(name, os.strerror(code)))


def private_mounts() -> None:
    """Give this process a mount namespace of its own, from which nothing spreads (mount_namespaces(7))."""
    _call("unshare", _CLONE_NEWNS)
    _call("mount", b"none", b"/", None, ctypes.c_ulong(_MS_REC | _MS_PRIVATE), None)


def mount_tmpfs(path: str) -> None:
    _call("mount", b"tmpfs", os.fsencode(path), b"tmpfs", ctypes.c_ulong(0), b"mode=0755")


def mount_bind(source: str, path: str) -> None:
    _call("mount", os.fsencode(source), os.fsencode(path), None, ctypes.c_ulong(_MS_BIND), None)


def unmount(path: str) -> None:
    _call("umount2", os.fsencode(path), ctypes.c_int(_MNT_DETACH))


class Scratch:
    """The directory ``root`` and whatever the last tree put there.

    Args:
        root: An existing empty directory.
        program: An executable to copy for nodes of kind program.
    """

    def __init__(self, root: str, program: str) -> None:
        self.root = root
        self._program = program
        self._mounts: List[str] = []

    def path(self, name: str) -> str:
        return os.path.join(self.root, name)

    def clear(self) -> None:
        while self._mounts:
            unmount(self._mounts.pop())
        for entry in os.scandir(self.root):
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)

    def reset(self, tree: Tree) -> None:
        """Make the tree, in its order, from nothing."""
        self.clear()
        for name, node in tree.items():
            self._make(self.path(name), node)

    def _make(self, path: str, node: Node) -> None:
        if node.kind == "dir":
            os.mkdir(path)
        elif node.kind == "symlink":
            os.symlink(node.target, path)
            os.lchown(path, node.uid, node.uid)
            return
        elif node.kind == "hardlink":
            os.link(self.path(node.target), path)
            return
        elif node.kind == "program":
            shutil.copy(self._program, path)
        elif node.kind == "tmpfs":
            os.mkdir(path)
            mount_tmpfs(path)
            self._mounts.append(path)
        elif node.kind == "bind":
            self._bind(self.path(node.target), path)
        else:
            with open(path, "w", encoding="utf-8") as stream:
                stream.write("#!{0}\n".format(node.target) if node.kind == "script" else "scratch\n")
            if node.kind == "script":
                os.chmod(path, 0o755)
        if node.mode is not None:
            os.chmod(path, node.mode)
        if node.uid:
            os.chown(path, node.uid, node.uid)

    def _bind(self, source: str, path: str) -> None:
        if os.path.isdir(source):
            if not os.path.isdir(path):
                os.mkdir(path)
        elif not os.path.exists(path):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o644))
        mount_bind(source, path)
        self._mounts.append(path)
