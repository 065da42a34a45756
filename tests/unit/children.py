# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Children of a test: one that is killed at a chosen moment, and one with mounts of its own."""

import ctypes
import errno
import os
import signal
import traceback

import pytest

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS = 0x00020000
_MS_RDONLY, _MS_REMOUNT, _MS_REC, _MS_PRIVATE = 1, 32, 16384, 1 << 18


def in_child(work):
    """Run ``work`` in a forked child; whether it came to its end (False: it was killed).

    What it raises fails the test, with the child's own traceback.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            work()
            os._exit(0)
        except BaseException:
            os.write(writer, traceback.format_exc().encode("utf-8", "backslashreplace")[-60000:])
            os._exit(1)
    os.close(writer)
    with os.fdopen(reader, "rb") as told:
        said = told.read().decode("utf-8")
    _pid, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return False
    assert os.WEXITSTATUS(status) == 0, said
    return True


def die():
    """SIGKILL to this process: nothing that it meant to do at its end is done."""
    os.kill(os.getpid(), signal.SIGKILL)


def on_small_disk(folder, work, size="64k"):
    """Run ``work`` in a child that sees a file system of this size on ``folder``; skipped where mounting is refused."""

    def there():
        mount(b"tmpfs", folder, b"tmpfs", 0, "mode=0755,size={0}".format(size).encode("ascii"))
        work()

    _with_mounts(there)


def read_only(folder):
    """For a child of :func:`on_small_disk`: its file system can no longer be written."""
    mount(b"none", folder, None, _MS_REMOUNT | _MS_RDONLY, None)


def mount(source, folder, kind, flags, options):
    """mount(2)."""
    if _LIBC.mount(source, os.fsencode(str(folder)), kind, ctypes.c_ulong(flags), options) != 0:
        raise OSError(ctypes.get_errno(), "mount: " + os.strerror(ctypes.get_errno()))


def _with_mounts(work):
    if os.geteuid() != 0:
        pytest.skip("mounting takes root")

    def private():
        if _LIBC.unshare(_CLONE_NEWNS) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        mount(b"none", "/", None, _MS_REC | _MS_PRIVATE, None)

    def probe():
        try:
            private()
        except OSError as error:
            if error.errno in (errno.EPERM, errno.ENOSYS):
                die()
            raise

    if not in_child(probe):
        pytest.skip("no mount namespace is allowed here")

    def whole():
        private()
        work()

    in_child(whole)
