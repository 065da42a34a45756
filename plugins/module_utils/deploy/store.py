# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state folder of a host: what lay there before a change, and how far a change has come.

Root's alone, since it holds copies of files that others may not read, and since
whoever could write there could have root put any file anywhere. One JSON document
a file, written whole or not at all.
"""

import base64
import contextlib
import datetime
import errno
import fcntl
import json
import os
import re
import stat
import time
from typing import Any, Dict, Iterator, List, Mapping, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.deploy import files
from ansible_collections.auditops.trail.plugins.module_utils.deploy.files import Kept
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError, TrailError

FOLDER = "/var/lib/auditops-trail"
"""Where the state lies: it survives a reboot, and holds nothing that a host cannot lose once all is committed."""

KEPT = 20
"""How many records of a kind are kept, where no option says another number."""

_ID = re.compile(r"([a-z][a-z_]*)-(\d{8}T\d{6}\.\d{6}Z)-[0-9a-f]{4}\Z")
_NAME = re.compile(r"[a-z][a-zA-Z0-9_.-]*\Z")
_SUFFIX = ".json"
_TIME = "%Y%m%dT%H%M%S.%fZ"
_DAY = 24 * 60 * 60
_BYTES = ("data", "context", "acl")


class Store:
    """The state folder; it is made when something is written to it, and not before.

    Args:
        folder: Where it is.
    """

    def __init__(self, folder: str = FOLDER) -> None:
        self.folder = folder
        self._locked = 0
        self._lock: Optional[int] = None

    # -- documents ---------------------------------------------------------------------------------------------------
    def save(self, name: str, document: Any) -> None:
        """Plain data under a name, synced before this returns.

        Raises:
            TrailError: It cannot be written (the disk is full, ...), or the folder is not ours alone.
        """
        self._ready()
        path = self._path(name)
        text = json.dumps(document, indent=1, sort_keys=True) + "\n"
        files.write(path, text.encode("ascii"), Kept(path, b"", 0o600, os.geteuid(), os.getegid()))

    def load(self, name: str) -> Any:
        """The document of this name, or None where there is none.

        Raises:
            EvidenceError: It cannot be read or is damaged, or the folder is not ours alone.
        """
        if not self._there():
            return None
        kept = files.look(self._path(name))
        if kept.data is None:
            return None
        try:
            return json.loads(kept.data.decode("ascii"))
        except ValueError as error:
            raise EvidenceError(
                "is damaged ({0})".format(error),
                kept.path,
                remedy="move it elsewhere; what it told of an earlier change is lost.",
            ) from None

    def saved_at(self, name: str) -> Optional[float]:
        """When a document was written last, in seconds since 1970; None where there is none."""
        try:
            return os.stat(self._path(name)).st_mtime
        except OSError:
            return None

    def drop(self, name: str) -> None:
        """The document away; none is no error."""
        if self._there():
            files.remove(self._path(name))

    # -- what was kept -----------------------------------------------------------------------------------------------
    def new_id(self, kind: str) -> str:
        """An identifier that sorts behind all others of its kind, whatever the clock does meanwhile.

        Args:
            kind: Of what it is: a word in lower case.
        """
        moment = datetime.datetime.now(datetime.timezone.utc)
        before = self.ids(kind)
        if before:
            latest = datetime.datetime.strptime(_ID.match(before[-1]).group(2), _TIME)  # type: ignore[union-attr]
            moment = max(moment, latest.replace(tzinfo=datetime.timezone.utc) + datetime.timedelta(microseconds=1))
        found = "{0}-{1}-{2}".format(kind, moment.strftime(_TIME), os.urandom(2).hex())
        if not _ID.match(found):
            raise ValueError("no kind of records: {0!r}".format(kind))
        return found

    def keep(self, kind: str, kept: Mapping[str, Kept], more: Optional[Mapping[str, Any]] = None) -> str:
        """Files as they were, for :meth:`read`.

        Args:
            kind: Of what they are a backup (``rules``, ``config``, ``boot``).
            kept: By path.
            more: Plain data to go with them.

        Returns:
            The identifier.
        """
        identifier = self.new_id(kind)
        self.save(identifier, dict(more or {}, id=identifier, files=kept_to_plain(kept)))
        return identifier

    def read(self, identifier: str, kind: Optional[str] = None) -> Dict[str, Kept]:
        """The files that were kept, by path.

        Raises:
            TrailError: There is no such record.
        """
        return kept_from_plain(self.record(identifier, kind)["files"])

    def record(self, identifier: str, kind: Optional[str] = None) -> Dict[str, Any]:
        """The whole document of an identifier.

        Args:
            identifier: As :meth:`new_id` made it.
            kind: Of which it has to be, where somebody else has named it: each kind's documents have their own form.

        Raises:
            TrailError: There is none, or it is of another kind.
        """
        named = _ID.match(identifier)
        if named and kind not in (None, named.group(1)):
            raise TrailError(
                "{0} is a record of the kind {1}, and not of {2}".format(identifier, named.group(1), kind),
                self.folder,
                remedy="name one whose name begins with {0}-.".format(kind),
            )
        found: Optional[Dict[str, Any]] = self.load(identifier) if named else None
        if found is None:
            raise TrailError(
                "there is no record {0}".format(identifier),
                self.folder,
                remedy="name one that is there; older ones are pruned.",
            )
        return found

    def ids(self, kind: str) -> List[str]:
        """The identifiers of a kind, oldest first."""
        if not self._there():
            return []
        names = [name[: -len(_SUFFIX)] for name in os.listdir(self.folder) if name.endswith(_SUFFIX)]
        matches = [_ID.match(name) for name in names]
        found = [match for match in matches if match and match.group(1) == kind]
        return [match.group() for match in sorted(found, key=lambda match: match.group(2))]

    def prune(self, kind: str, number: int) -> List[str]:
        """All but the newest ``number`` away; returns the identifiers that went."""
        found = self.ids(kind)
        gone = found[: max(0, len(found) - number)]
        for identifier in gone:
            self.drop(identifier)
        return gone

    # -- one at a time -----------------------------------------------------------------------------------------------
    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Nobody else is at work in this folder meanwhile; the lock goes with the process, however that ends.

        It can be taken again by who has it: a caller holds it from reading what
        is there to the end of the change that it made of it.

        Raises:
            TrailError: Another process holds it: the message names its pid.
        """
        if self._locked:
            self._locked += 1
            try:
                yield
            finally:
                self._locked -= 1
            return
        self._ready()
        path = os.path.join(self.folder, "lock")
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise TrailError("cannot be opened ({0})".format(error.strerror), path, remedy="look at it.") from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in (errno.EAGAIN, errno.EACCES):
                    raise TrailError("cannot be locked ({0})".format(error.strerror), path) from None
                holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
                raise TrailError(
                    "another run is at work here: process {0} holds the lock".format(holder or "(not yet named)"),
                    path,
                    remedy="wait until it has ended; a run that was killed holds nothing once its auditctl has ended.",
                ) from None
            with contextlib.suppress(OSError):  # a full disk: the lock holds, and only does not tell by whom
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, "{0}\n".format(os.getpid()).encode("ascii"), 0)
            self._locked, self._lock = 1, descriptor
            self._sweep()
            try:
                yield
            finally:
                self._locked, self._lock = 0, None
        finally:
            os.close(descriptor)

    def held(self) -> Tuple[int, ...]:
        """The lock's descriptor, for a program that is not to outlive it; none where the lock is not held."""
        return () if self._lock is None else (self._lock,)

    def is_busy(self) -> bool:
        """Whether a run holds the lock. The kernel's list tells (proc(5)): to try it would keep a run from it."""
        try:
            inode = str(os.stat(os.path.join(self.folder, "lock")).st_ino)
            with open("/proc/locks", encoding="ascii", errors="replace") as listed:
                rows = [line.split() for line in listed]
        except OSError:
            return False
        # "1: FLOCK  ADVISORY  WRITE 512 fe:01:1234 0 EOF"; one that waits has -> behind its number.
        return any(row[1] == "FLOCK" and row[5].split(":")[-1] == inode for row in rows if len(row) > 5)

    def _sweep(self) -> None:
        """Documents that a killed run had half written; a day old, since not everybody who writes holds the lock."""
        for name in os.listdir(self.folder):
            if files.is_staged(name):
                path = os.path.join(self.folder, name)
                with contextlib.suppress(OSError):
                    if os.lstat(path).st_mtime < time.time() - _DAY:
                        os.unlink(path)

    # -- the folder --------------------------------------------------------------------------------------------------
    def _path(self, name: str) -> str:
        if not _NAME.match(name):
            raise ValueError("no name of a document: {0!r}".format(name))
        return os.path.join(self.folder, name + _SUFFIX)

    def _ready(self) -> None:
        if self._there():
            if os.lstat(self.folder).st_mode & 0o055:
                os.chmod(self.folder, 0o700)  # nobody could have changed anything; from now on nobody reads it either
            return
        try:
            os.makedirs(os.path.dirname(self.folder), 0o755, exist_ok=True)
            os.mkdir(self.folder, 0o700)
            files.sync_folder(os.path.dirname(self.folder))
        except FileExistsError:
            pass
        except OSError as error:
            raise TrailError(
                "the state folder cannot be made ({0})".format(error.strerror),
                self.folder,
                remedy="run it as root, on a file system that can be written.",
            ) from None
        self._there()

    def _there(self) -> bool:
        """Whether the folder is there; it is ours alone then."""
        try:
            status = os.lstat(self.folder)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise EvidenceError(
                "the state folder cannot be read ({0})".format(error.strerror), self.folder, remedy="run it as root."
            ) from None
        if not stat.S_ISDIR(status.st_mode):
            raise self._refused("is no folder")
        if status.st_uid != os.geteuid():
            raise self._refused("belongs to the user with uid {0}".format(status.st_uid))
        if status.st_mode & 0o022:
            raise self._refused("can be written by others (mode {0:04o})".format(stat.S_IMODE(status.st_mode)))
        return True

    def _refused(self, why: str) -> TrailError:
        return EvidenceError(
            "{0}: what it says of earlier changes cannot be trusted".format(why),
            self.folder,
            remedy="look at what is in it, move it elsewhere, and run it again.",
        )


def kept_to_plain(kept: Mapping[str, Kept]) -> Dict[str, Dict[str, Any]]:
    """Files as they were, as plain data: bytes in base64."""
    plain = {}
    for path, one in kept.items():
        plain[path] = dict(one._asdict())
        for name in _BYTES:
            value = plain[path][name]
            plain[path][name] = None if value is None else base64.b64encode(value).decode("ascii")
    return plain


def kept_from_plain(plain: Mapping[str, Mapping[str, Any]]) -> Dict[str, Kept]:
    """What :func:`kept_to_plain` made."""
    kept = {}
    for path, one in plain.items():
        values = dict(one)
        for name in _BYTES:
            values[name] = None if values[name] is None else base64.b64decode(values[name])
        kept[path] = Kept(**values)
    return kept
