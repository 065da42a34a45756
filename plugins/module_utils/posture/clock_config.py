# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From where each time service is told to take the time: its files, as it reads them."""

import re
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen, services


class Source(NamedTuple):
    """One place to take the time from: ``kind`` is server, pool, peer, refclock, local, broadcast or fallback.

    ``file`` and ``line`` are None where a program was told by its command line.
    """

    address: str
    kind: str
    file: Optional[str]
    line: Optional[int]


class Configured(NamedTuple):
    """``files`` that are there and were read, in the order in which they count."""

    sources: List[Source]
    files: List[str]
    compiled: Sequence[Source] = ()
    """What a service that runs takes for want of other sources, by its compiled-in settings."""
    folders: Sequence[str] = ()
    """In which the service looks for more files, whether they are there or not: a file put there counts."""
    heard_as: Optional[Dict[str, str]] = None
    """The addresses of sources by the names by which the service tells of them, where these are others."""
    tells_kernel: bool = True
    """Whether the kernel's clock counts as synchronised while the service has it so."""
    known: bool = True
    """Whether what it takes the time from stands in these files, or in the arguments that were read."""


_MOST_INCLUDES = 10
_UNIT_FOLDERS = ("/usr/lib/systemd", "/usr/local/lib/systemd", "/run/systemd", "/etc/systemd")


def chrony(seen: Seen) -> Configured:
    """chrony.conf(5) with ``include``, ``confdir`` and ``sourcedir``; of two files of one name the first folder's."""
    heard_as: Dict[str, str] = {}
    found = Configured([], [], heard_as=heard_as)
    folders: List[str] = []
    main = _told_file(seen, "chronyd", "-f") or _first(seen, "/etc/chrony.conf", "/etc/chrony/chrony.conf")
    tells_kernel = _chrony_file(seen, main, found, folders, 0)
    return found._replace(folders=folders, tells_kernel=tells_kernel, known=main is not None)


def _chrony_file(seen: Seen, file: Optional[str], found: Configured, folders: List[str], depth: int) -> bool:
    """Adds what a file holds; whether it has ``rtcsync``: without that chronyd never tells the kernel that its clock is
    synchronised (sys_timex.c)."""
    if file is None or depth > _MOST_INCLUDES or file in found.files:
        return False
    found.files.append(file)
    rtcsync = False
    for number, line in seen.lines(file):
        words = line.split()
        if not words or line[0] in "!;#%":
            continue
        name, values = words[0].lower(), words[1:]
        if name in ("server", "pool", "peer") and values:
            found.sources.append(Source(values[0], name, file, number))
        elif name == "refclock" and values:
            source = Source(" ".join(values[:2]), "refclock", file, number)
            if found.heard_as is not None:
                found.heard_as[_reference(values, found.sources)] = source.address
            found.sources.append(source)
        elif name == "rtcsync":
            rtcsync = True
        elif name == "local":
            found.sources.append(Source("local", "local", file, number))
        elif name == "include" and values:
            folders += _folder_of(values[0])
            for other in seen.matching(values[0]):
                rtcsync = _chrony_file(seen, other, found, folders, depth + 1) or rtcsync
        elif name in ("confdir", "sourcedir"):
            suffix = ".conf" if name == "confdir" else ".sources"
            folders += [value for value in values if value.startswith("/")]
            for other in _by_name(seen, values, suffix):
                rtcsync = _chrony_file(seen, other, found, folders, depth + 1) or rtcsync
    return rtcsync


def _reference(values: Sequence[str], before: Sequence[Source]) -> str:
    """The name by which chronyc tells a reference clock: its ``refid``, or its driver's with a number (refclock.c)."""
    if "refid" in values[:-1]:
        return values[list(values).index("refid") + 1][:4]
    number = len([source for source in before if source.kind == "refclock"])
    return "{0:.3}{1}".format(values[0], number) if number < 10 else "{0:.2}{1:02}".format(values[0], number)


def ntp(seen: Seen) -> Configured:
    """ntp.conf of ntpd and ntpsec, with ``includefile``; an address 127.127.T.U is a reference clock."""
    found = Configured([], [])
    if _is_busybox(seen):
        # Its -p names a server; the others write the number of their process there.
        told = [Source(value, "server", None, None) for value in _arguments(seen, "ntpd", "-p")]
        if told:
            return found._replace(sources=told)
    main = _told_file(seen, "ntpd", "-c") or _first(seen, "/etc/ntpsec/ntp.conf", "/etc/ntp.conf", "/etc/ntp/ntp.conf")
    _ntp_file(seen, main, found, 0)
    if main is None:
        return found._replace(known=False)
    folder = main.rpartition("/")[0] + "/ntp.d"
    for other in seen.matching(folder + "/*.conf"):
        _ntp_file(seen, other, found, 1)
    return found._replace(folders=[folder])


def _ntp_file(seen: Seen, file: Optional[str], found: Configured, depth: int) -> None:
    if file is None or depth > _MOST_INCLUDES or file in found.files:
        return
    found.files.append(file)
    for number, line in seen.lines(file):
        words = [word for word in line.partition("#")[0].split() if word not in ("-4", "-6")]
        if len(words) < 2:
            continue
        name, address = words[0].lower(), words[1]
        if name == "includefile":
            path = address if address.startswith("/") else file.rpartition("/")[0] + "/" + address
            _ntp_file(seen, path if seen.exists(path) else None, found, depth + 1)
        elif name in ("server", "pool", "peer", "refclock", "broadcastclient", "manycastclient"):
            kind = (
                "local" if address.startswith("127.127.1.") else "refclock" if address.startswith("127.127.") else name
            )
            found.sources.append(Source(address, "broadcast" if "cast" in kind else kind, file, number))


