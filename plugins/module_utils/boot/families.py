# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What has to be written and run so that each entry of this host's boot loader has audit's parameters.

One function a loader, as posture/boot.py names it. A loader, or a way of using one, that is not known here is told of,
with what to write where, and nothing is changed.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.auditops.trail.plugins.module_utils.boot import entries, shell_settings, words
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_source, host_files
from ansible_collections.auditops.trail.plugins.module_utils.posture.context import Context

Plain = Dict[str, Any]

_GRUB, _GRUB_D = "/etc/default/grub", "/etc/default/grub.d"
_GRUB_NAMES = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")  # in the order of 10_linux
_MENU = "/boot/grub/grub.cfg"
_CMDLINES = ("/etc/kernel/cmdline", "/usr/lib/kernel/cmdline")  # the first that is there (kernel-install(8))
_ENTRIES = "/loader/entries/"
# u-boot-update of Debian's u-boot-menu reads them in this order.
_U_BOOT, _U_BOOT_FOLDERS = "/etc/default/u-boot", ("/usr/share/u-boot-menu/conf.d", "/etc/u-boot-menu/conf.d")
_U_BOOT_NAME, _U_BOOT_START = "U_BOOT_PARAMETERS", "ro quiet"
_EXTLINUX = "/boot/extlinux/extlinux.conf"
_OSTREE = "/run/ostree-booted"
_ZIPL = "/etc/zipl.conf"


class NotSupported(Exception):
    """Nothing is changed here: ``what_to_do`` says what to write where."""

    def __init__(self, what_to_do: str) -> None:
        super().__init__(what_to_do)
        self.what_to_do = what_to_do


class Plan(NamedTuple):
    """``first`` are the programs that run before ``changes`` (content by path) are put in place, ``then`` those after.

    ``written`` are the files that the programs write, ``foretold`` what some of these will hold.
    """

    changes: Dict[str, str] = {}
    foretold: Dict[str, str] = {}
    written: Tuple[str, ...] = ()
    first: Tuple[Tuple[str, ...], ...] = ()
    then: Tuple[Tuple[str, ...], ...] = ()


def plan(context: Context, found: Plain, parameters: words.Wanted) -> Plan:
    """What to do on this host.

    Args:
        context: Through what the host is looked at.
        found: The posture's part ``boot``.
        parameters: What is wanted.

    Raises:
        NotSupported: not by this module.
        EvidenceError: what is there could not be read.
        TrailError: a file is of a form that is not edited.
    """
    _refuse_others(context, found, parameters)
    plans = [_FAMILIES[loader](context, found, parameters) for loader in found["loaders"]]
    changes: Dict[str, str] = {}
    foretold: Dict[str, str] = {}
    for one in plans:
        changes.update(one.changes)
        foretold.update(one.foretold)
    return Plan(
        changes,
        foretold,
        tuple(path for one in plans for path in one.written),
        tuple(command for one in plans for command in one.first),
        tuple(command for one in plans for command in one.then),
    )


def _refuse_others(context: Context, found: Plain, parameters: words.Wanted) -> None:
    sources = found["configured"]["sources"]
    if found["loaders"] is None or sources is None:
        raise EvidenceError(
            "how this host boots could not be read: {0}".format("; ".join(found["not_seen"])),
            remedy="run this as root, and mend what cannot be read.",
        )
    text = _spelled(parameters)
    if host_files.there(context, _OSTREE):
        raise NotSupported("this system is an image of ostree: 'rpm-ostree kargs' changes its parameters: " + text)
    if host_files.there(context, _ZIPL):
        raise NotSupported("on this machine zipl writes the boot record: change the entries, run zipl: " + text)
    if not found["loaders"]:
        raise NotSupported(
            "no boot loader's files are here: change the kernel's parameters where they come from (the hypervisor, the "
            "network boot server, an EFI system partition that is not mounted): " + text
        )
    unknown = [loader for loader in found["loaders"] if loader not in _FAMILIES]
    if unknown:
        raise NotSupported(_BY_HAND.get(unknown[0], "change the parameters in the loader's own files: ") + text)
    images = [one["file"] for one in boot_source.deciding(sources) if boot_source.is_image(one)]
    if images:
        raise NotSupported(
            "{0} is an image with its command line inside: write the parameters to /etc/kernel/cmdline (dracut: to "
            "/etc/cmdline.d) and make the image anew with 'kernel-install add', dracut or ukify: ".format(images[0])
            + text
        )


