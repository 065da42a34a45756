# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of systemd's daemons as they take them: one main file, then drop-ins by name (systemd-system.conf(5))."""

from typing import Dict, Iterator, List, NamedTuple, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.posture import host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.seen import Seen

_FOLDERS = ("/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd")
"""Where the file and its folder of drop-ins are looked for, the first to be preferred."""


class Setting(NamedTuple):
    """A value and where it is written."""

    value: str
    file: str
    line: int


def read(seen: Seen, name: str, section: str) -> Dict[str, Setting]:
    """The settings of one section of ``journald.conf`` or the like, by their names.

    An empty value sets the default again, as if it were not written. Upper and lower case are not the same to
    systemd: a name that is written in another one sets nothing.
    """
    found: Dict[str, Setting] = {}
    for key, setting in written(seen, name, section):
        if setting.value:
            found[key] = setting
        else:
            found.pop(key, None)
    return found


def written(seen: Seen, name: str, section: str) -> List[Tuple[str, Setting]]:
    """Each line that sets something in one section, as they are taken one after the other: empty values too."""
    drop_ins: Dict[str, str] = {}
    for folder in reversed(_FOLDERS):
        for one in seen.names("{0}/{1}.d".format(folder, name)):
            if one.endswith(".conf"):
                drop_ins[one] = "{0}/{1}.d/{2}".format(folder, name, one)
    paths = mains(seen, name)[:1] + [drop_ins[one] for one in sorted(drop_ins)]
    return [
        one
        for path in paths
        if not host_files.is_masked(seen.context, path)
        for one in _read(seen, path, "[{0}]".format(section))
    ]


def mains(seen: Seen, name: str) -> List[str]:
    """The paths of the main files of that name that are there: the first counts, the last is the distribution's."""
    paths = ["{0}/{1}".format(folder, name) for folder in _FOLDERS]
    return [path for path in paths if host_files.is_masked(seen.context, path) or seen.exists(path)]


def _read(seen: Seen, path: str, section: str) -> Iterator[Tuple[str, Setting]]:
    within = ""
    for number, line in seen.lines(path):
        if line.startswith("["):
            within = line
        name, sign, value = line.partition("=")
        if within == section and sign and not line.startswith(("#", ";")):
            yield name.strip(), Setting(value.strip(), path, number)
