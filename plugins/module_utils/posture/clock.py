# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The clock that the records are dated by: which service sets it, from where, and how far it is off."""

import ctypes
import re
import struct
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    clock_answers,
    clock_config,
    exposure,
    folders,
    host_files,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen, services

Plain = Dict[str, Any]

STA_UNSYNC = 0x40  # include/uapi/linux/timex.h
_SETTINGS = ("/etc/localtime", "/etc/adjtime")


class _Service(NamedTuple):
    """``comms`` as /proc has them (15 characters), ``units`` of systemd, ``programs`` of its package."""

    name: str
    comms: Tuple[str, ...]
    units: Tuple[str, ...]
    programs: Tuple[str, ...]


SERVICES: Tuple[_Service, ...] = (
    _Service("chrony", ("chronyd",), ("chronyd.service", "chrony.service"), ("chronyd",)),
    _Service("ntpsec", ("ntpd",), ("ntpsec.service",), ()),
    _Service("openntpd", ("ntpd",), ("openntpd.service",), ("ntpctl",)),
    _Service("ntpd", ("ntpd",), ("ntpd.service", "ntp.service"), ("ntpd", "ntpq")),
    _Service("linuxptp", ("ptp4l", "phc2sys"), ("phc2sys.service", "ptp4l.service"), ("phc2sys",)),
    _Service("systemd-timesyncd", ("systemd-timesyn",), ("systemd-timesyncd.service",), ()),
)
_MARKS = {
    # What tells the three that run as ntpd apart.
    "ntpsec": "/etc/ntpsec/ntp.conf",
    "openntpd": "/usr/sbin/ntpctl",
    "systemd-timesyncd": "/usr/lib/systemd/systemd-timesyncd",
}
_UNIT_LINKS = ("/etc/systemd/system/*.wants/{0}", "/etc/systemd/system/{0}", "/usr/lib/systemd/system/*.wants/{0}")
_MASKS = ("/etc/systemd/system/", "/run/systemd/system/")
_OTHER_LINKS = ("/etc/runlevels/*/{0}", "/etc/rc[2-5].d/S[0-9][0-9]{0}", "/etc/service/{0}", "/var/service/{0}")
_OTHER_INITS = ("init", "openrc-init", "runit", "s6-svscan", "busybox", "dinit")
"""As they call themselves; systemd always calls itself so."""
_ALIASES = {"systemd-timesyncd.service": ("dbus-org.freedesktop.timesync1.service",)}


def collect(context: Context, _posture: Plain) -> Plain:
    """``service, active, enabled, synchronised, sources`` (``address, kind, selected, file, line``), ``sources_file``,
    ``offset_seconds`` (what the service tells, or null), ``kernel_synchronised``, ``max_error_seconds``,
    ``config`` (each file that was read, the folders that the service takes more files from, and /etc/localtime and
    /etc/adjtime), ``exposed`` (who besides root can change one of these, or a folder above it; null where that is not
    known), ``not_seen``.

    The service is the one that runs; where none does, one that is started at boot, or else is installed.
    """
    seen = Seen(context)
    service, active = _service(seen)
    before = len(seen.not_seen)
    configured = clock_config.Configured([], [])
    if service is not None:
        configured = clock_config.READERS[service.name](seen)
    paths = list(configured.files) + list(configured.folders) + list(_SETTINGS)
    config: Optional[List[Plain]] = seen.entries(paths)
    whole = len(seen.not_seen) == before
    config = config if whole else None
    answer = clock_answers.Answer()
    if service is not None and active and service.name in clock_answers.ASKED:
        answer = clock_answers.ASKED[service.name](seen)
    synchronised, error = kernel_clock()
    told = configured.known or answer.sources is not None or active is False
    if service is not None and not told:
        seen.miss(service.name, "from where it takes the time stands in no file that is known here")
    return {
        "service": None if service is None else service.name,
        "active": active,
        "enabled": None if service is None else _enabled(seen, service),
        "synchronised": _synchronised(answer, synchronised, configured.tells_kernel or active is False),
        "sources": _sources(configured, answer, bool(active)) if service is not None and whole and told else None,
        "sources_file": _sources_file(configured),
        "offset_seconds": None if answer.offset is None else round(answer.offset, 9),
        "kernel_synchronised": synchronised,
        "max_error_seconds": error,
        "config": config,
        "exposed": _exposed(seen, config, paths),
        "not_seen": seen.not_seen,
    }


def _exposed(seen: Seen, config: Optional[List[Plain]], paths: Sequence[str]) -> Optional[List[str]]:
    """Who besides root can change the configuration; anybody may read it. Also what is not there yet has a place."""
    before = len(seen.not_seen)
    folder_entries = seen.entries(folders.above(seen, paths)) if config is not None else []
    found = [text for entry in folder_entries for text in exposure.folder_faults(entry)]
    for entry in config or ():
        found += exposure.folder_faults(entry) if entry["type"] == "dir" else exposure.faults(entry, others_read=True)
    whole = config is not None and len(seen.not_seen) == before
    return exposure.complete(seen, sorted(set(found)), folder_entries + (config or []), whole)