_BY_HAND = {
    "firmware": "the firmware reads one line of parameters, /boot/firmware/cmdline.txt (Debian makes it of "
    "/etc/default/raspi-firmware): add there: ",
    "cmdline.d": "the command line is inside an image: write the parameters to /etc/kernel/cmdline (dracut: to "
    "/etc/cmdline.d) and make the image anew: ",
}


def _spelled(parameters: words.Wanted) -> str:
    return " ".join(name + ("=" + value if value else "= taken out") for name, value in parameters.items())


# -- GRUB whose menu is made of /etc/default/grub ----------------------------------------------------------------------
def _grub(context: Context, found: Plain, parameters: words.Wanted) -> Plan:
    menus = sorted(
        {
            one["file"]
            for one in found["configured"]["sources"]
            if one["kind"] != boot_source.SETTING and one["file"].endswith("/grub.cfg")
        }
    )
    contents = {_GRUB: _read(context, _GRUB) or ""}
    for name in host_files.names(context, _GRUB_D, []):
        if name.endswith(".cfg"):
            contents["{0}/{1}".format(_GRUB_D, name)] = _read(context, "{0}/{1}".format(_GRUB_D, name)) or ""
    changes = shell_settings.settled(contents, _GRUB_NAMES, parameters, _GRUB)
    changes.update(_command_lines(context, parameters))  # kernel-install's may lie here as well, and then says the same
    # Where grub-mkconfig fails it leaves what it has so far as grub.cfg.new.
    written = menus + [menu + ".new" for menu in menus]
    return Plan(changes, {}, tuple(written), (), tuple(_menu_makers(context, menus, parameters)))


def _menu_makers(context: Context, menus: List[str], parameters: words.Wanted) -> List[Tuple[str, ...]]:
    update = context.program("update-grub")
    if update is not None and menus == [_MENU]:
        return [(update,)]
    maker = context.program("grub2-mkconfig") or context.program("grub-mkconfig")
    if maker is None:
        raise NotSupported(
            "neither update-grub nor grub2-mkconfig is here: write the parameters to GRUB_CMDLINE_LINUX in "
            "/etc/default/grub, and make {0} anew: ".format(" and ".join(menus))
            + _spelled(parameters)
        )
    return [(maker, "-o", menu) for menu in menus]


# -- entries of the Boot Loader Specification --------------------------------------------------------------------------
def _bls(context: Context, found: Plain, parameters: words.Wanted) -> Plan:
    """By grubby, where it is: it knows what else the distribution keeps. What it does to /etc/default/grub is not kept.

    grubby (grubby-bls, update_bls_fragment) replaces each line of /etc/default/grub that begins with
    GRUB_CMDLINE_LINUX, that of GRUB_CMDLINE_LINUX_DEFAULT too: the file is put back, edited here.
    """
    edited = _entries(context, found, parameters)
    settings = _command_lines(context, parameters)
    text = _read(context, _GRUB)
    if text is not None:
        settings.update(shell_settings.settled({_GRUB: text}, _GRUB_NAMES, parameters, _GRUB))
    grubby = context.program("grubby")
    if grubby is None:
        return Plan(dict(edited, **settings))
    if not edited:
        return Plan(settings)
    command = [grubby, "--update-kernel=ALL"]
    gone = [name for name, value in parameters.items() if value is None]
    put = ["{0}={1}".format(name, value) for name, value in parameters.items() if value is not None]
    command += ["--remove-args=" + " ".join(gone)] if gone else []
    command += ["--args=" + " ".join(put)] if put else []
    written = [one["file"] for one in found["configured"]["sources"] if _ENTRIES in one["file"]]
    written += [entries.ENVIRONMENT] + [_GRUB, _CMDLINES[0]]
    if text is not None:
        settings.setdefault(_GRUB, text)
    return Plan(settings, edited, tuple(written), (tuple(command),))


