# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts about the host that decide how rules are read: small, read-only, each with its evidence."""

import errno
import os
import re
import stat
import subprocess
from typing import BinaryIO, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

NEWEST_AUDIT = (4, 2, 1)
"""The newest audit release whose behaviour is known here."""

OLDEST_AUDIT = (2, 8)
"""The oldest one."""

MOST_UID = 0xFFFFFFFE
"""The greatest uid; the next number is (uid_t)-1, which stands for no user."""

MACHINES = ("x86_64", "i386", "aarch64", "arm", "ppc64le", "s390x")
_ROOTS_PATH = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin")
_TIMEOUT = 10  # seconds; each of these programs answers in milliseconds
_READ_AS = "audit {0} is {1} than any release that is known here: lines are read as {2}, the {3}, reads them"
_UID_MIN = 1000  # login.defs(5): the default where UID_MIN is not set

BOOT_ID = "/proc/sys/kernel/random/boot_id"
"""What is another one after each boot (proc(5))."""


def find_program(name: str) -> Optional[str]:
    """The path of a program in PATH or in the folders for system programs, or None."""
    for folder in os.environ.get("PATH", "").split(":") + list(_ROOTS_PATH):
        path = os.path.join(folder, name)
        if folder.startswith("/") and os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def open_file(path: str) -> BinaryIO:
    """A file to be read, which is no device and no pipe: an ordinary open waits for ever for who writes to one.

    Raises:
        OSError: it cannot be opened, or is not a file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a file", path)
    return os.fdopen(descriptor, "rb")


def boot_id(root: str = "/") -> Optional[str]:
    """What is another one after each boot; None where it cannot be read, which says nothing of a boot."""
    try:
        with open(os.path.join(root, BOOT_ID.lstrip("/")), encoding="ascii", errors="replace") as stream:
            return stream.read().strip() or None
    except OSError:
        return None


def run(arguments: Sequence[str]) -> Tuple[int, str]:
    """Exit status and standard output of a program that only tells something.

    Raises:
        EvidenceError: It cannot be run, or does not answer within ten seconds.
    """
    return run_with_errors(arguments)[:2]


def run_with_errors(arguments: Sequence[str]) -> Tuple[int, str, str]:
    """Exit status, standard output and standard error of a program that only tells something.

    Raises:
        EvidenceError: It cannot be run, or does not answer within ten seconds.
    """
    environment = dict(os.environ, LC_ALL="C")
    try:
        # AnsibleModule.run_command ends the module where it fails and has no timeout, and no AnsibleModule comes here.
        done = subprocess.run(  # pylint: disable=ansible-bad-function
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=_TIMEOUT,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise EvidenceError(
            "{0} cannot be run: {1}".format(arguments[0], error), remedy="run it by hand and see why."
        ) from None
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def audit_version() -> Optional[Tuple[int, ...]]:
    """The version of the installed audit package, or None where none of its programs is found.

    ``auditctl -v`` answers root alone; ``ausearch -v``, of the same package, everyone.
    """
    for name in ("auditctl", "ausearch"):
        program = find_program(name)
        if program is None:
            continue
        try:
            _status, answer = run([program, "-v"])
        except EvidenceError:
            continue
        found = re.search(r"version (\d+(?:\.\d+)+)", answer)
        if found:
            return parse_version(found.group(1))
    return None


def parse_version(text: str) -> Tuple[int, ...]:
    """``3.0.9`` as ``(3, 0, 9)``; what follows the numbers (``4.0.4b``, ``3.0.7-5.el9``) is left out.

    Raises:
        ValueError: There is no number, a dot and a number at the start.
    """
    found = re.match(r"\d+(?:\.\d+)+", text.strip())
    if not found:
        raise ValueError("not a version: {0!r}".format(text))
    return tuple(int(part) for part in found.group().split("."))


def known_version(version: Tuple[int, ...]) -> Tuple[Tuple[int, ...], Optional[str]]:
    """The known audit release as which ``version`` is read, and where that is another one, a warning that says so."""
    if version[: len(NEWEST_AUDIT)] > NEWEST_AUDIT:
        return NEWEST_AUDIT, _READ_AS.format(spelled(version), "newer", spelled(NEWEST_AUDIT), "newest")
    if version < OLDEST_AUDIT:
        return OLDEST_AUDIT, _READ_AS.format(spelled(version), "older", spelled(OLDEST_AUDIT), "oldest")
    return version, None


def spelled(version: Tuple[int, ...]) -> str:
    """A version as people write it."""
    return ".".join(str(part) for part in version)


def is_uid(number: int) -> bool:
    """Whether a user can have this uid."""
    return 0 <= number <= MOST_UID


def machine(name: Optional[str] = None) -> str:
    """The machine (``uname -m``, or ``name``) as the tables call it.

    Raises:
        EvidenceError: There are no tables for it.
    """
    told = name or os.uname().machine
    if re.match(r"i[3-6]86$", told):
        return "i386"
    if re.match(r"arm(v\d.*)?$", told):
        return "arm"
    if told in MACHINES:
        return told
    raise EvidenceError(
        "there are no system call tables for the machine {0}".format(told),
        remedy="judge for one of {0}.".format(", ".join(MACHINES)),
    )


def kernel_release(release: Optional[str] = None) -> Tuple[int, ...]:
    """The kernel's release (``uname -r``) as numbers: ``6.1.0-18-amd64`` is ``(6, 1, 0)``.

    Raises:
        EvidenceError: It does not start with numbers.
    """
    told = release or os.uname().release
    try:
        return parse_version(told)
    except ValueError:
        raise EvidenceError("the kernel release {0!r} is not understood".format(told), remedy="report it.") from None


def upstream_release(release: Tuple[int, ...]) -> Tuple[int, ...]:
    """The release as far as it tells which changes a kernel has.

    Many distributions keep 0 as the third number whatever they backport
    (Debian's 6.1.0-18, RHEL's 5.14.0-503): then two numbers are what is known.
    """
    return release[:3] if len(release) > 2 and release[2] else release[:2]


def awk_kind() -> str:
    """``gawk`` or ``mawk``: whether the awk that augenrules runs takes ``\\s`` for white space.

    Asked of the program itself, so that busybox awk and others fall on the right side.

    Raises:
        EvidenceError: There is no awk that answers.
    """
    program = find_program("awk")
    if program is None:
        raise EvidenceError(
            "there is no awk here, and augenrules does not work without it", remedy="install mawk or gawk."
        )
    status, answer = run([program, 'BEGIN { print match(" x", "^\\\\s*x") }'])
    if status != 0 or answer.strip() not in ("0", "1"):
        raise EvidenceError("awk does not answer as one does", program, remedy="run augenrules --check by hand.")
    return "gawk" if answer.strip() == "1" else "mawk"


def uid_min(file: str = "/etc/login.defs") -> int:
    """The first uid of ordinary users: UID_MIN of login.defs(5), 1000 where it or the file is not there.

    Raises:
        EvidenceError: The file is there and cannot be read, or UID_MIN is not a uid.
    """
    try:
        with open_file(file) as opened:
            lines = opened.read().decode("utf-8", "replace").split("\n")
    except FileNotFoundError:
        return _UID_MIN
    except OSError as error:
        raise EvidenceError("cannot be read ({0})".format(error.strerror), file, remedy="pass uid_min.") from None
    value = _UID_MIN
    for number, words in enumerate((line.split() for line in lines), 1):
        if len(words) > 1 and words[0] == "UID_MIN":
            try:
                value = int(words[1], 0)
            except ValueError:
                raise EvidenceError(
                    "UID_MIN is not a number: {0}".format(words[1]), file, number, "correct it, or pass uid_min."
                ) from None
            if not is_uid(value):
                raise EvidenceError(
                    "UID_MIN is no uid: {0}".format(words[1]), file, number, "correct it, or pass uid_min."
                )
    return value