def _synchronised(answer: clock_answers.Answer, kernel: Optional[bool], tells_kernel: bool) -> Optional[bool]:
    """As the service says, or else the kernel, where the service tells that; a kernel that says no is believed where
    the service would tell it."""
    if answer.synchronised is not None:
        return answer.synchronised
    if not tells_kernel:
        return None
    return None if answer.silent and kernel else kernel


def _service(seen: Seen) -> Tuple[Optional[_Service], Optional[bool]]:
    """The service, and whether it runs (None where not all processes show)."""
    running = services(seen.context, [comm for service in SERVICES for comm in service.comms])
    comms = {comm for _pid, comm in running or ()}
    for service in SERVICES:
        if comms.intersection(service.comms) and (service.comms != ("ntpd",) or _is_here(seen, service)):
            return service, True
    stopped = None if running is None else False
    for service in SERVICES:
        if _enabled(seen, service):
            return service, stopped
    for service in SERVICES:
        if _is_here(seen, service):
            return service, stopped
    return None, stopped


def _is_here(seen: Seen, service: _Service) -> bool:
    if service.name in _MARKS and seen.exists(_MARKS[service.name]):
        return True
    return any(seen.context.program(program) is not None for program in service.programs)


def _enabled(seen: Seen, service: _Service) -> bool:
    """Whether it is started at boot: by a link of systemd to a unit that is not masked (systemctl(1)), or where another
    init runs by one of OpenRC's runlevels, of SysV's or of runit's."""
    if (seen.text("/proc/1/comm") or "").strip() in _OTHER_INITS:
        names = {unit.rpartition(".")[0] for unit in service.units} | set(service.comms)
        return any(seen.matching(pattern.format(name)) for name in sorted(names) for pattern in _OTHER_LINKS)
    for unit in service.units:
        if any(host_files.is_masked(seen.context, folder + unit) for folder in _MASKS):
            continue
        for name in (unit,) + _ALIASES.get(unit, ()):
            for pattern in _UNIT_LINKS:
                # A file of this name in /etc/systemd/system is an alias, or the unit itself.
                if pattern.format(name) == "/etc/systemd/system/" + unit:
                    continue
                if seen.matching(pattern.format(name)):
                    return True
    return False


def _sources(configured: clock_config.Configured, answer: clock_answers.Answer, active: bool) -> List[Plain]:
    """The sources of the files and those that the service tells of besides (of a network, of a pool).

    timesyncd asks a fallback only where there is nothing else (timesyncd.conf(5)): beside others it is no source. One
    that is compiled in is no source of a service that does not run. Where the files name servers, they alone are told
    by name: what the service tells in numbers are the same ones.
    """
    written, heard = list(configured.sources) + (list(configured.compiled) if active else []), answer.sources
    names = configured.heard_as or {}
    if heard is not None:
        heard = [other._replace(address=names.get(other.address, other.address)) for other in heard]
    kinds = {source.kind for source in written} | {source.kind for source in heard or ()}
    if kinds - {"fallback"}:
        written = [source for source in written if source.kind != "fallback"]
    named = {source.address for source in written}
    selected = {source.address for source in heard or () if source.selected}
    # A name cannot be told from the number that is followed.
    unknown = heard is None or (answer.numeric and not selected <= named)
    found: List[Plain] = []
    for source in written:
        known = None if unknown and not _is_number(source.address, heard) else source.address in selected
        found.append(dict(source._asdict(), selected=known))
    if answer.numeric and any(source.kind != "local" for source in written):
        heard = [other for other in heard or () if other.kind in ("local", "refclock")]
    for other in heard or ():
        if other.address not in named:
            found.append(
                {"address": other.address, "kind": other.kind, "selected": other.selected, "file": None, "line": None}
            )
    return found


def _is_number(address: str, heard: Optional[Sequence[clock_answers.Heard]]) -> bool:
    return heard is not None and re.match(r"[\d.]+\Z|[0-9a-fA-F:]*:[0-9a-fA-F:.]*\Z", address) is not None


def _sources_file(configured: clock_config.Configured) -> Optional[str]:
    if configured.sources:
        return configured.sources[0].file
    return configured.files[0] if configured.files else None


def kernel_clock() -> Tuple[Optional[bool], Optional[float]]:
    """Whether the kernel holds its clock for synchronised, and the most that it can be off, in seconds.

    adjtimex(2) with modes 0 changes nothing. Each is None where the call is refused.
    """
    try:
        # struct timex begins with modes, offset, freq, maxerror, esterror, status; it has 208 bytes at most.
        layout = "@Illlli"
        buffer = ctypes.create_string_buffer(512)
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None, None
    if adjtimex(buffer) < 0:
        return None, None
    _modes, _offset, _frequency, most, _estimated, status = struct.unpack_from(layout, buffer)
    return not status & STA_UNSYNC, round(most / 1e6, 6)