def openntpd(seen: Seen) -> Configured:
    """ntpd.conf(5) of OpenNTPD: ``server``, ``servers`` (all addresses of a name), ``sensor``."""
    file = _told_file(seen, "ntpd", "-f") or _first(seen, "/etc/openntpd/ntpd.conf", "/etc/ntpd.conf")
    found = Configured([], [] if file is None else [file], known=file is not None)
    kinds = {"server": "server", "servers": "pool", "sensor": "refclock"}
    for number, line in seen.lines(file) if file is not None else ():
        words = line.partition("#")[0].split()
        if len(words) > 1 and words[0] in kinds:
            found.sources.append(Source(words[1], kinds[words[0]], str(file), number))
    return found


def timesyncd(seen: Seen) -> Configured:
    """timesyncd.conf(5) and its drop-ins: ``NTP=`` adds, an empty one clears, ``FallbackNTP=`` is for want of others.

    Where FallbackNTP is not set, the one in the comment is what was compiled in:
    "Entries in this file show the compile time defaults".
    """
    files = []
    main = _first(seen, *[folder + "/timesyncd.conf" for folder in reversed(_UNIT_FOLDERS)])
    if main is not None:
        files.append(main)
    drop_ins = [folder + "/timesyncd.conf.d" for folder in reversed(_UNIT_FOLDERS)]
    files += _by_name(seen, drop_ins, ".conf")
    kinds = {"NTP": "server", "FallbackNTP": "fallback"}
    found: Dict[str, Optional[List[Source]]] = {"NTP": None, "FallbackNTP": None}
    compiled: List[Source] = []
    for file in files:
        section = ""
        for number, line in seen.lines(file):
            if line.startswith("["):
                section = line
            parts = re.match(r"(#?)\s*(NTP|FallbackNTP|Servers)\s*=(.*)", line)
            if parts is None or section != "[Time]":
                continue
            name = "NTP" if parts.group(2) == "Servers" else parts.group(2)
            sources = [Source(word, kinds[name], file, number) for word in parts.group(3).split()]
            if parts.group(1):
                compiled += sources if name == "FallbackNTP" else []
            else:
                found[name] = (found[name] or []) + sources if sources else []
    fallback = found["FallbackNTP"]
    sources = (found["NTP"] or []) + (fallback or [])
    return Configured(sources, files, compiled if fallback is None else (), drop_ins)


def ptp(seen: Seen) -> Configured:
    """linuxptp: whoever is grandmaster on an interface gives the time, so the interface is the source.

    It is named by a section of the file (ptp4l(8), "interface sections"), or by ``-i`` where ptp4l runs.
    """
    files = [value for value in _arguments(seen, "ptp4l", "-f") if value.startswith("/") and seen.exists(value)]
    main = _first(seen, "/etc/linuxptp/ptp4l.conf", "/etc/ptp4l.conf")
    files = sorted(set(files)) or ([] if main is None else [main])
    sources: List[Source] = []
    for file in files:
        for number, line in seen.lines(file):
            section = re.match(r"\[([^\]/]+)\]", line)
            if section is not None and section.group(1) not in _NO_INTERFACE:
                sources.append(Source(section.group(1), "refclock", file, number))
    sources += [Source(value, "refclock", None, None) for value in _arguments(seen, "ptp4l", "-i")]
    by_name = {source.address: source for source in reversed(sources)}
    return Configured([by_name[name] for name in sorted(by_name)], files, known=bool(by_name))


_NO_INTERFACE = ("global", "unicast_master_table", "nmea", "leapfile")


def _arguments(seen: Seen, comm: str, option: str) -> Iterator[str]:
    """The values of an option of each daemon of this name that runs: ``-i eth0`` and ``-ieth0`` are the same."""
    for pid in [pid for pid, name in services(seen.context) or () if name == comm]:
        words = (seen.text("/proc/{0}/cmdline".format(pid)) or "").split("\0")
        for word, following in zip(words, words[1:] + [""]):
            if word.startswith(option):
                yield word[len(option) :] or following


def _told_file(seen: Seen, comm: str, option: str) -> Optional[str]:
    """The file that a daemon that runs was told to read in the place of its own."""
    files = [value for value in _arguments(seen, comm, option) if value.startswith("/")]
    return files[0] if files else None


def _is_busybox(seen: Seen) -> bool:
    program = seen.context.program("ntpd")
    return program is not None and (host_files.link(seen.context, program) or "").rpartition("/")[2] == "busybox"


READERS: Dict[str, Callable[[Seen], Configured]] = {
    "chrony": chrony,
    "systemd-timesyncd": timesyncd,
    "ntpsec": ntp,
    "ntpd": ntp,
    "openntpd": openntpd,
    "linuxptp": ptp,
}


def _first(seen: Seen, *paths: str) -> Optional[str]:
    return next((path for path in paths if seen.exists(path)), None)


def _folder_of(pattern: str) -> List[str]:
    """The folder of a pattern of files, where that is no pattern itself."""
    folder = pattern.rpartition("/")[0]
    return [folder] if folder.startswith("/") and not re.search(r"[*?\[]", folder) else []


def _by_name(seen: Seen, folders: Sequence[str], suffix: str) -> List[str]:
    """The files of several folders, sorted by name; of one name the first folder's."""
    found: List[Tuple[str, str]] = []
    for folder in folders:
        for name in seen.names(folder):
            if name.endswith(suffix) and name not in [other for other, _path in found]:
                found.append((name, folder.rstrip("/") + "/" + name))
    return [path for _name, path in sorted(found)]