def _systemd_boot(context: Context, found: Plain, parameters: words.Wanted) -> Plan:
    return Plan(dict(_entries(context, found, parameters), **_command_lines(context, parameters)))


def _entries(context: Context, found: Plain, parameters: words.Wanted) -> Dict[str, str]:
    """The entries, and the grubenv that some of them need, with the parameters; only those that change."""
    changes: Dict[str, str] = {}
    variable = False
    for file in dict.fromkeys(one["file"] for one in found["configured"]["sources"] if _ENTRIES in one["file"]):
        text = _read(context, file) or ""
        new = entries.entry(text, parameters)
        if new is None:
            raise NotSupported(
                "{0} has no options line: write the parameters to one: ".format(file) + _spelled(parameters)
            )
        variable = variable or entries.uses_variable(text)
        if new != text:
            changes[file] = new
    if variable:
        text = _read(context, entries.ENVIRONMENT) or ""
        new = entries.environment(text, parameters)
        if new != text:
            changes[entries.ENVIRONMENT] = new
    return changes


def _command_lines(context: Context, parameters: words.Wanted) -> Dict[str, str]:
    """The file of which kernel-install makes the entry of the next kernel; without one it takes what runs by then."""
    path = next((path for path in _CMDLINES if host_files.there(context, path)), None)
    if path is None:
        return {}
    text = _read(context, path) or ""
    lines = text.split("\n")
    places = [number for number, line in enumerate(lines) if not line.startswith("#") and line.strip()]
    if not places:
        return {}
    new = words.settle([words.Text(lines[number]) for number in places], parameters)
    for number, line in zip(places, new):
        lines[number] = line
    return {_CMDLINES[0]: "\n".join(lines)} if "\n".join(lines) != text else {}


# -- extlinux, as Debian's u-boot-menu writes it -----------------------------------------------------------------------
def _extlinux(context: Context, found: Plain, parameters: words.Wanted) -> Plan:
    update = context.program("u-boot-update")
    files = {one["file"] for one in found["configured"]["sources"] if one["kind"] == boot_source.ENTRY}
    if update is None or files != {_EXTLINUX} or "u-boot-update" not in (_read(context, _EXTLINUX) or ""):
        raise NotSupported(
            "this menu is written by hand or by a tool that is not known here: add to the APPEND line of each label in "
            "{0}: ".format(" and ".join(sorted(files)))
            + _spelled(parameters)
        )
    contents = {_U_BOOT: _read(context, _U_BOOT) or ""}
    for folder in _U_BOOT_FOLDERS:
        for name in host_files.names(context, folder, []):
            if name.endswith(".conf"):
                contents["{0}/{1}".format(folder, name)] = _read(context, "{0}/{1}".format(folder, name)) or ""
    if not shell_settings.alive(contents, _U_BOOT_NAME) and host_files.there(context, _CMDLINES[0]):
        return Plan(_command_lines(context, parameters), {}, (_EXTLINUX,), (), ((update,),))
    changes = shell_settings.settled(contents, (_U_BOOT_NAME,), parameters, _U_BOOT, _U_BOOT_START)
    if any(path.startswith("/usr/") for path in changes):
        raise NotSupported(
            "a package's file sets U_BOOT_PARAMETERS: set it in a file of /etc/u-boot-menu/conf.d, and run "
            "u-boot-update: " + _spelled(parameters)
        )
    changes.update(_command_lines(context, parameters))
    return Plan(changes, {}, (_EXTLINUX,), (), ((update,),))


_FAMILIES: Dict[str, Callable[[Context, Plain, words.Wanted], Plan]] = {
    "grub": _grub,
    "bls": _bls,
    "systemd-boot": _systemd_boot,
    "extlinux": _extlinux,
}


def _read(context: Context, path: str) -> Optional[str]:
    """The text of a file, None where there is none.

    Raises:
        EvidenceError: it cannot be read, or not whole.
    """
    unseen: List[str] = []
    text = host_files.text(context, path, unseen)
    if unseen:
        raise EvidenceError(unseen[0], remedy="run this as root, and mend what cannot be read.")
    return text
