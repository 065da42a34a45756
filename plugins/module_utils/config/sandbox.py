# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program run where it can neither see nor change what the host's own does: for trials of a daemon.

It gets a mount namespace of its own, with an empty /run (and with it no
/dev/log on hosts with systemd) and a /proc of its own, and a PID namespace of
its own. The second is what keeps the kernel's audit state safe whatever the
program does: the kernel takes AUDIT_SET and its like from the first PID
namespace alone (audit_netlink_ok of kernel/audit.c). It also leaves no process
behind: where the first process of a PID namespace ends, all others in it are
killed (pid_namespaces(7)). The mounts go with the last process.
"""

import ctypes
import json
import os
import select
import signal
import time
from typing import Any, Dict, List, Mapping, NamedTuple, NoReturn, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils import parent
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

_CLONE_NEWNS, _CLONE_NEWPID = 0x00020000, 0x20000000  # linux/sched.h
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_REC, _MS_PRIVATE = 2, 4, 8, 16384, 1 << 18  # linux/mount.h
_MOST_OUTPUT = 256 * 1024  # bytes that are kept of what the program says
_MOST_COPIED = 64 * 1024
_RESOLVER = "/etc/resolv.conf"
_GRACE = 5.0  # seconds that setting up and ending may take beyond the trial itself


class Ran(NamedTuple):
    """How a program fared.

    ``status`` is its exit status, negative for the signal that ended it, None
    where it was still running when its time was over, or when ``ready`` was
    seen; ``output`` is what it wrote to standard error, ``seconds`` how long it ran.
    """

    status: Optional[int]
    output: bytes
    ready: bool
    seconds: float


def run(
    arguments: Sequence[str],
    files: Mapping[str, bytes],
    folders: Sequence[str],
    seconds: float,
    ready: bytes,
    settle: float,
) -> Ran:
    """Run a program apart from the host for a while, then end it.

    Args:
        arguments: The program's path and its arguments.
        files: By path below /run: files (0640, root's) that are there for the program alone.
        folders: Folders (0700) likewise.
        seconds: How long it may run.
        ready: What it says on standard error once it is up.
        settle: Seconds for which it is watched further from then on.

    Raises:
        EvidenceError: It cannot be run apart: no root, no namespaces, no such program.
    """
    reading, writing = os.pipe()
    me = os.getpid()  # asked before the fork: where this process has ended since, the child's getppid() says another
    child = os.fork()
    if child == 0:
        os.close(reading)
        _keeper(me, writing, list(arguments), dict(files), list(folders), (seconds, ready, settle))
    os.close(writing)
    try:
        answer = _answer(reading, time.monotonic() + seconds + settle + _GRACE)
    finally:
        os.close(reading)
        _end(child)
    if "error" in answer:
        raise EvidenceError(
            "a trial apart from the host is not possible here: {0}".format(answer["error"]),
            remedy="run it as root, outside of a container.",
        )
    return Ran(answer["status"], answer["output"].encode("latin-1"), answer["ready"], answer["seconds"])


def _answer(reading: int, until: float) -> Dict[str, Any]:
    text = b""
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return {"error": "it did not come to an end in time"}
        piece = os.read(reading, 65536)
        if not piece:
            break
        text += piece
    try:
        found = json.loads(text.decode("ascii"))
    except ValueError:
        found = {"error": "the process that keeps it ended without an answer"}
    return found if isinstance(found, dict) else {"error": "no answer"}


def _end(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    os.waitpid(pid, 0)


def _keeper(
    module: int,
    writing: int,
    arguments: List[str],
    files: Dict[str, bytes],
    folders: List[str],
    watch: Tuple[float, bytes, float],
) -> NoReturn:
    """The process between: it sets up the namespaces, runs the program, ends it and answers. It never returns."""
    try:
        parent.die_with(module)
        answer = _kept(arguments, files, folders, watch)
    except OSError as error:
        answer = {"error": "{0} ({1})".format(error.filename or "it fails", error.strerror)}
    except BaseException as error:  # pylint: disable=broad-except
        answer = {"error": repr(error)}
    try:
        view = json.dumps(answer).encode("ascii")
        while view:
            view = view[os.write(writing, view) :]
    finally:
        os._exit(0)


def _kept(
    arguments: List[str], files: Dict[str, bytes], folders: List[str], watch: Tuple[float, bytes, float]
) -> Dict[str, Any]:
    _call("unshare", ctypes.c_int(_CLONE_NEWNS | _CLONE_NEWPID))
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    _own_run(files, folders)
    reading, writing = os.pipe()
    program = os.fork()
    if program == 0:
        os.close(reading)
        _program(arguments, writing)
    os.close(writing)
    return _watch(program, reading, watch)


def _own_run(files: Dict[str, bytes], folders: List[str]) -> None:
    files = dict(_resolver(), **files)
    _mount("tmpfs", "/run", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=16m")
    if os.path.isdir("/var/run") and os.path.realpath("/var/run") != "/run":
        _mount("tmpfs", "/var/run", "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=16m")
    for folder in folders:
        os.makedirs(folder, 0o700)
    for path, data in files.items():
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(data)


def _resolver() -> Dict[str, bytes]:
    """The resolver's configuration, where it lies in the /run that is about to be covered: domains are asked for."""
    place = os.path.realpath(_RESOLVER)
    if not place.startswith("/run/"):
        return {}
    try:
        with open(place, "rb") as opened:
            return {place: opened.read(_MOST_COPIED)}
    except OSError:
        return {}


def _program(arguments: List[str], writing: int) -> NoReturn:
    """The first process of the new PID namespace becomes the program."""
    message = ""
    try:
        parent.die_with(os.getppid())
        # Its parent lies outside of its namespace, so getppid() says 0 whether that lives or not; the pipe tells.
        if _nobody_reads(writing):
            os._exit(1)
        # auditd writes to /proc/self/oom_score_adj and reads /proc/PID: both have to be its own.
        _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
        os.setsid()
        os.chdir("/")
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 0)
        os.dup2(null, 1)
        os.dup2(writing, 2)
        for signal_number in (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(signal_number, signal.SIG_DFL)
        os.execve(arguments[0], arguments, {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
    except OSError as error:
        message = "{0} ({1})".format(error.filename or arguments[0], error.strerror)
    except BaseException as error:  # pylint: disable=broad-except
        message = repr(error)
    try:
        os.write(writing, _UNSTARTED + message.encode("utf-8", "backslashreplace"))
    finally:
        os._exit(127)


_UNSTARTED = b"\0not started: "
"""What is said where the program never came to run; no program says a NUL."""


def _watch(program: int, reading: int, watch: Tuple[float, bytes, float]) -> Dict[str, Any]:
    seconds, ready, settle = watch
    begun = time.monotonic()
    until, seen, ended, output = begun + seconds, False, False, b""
    while not ended:
        left = until - time.monotonic()
        if left <= 0:
            break
        if not select.select([reading], [], [], left)[0]:
            break
        piece = os.read(reading, 65536)
        ended = not piece
        output = (output + piece)[-_MOST_OUTPUT:]
        if not seen and ready in output:
            seen, until = True, min(until, time.monotonic() + settle)
    status = _status(program, ended)
    if output.startswith(_UNSTARTED):
        return {"error": output[len(_UNSTARTED) :].decode("utf-8", "replace")}
    return {
        "status": status,
        "output": output.decode("latin-1"),
        "ready": seen,
        "seconds": round(time.monotonic() - begun, 3),
    }


def _status(program: int, ended: bool) -> Optional[int]:
    """The exit status of a program that has ended by itself; one that has not is ended."""
    if not ended:
        pid, status = os.waitpid(program, os.WNOHANG)
        if pid == 0:
            os.kill(program, signal.SIGKILL)
            os.waitpid(program, 0)
            return None
    else:  # all of its standard error is closed: it has exited, or is about to
        _pid, status = os.waitpid(program, 0)
    return -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)


def _nobody_reads(writing: int) -> bool:
    watch = select.poll()
    watch.register(writing, 0)
    return bool(watch.poll(0))


def _mount(source: str, target: str, kind: Optional[str], flags: int, data: Optional[str] = None) -> None:
    _call(
        "mount",
        os.fsencode(source),
        os.fsencode(target),
        None if kind is None else os.fsencode(kind),
        ctypes.c_ulong(flags),
        None if data is None else os.fsencode(data),
        what="mount of {0}".format(target),
    )


def _call(name: str, *arguments: Any, what: str = "") -> None:
    """A call of the C library that says -1 where it fails; a library without it counts as the kernel's refusal."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what or name)
