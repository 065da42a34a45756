# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the kernel was booted, and how it will be: a task that was started before audit was on leaves no records."""

from typing import Any, Dict, List, Optional, Sequence

from ansible_collections.auditops.trail.plugins.module_utils.posture import (
    boot_entries,
    boot_extlinux,
    boot_grub,
    boot_parameters,
    boot_source,
    host_files,
)
from ansible_collections.auditops.trail.plugins.module_utils.posture.boot_source import Found
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]
_KERNEL_INSTALL = ("/etc/kernel/cmdline", "/usr/lib/kernel/cmdline")  # the first that is there (kernel-install(8))
_KERNEL_DROP_INS = ("/etc/kernel/cmdline.d", "/etc/cmdline.d")  # ukify and mkinitcpio, dracut


def collect(context: Context, _posture: Plain) -> Plain:
    """``loader, loaders, running, configured, not_seen``.

    ``running`` and each of ``configured.sources`` hold ``parameters``, ``audit`` (is it switched on) and
    ``backlog_limit`` (0: not given). ``configured.audit`` is whether each entry has it by which this system can come
    up, ``configured.backlog_limit`` the least of them; null where no entry could be read, or not each of them.
    ``loaders`` and ``configured.sources`` are null where not all could be read: half a list would pass for all of it.
    ``configured.next`` says the same of the settings that the next update of the loader will use, null without any.
    ``configured.kept`` is whether that update leaves audit on: true also without settings, which then take nothing
    away, and null where a setting could not be read. ``configured.left_out`` are the entries for recovery and for
    other systems, as texts.
    """
    not_running: List[str] = []
    running = host_files.text(context, "/proc/cmdline", not_running)
    unseen: List[str] = []
    found = _loaders(context, unseen)
    partly, before = bool(unseen), len(unseen)
    names = _names(found)
    of_grub = boot_grub.settings(context, unseen) if partly or not names or "grub" in names else []
    settings = of_grub + _kernel_install(context, unseen)
    images = any(boot_source.is_image(source) for loader in found for source in loader.sources)
    following = _next(settings, images or not names)
    kept = None if len(unseen) > before else following is None or following["audit"]
    if not found and any(_is_kernel_install(setting) for setting in settings):
        found, names = [Found("cmdline.d", [])], ["cmdline.d"]
    sources = [source for loader in found for source in loader.sources]
    return {
        "loader": names[0] if names else None,
        "loaders": None if partly else names,
        "running": None if running is None else boot_parameters.summary(boot_parameters.split(running)),
        "configured": dict(
            _together(boot_source.deciding(sources) or _kernel_alone(found, settings), partly),
            sources=None if unseen else sources + settings,
            next=following,
            kept=kept,
            left_out=None if unseen else boot_source.left_out(sources),
        ),
        "not_seen": not_running + unseen,
    }


def _loaders(context: Context, unseen: List[str]) -> List[Found]:
    grub, environment = boot_grub.read(context, unseen)
    found = [
        grub,
        boot_entries.read(context, environment, unseen),
        boot_extlinux.read(context, unseen),
        boot_extlinux.read_firmware(context, unseen),
    ]
    return [loader for loader in found if loader.loader is not None]


def _names(found: Sequence[Found]) -> List[str]:
    """The loaders that start this system: a menu that has nothing but other systems is none of them beside another.

    What has entries in loader/entries alone is not made of /etc/default/grub, also where os-prober has written one of
    another disk into grub.cfg: kernel-install makes those.
    """
    own = [one for one in found if any(source["kind"] != boot_source.OTHER_SYSTEM for source in one.sources)]
    return [str(loader.loader) for loader in own or found]


def _kernel_install(context: Context, unseen: List[str]) -> List[Plain]:
    """The command line that kernel-install, ukify and dracut put into the entries and images that they make."""
    sources = []
    main = next((path for path in _KERNEL_INSTALL if host_files.there(context, path)), None)
    files = [] if main is None else [main]
    for folder in _KERNEL_DROP_INS:
        names = host_files.names(context, folder, unseen)
        files += ["{0}/{1}".format(folder, name) for name in names if name.endswith(".conf")]
    for file in files:
        lines = (host_files.text(context, file, unseen) or "").splitlines()
        told = " ".join(line for line in lines if not line.startswith("#"))
        if told.strip():
            sources.append(boot_source.source(file, 1, boot_source.SETTING, None, told))
    return sources


def _is_kernel_install(setting: Plain) -> bool:
    return setting["title"] is None


def _kernel_alone(found: Sequence[Found], settings: Sequence[Plain]) -> List[Plain]:
    """Where only kernel-install's command line is there, it is what the images were made with."""
    if [loader.loader for loader in found] != ["cmdline.d"]:
        return []
    return [_joined([setting for setting in settings if _is_kernel_install(setting)])]


def _together(entries: Sequence[Plain], partly: bool) -> Plain:
    """What holds for every entry: one without audit is enough to say no, and yes needs to have seen them all."""
    switched = {entry["audit"] for entry in entries}
    limits = {entry["backlog_limit"] for entry in entries}
    audit = None if not switched else False if False in switched else None if partly or None in switched else True
    limit: Optional[int] = min((one for one in limits if one is not None), default=None)
    return {"audit": audit, "backlog_limit": None if limit and (partly or None in limits) else limit}


def _next(settings: Sequence[Plain], images: bool) -> Optional[Plain]:
    """What the entries will have after the loader's next update; where two tools would make them, each has to."""
    tools = [
        [setting for setting in settings if not _is_kernel_install(setting)],
        _of_kernel_install(settings, images),
    ]
    made = [_joined(of_one) for of_one in tools if of_one]
    return _together(made, False) if made else None


def _of_kernel_install(settings: Sequence[Plain], images: bool) -> List[Plain]:
    """What the next entries or images are made of. The drop-ins alone are for images, which dracut and ukify make.

    Entries are made of kernel-install's own file, and without that of what runs by then.
    """
    its = [setting for setting in settings if _is_kernel_install(setting)]
    return its if images or any(setting["file"] in _KERNEL_INSTALL for setting in its) else []


def _joined(settings: Sequence[Plain]) -> Plain:
    return boot_parameters.summary([word for setting in settings for word in setting["parameters"]])
