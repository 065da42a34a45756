# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What extlinux, syslinux, U-Boot (distro boot) and the Raspberry Pi's firmware boot."""

from typing import Any, Dict, List, Optional

from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_source, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.boot_source import Found
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_FILES = (
    "/boot/extlinux/extlinux.conf",
    "/boot/extlinux.conf",
    "/extlinux/extlinux.conf",
    "/boot/syslinux/syslinux.cfg",
    "/boot/syslinux/extlinux.conf",
)
_NO_KERNEL = (".c32", ".bin", ".com", ".0")  # programs of the loader itself
_FIRMWARE = ("/boot/firmware/cmdline.txt", "/boot/cmdline.txt")


def read(context: Context, unseen: List[str]) -> Found:
    """The labels of extlinux.conf that load a kernel."""
    sources: List[Plain] = []
    for file in _FILES:
        sources += _labels(file, host_files.text(context, file, unseen) or "")
    return Found("extlinux" if sources else None, sources)


def read_firmware(context: Context, unseen: List[str]) -> Found:
    """The one line of cmdline.txt; an old path may be a link to the new one."""
    for file in _FIRMWARE:
        text = host_files.text(context, file, unseen)
        if text is not None and "root=" in text:
            return Found("firmware", [boot_source.entry(file, 1, None, text.splitlines()[0], True)])
    return Found()


class _Label:
    def __init__(self, name: str, line: int, append: str) -> None:
        self.name = name
        self.title: Optional[str] = None
        self.line = line
        self.kernel: Optional[str] = None
        self.append = append


def _labels(file: str, text: str) -> List[Plain]:
    """A label's APPEND takes the place of the one in front of all labels; ``APPEND -`` takes that away."""
    labels: List[_Label] = []
    everywhere = ""
    defaults: Dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split(None, 1)
        keyword, value = (words + ["", ""])[0].upper(), (words + ["", ""])[1].strip()
        label = labels[-1] if labels else None
        if keyword == "LABEL":
            labels.append(_Label(value, number, everywhere))
        elif keyword in ("DEFAULT", "ONTIMEOUT") and label is None:
            defaults[keyword] = value
        elif keyword == "MENU" and label is not None and value.upper().startswith("LABEL "):
            label.title = value[len("LABEL ") :].replace("^", "").strip()
        elif keyword == "MENU" and label is not None and value.upper() == "DEFAULT":
            defaults["MENU"] = label.name
        elif keyword in ("KERNEL", "LINUX") and label is not None:
            label.kernel = value
        elif keyword == "APPEND" and label is None:
            everywhere = value
        elif keyword == "APPEND" and label is not None:
            label.append, label.line = "" if value == "-" else value, number
    default = _default(defaults)
    return [
        boot_source.entry(file, label.line, label.title or label.name, label.append, _is(default, label))
        for label in labels
        if label.kernel is not None and not label.kernel.endswith(_NO_KERNEL) and "memtest" not in label.kernel
    ]


def _default(told: Dict[str, str]) -> Optional[str]:
    """The label that is booted when nobody chooses. ``DEFAULT menu.c32`` starts a menu, which has one of its own."""
    if "DEFAULT" in told and not told["DEFAULT"].partition(" ")[0].endswith(_NO_KERNEL):
        return told["DEFAULT"]
    return told.get("ONTIMEOUT", told.get("MENU"))


def _is(default: Optional[str], label: _Label) -> Optional[bool]:
    return None if default is None else label.name == default
