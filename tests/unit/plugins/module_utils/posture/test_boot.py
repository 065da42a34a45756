# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the kernel was booted, and how it will be, by every loader that is known."""

import os
import struct

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot, forms_system
from ansible_collections.auditops.trail.tests.unit import roots

GRUB = """\
set default="0"
menuentry 'Debian GNU/Linux' --class debian {{
\tlinux /boot/vmlinuz-6.1 root=UUID=1 ro {0}
}}
submenu 'Advanced options for Debian GNU/Linux' {{
\tmenuentry 'Debian GNU/Linux, with Linux 5.10' {{
\t\tlinux /boot/vmlinuz-5.10 root=UUID=1 ro {1}
\t}}
\tmenuentry 'Debian GNU/Linux, with Linux 5.10 (recovery mode)' {{
\t\tlinux /boot/vmlinuz-5.10 root=UUID=1 ro single
\t}}
}}
menuentry 'Ubuntu 22.04 (on /dev/sdb1)' {{
\tlinux /boot/vmlinuz-5.15 root=UUID=2 ro
}}
"""
ON = "audit=1 audit_backlog_limit=8192"
BLS = "title RHEL ({0}) 9.4\nversion {0}\nlinux /vmlinuz-{0}\ninitrd /initramfs $tuned_initrd\noptions {1}\n"


def collect(root, files=None):
    roots.make(root, files or {})
    found = boot.collect(roots.context(root), {})
    form.check(forms_system.PARTS["boot"], found, "boot", "")
    return found


def told(found):
    configured = found["configured"]
    return found["loader"], configured["audit"], configured["backlog_limit"]


def test_what_runs_is_the_kernels_own_command_line(tmp_path):
    found = collect(tmp_path, {"/proc/cmdline": "ro audit=1 audit_backlog_limit=8192 -- audit=0\n"})
    assert found["running"] == {
        "parameters": ["ro", "audit=1", "audit_backlog_limit=8192"], "audit": True, "backlog_limit": 8192,
    }  # fmt: skip
    assert told(found) == (None, None, None)
    assert found["configured"]["next"] is None


@pytest.mark.parametrize(
    ("first", "second", "audit", "limit"),
    [
        (ON, ON, True, 8192),
        (ON, "audit=1 audit_backlog_limit=64", True, 64),
        (ON, "quiet", False, 0),
        ("audit=1", ON, True, 0),
        ("audit=0", ON, False, 0),
    ],
)
def test_every_entry_of_grub_counts_but_recovery_and_other_systems(tmp_path, first, second, audit, limit):
    found = collect(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(first, second)})
    assert told(found) == ("grub", audit, limit)
    assert [(source["kind"], source["line"], source["default"]) for source in found["configured"]["sources"]] == [
        ("entry", 3, True),
        ("entry", 7, False),
        ("recovery", 10, False),
        ("other_system", 14, False),
    ]


@pytest.mark.parametrize(
    ("title", "name", "parameters", "kind"),
    [
        ("Debian (Wiederherstellungsmodus)", "gnulinux-6.1-recovery-1", "ro single", "recovery"),
        ("Ubuntu", None, "ro recovery nomodeset", "recovery"),
        ("Debian", None, "ro systemd.unit=rescue.target", "recovery"),
        ("Debian", None, "ro systemd.unit=emergency.target", "recovery"),
        ("Debian", None, "ro 1", "recovery"),
        ("Linux for rescue of data", None, "ro", "entry"),
        ("Debian (recovery mode)", "gnulinux-6.1-recovery-1", "ro", "entry"),
        ("Debian", None, "ro single systemd.unit=multi-user.target", "entry"),
        ("Debian", None, "ro single 3", "entry"),
        ("Debian", None, "ro -- single", "entry"),
        ("Other Linux (on /dev/sdb1)", "osprober-gnulinux-1", "ro", "other_system"),
        ("Other Linux (on /dev/sdb1)", None, "ro", "other_system"),
        ("Mine (on /dev/sdb1)", "gnulinux-simple-1", "ro", "entry"),
        ("Mine (on /dev/sdb1) too", None, "ro", "entry"),
    ],
)
def test_an_entry_is_left_out_by_what_it_boots_and_not_by_its_title(tmp_path, title, name, parameters, kind):
    head = "menuentry '{0}' {1}{{\n".format(title, "$menuentry_id_option '{0}' ".format(name) if name else "")
    menu = head + "linux /vmlinuz {0}\n}}\n".format(parameters) + GRUB.format(ON, ON)
    found = collect(tmp_path, {"/boot/grub/grub.cfg": menu})
    assert found["configured"]["sources"][0]["kind"] == kind
    assert found["configured"]["audit"] is (kind != "entry")
    told_of = "/boot/grub/grub.cfg:2: {0} ({1}".format(title, kind.replace("_", " "))
    assert [text for text in found["configured"]["left_out"] if text.startswith(told_of)][:1] == (
        [] if kind == "entry" else [told_of + ("" if kind == "other_system" else ", without audit=1") + ")"]
    )


def test_an_entry_for_recovery_with_audit_is_shown_without_a_reproach(tmp_path):
    found = collect(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(ON, ON).replace("ro single", "ro single audit=1")})
    assert found["configured"]["left_out"][0].endswith("(recovery mode) (recovery)")


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ({"/boot/grub/grub.cfg": GRUB.format(ON, ON)}, True),
        ({"/boot/grub/grub.cfg": GRUB.format(ON, ON), "/etc/default/grub": "GRUB_CMDLINE_LINUX=quiet\n"}, False),
        ({"/boot/grub/grub.cfg": GRUB.format(ON, ON), "/etc/default/grub": "GRUB_CMDLINE_LINUX=audit=1\n"}, True),
        (
            {
                "/boot/grub2/grub.cfg": "blscfg\n",
                "/boot/loader/entries/a.conf": BLS.format("6.1", ON),
                "/etc/default/grub": "GRUB_CMDLINE_LINUX=quiet\n",
            },
            True,
        ),
        (
            {
                "/boot/grub2/grub.cfg": "blscfg\n",
                "/boot/loader/entries/a.conf": BLS.format("6.1", ON),
                "/etc/kernel/cmdline": "ro quiet\n",
            },
            False,
        ),
    ],
)
def test_whether_the_next_update_of_the_loader_keeps_audit_is_told(tmp_path, files, kept):
    assert collect(tmp_path, files)["configured"]["kept"] is kept


def test_whether_settings_that_cannot_be_read_keep_audit_is_not_known(tmp_path):
    roots.make(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(ON, ON)}, folders=["/etc/default/grub"])
    assert collect(tmp_path)["configured"]["kept"] is None


def test_settings_tell_of_the_next_update_alone(tmp_path):
    found = collect(
        tmp_path,
        {
            "/boot/grub/grub.cfg": GRUB.format("quiet", "quiet"),
            "/etc/default/grub": '# x\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n',
            "/etc/default/grub.d/60-audit.cfg": 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX {0}"\n'.format(ON),
            "/etc/default/grub.d/README": "GRUB_CMDLINE_LINUX=audit=0\n",
        },
    )
    assert told(found) == ("grub", False, 0)
    assert found["configured"]["next"] == {"audit": True, "backlog_limit": 8192}
    assert [
        (source["file"], source["line"], source["title"], source["parameters"])
        for source in found["configured"]["sources"]
        if source["kind"] == "setting"
    ] == [
        ("/etc/default/grub.d/60-audit.cfg", 1, "GRUB_CMDLINE_LINUX", ON.split()),
        ("/etc/default/grub", 2, "GRUB_CMDLINE_LINUX_DEFAULT", ["quiet"]),
    ]


def test_the_setting_that_comes_later_wins(tmp_path):
    found = collect(
        tmp_path, {"/etc/default/grub": "GRUB_CMDLINE_LINUX_DEFAULT='audit=0'\nexport GRUB_CMDLINE_LINUX=audit=1\n"}
    )
    assert found["configured"]["next"] == {"audit": False, "backlog_limit": 0}
    assert told(found) == (None, None, None)


def test_on_rhel_the_entries_are_files_of_their_own(tmp_path):
    found = collect(
        tmp_path,
        {
            "/boot/grub2/grub.cfg": 'set default="${saved_entry}"\ninsmod blscfg\nblscfg\n',
            "/boot/grub2/grubenv": "# GRUB Environment Block\nkernelopts=ro audit=1\nsaved_entry=x-5.14.0-2\n####",
            "/boot/efi/EFI/redhat/grub.cfg": "set prefix=($root)/grub2\nconfigfile $prefix/grub.cfg\n",
            "/boot/loader/entries/x-0-rescue.conf": BLS.format("0-rescue-1", "$kernelopts"),
            "/boot/loader/entries/x-5.14.0-1.conf": BLS.format("5.14.0-1", "$kernelopts audit_backlog_limit=64"),
            "/boot/loader/entries/x-5.14.0-2.conf": BLS.format("5.14.0-2", "ro audit=1 $tuned_params"),
            "/boot/loader/entries/README": "options audit=0\n",
        },
    )
    assert told(found) == ("bls", True, 0)
    sources = found["configured"]["sources"]
    # What RHEL calls rescue brings up the whole system.
    assert [(source["kind"], source["default"], source["line"]) for source in sources] == [
        ("entry", False, 5),
        ("entry", False, 5),
        ("entry", True, 5),
    ]
    assert sources[1]["parameters"] == ["ro", "audit=1", "audit_backlog_limit=64"]


def test_entries_that_grub_does_not_read_do_not_count(tmp_path):
    found = collect(
        tmp_path,
        {"/boot/grub2/grub.cfg": GRUB.format(ON, ON), "/boot/loader/entries/a.conf": BLS.format("6.1", "quiet")},
    )
    assert told(found) == ("grub", True, 8192)
    assert found["loaders"] == ["grub"]


def test_systemd_boot_has_entries_and_images(tmp_path):
    found = collect(
        tmp_path,
        {
            "/efi/loader/loader.conf": "timeout 3\ndefault a.conf\n",
            "/efi/loader/entries/a.conf": BLS.format("6.1", ON),
            "/efi/EFI/Linux/b.efi": image(b"ro audit=1\0\0"),
            "/efi/EFI/Linux/c.txt": "x",
        },
    )
    assert told(found) == ("systemd-boot", True, 0)
    assert [(source["title"], source["default"]) for source in found["configured"]["sources"]] == [
        ("RHEL (6.1) 9.4", True),
        ("b.efi", None),
    ]
    assert found["configured"]["sources"][1]["parameters"] == ["ro", "audit=1"]


def image(command_line):
    """A PE file with a header, one section before .cmdline, and .cmdline."""
    return program((b".osrel", b"ID=x"), (b".cmdline", command_line))


def program(*parts, magic=b"\0" * 4):
    """A PE file of these sections; ``magic`` is where kernels have one."""
    head = b"MZ" + b"\0" * 54 + magic + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, len(parts), 0, 0, 0, 4, 0) + b"opt "
    start = len(head) + len(coff) + 40 * len(parts)
    table, contents = b"", b""
    for name, data in parts:
        table += name.ljust(8, b"\0") + struct.pack("<IIII", len(data), 0, len(data), start) + b"\0" * 16
        contents += data
        start += len(data)
    return head + coff + table + contents + b"\0" * 512


def parameters_of(found):
    return [" ".join(source["parameters"]) for source in found["configured"]["sources"]]


SYSTEMD_BOOT = "/efi/loader/loader.conf"
IMAGE = "/efi/EFI/Linux/b.efi"


def test_what_is_added_to_an_image_comes_behind_its_own_parameters(tmp_path):
    files = {
        SYSTEMD_BOOT: "",
        IMAGE: program((b".linux", b"k"), (b".uname", b"6.1"), (b".cmdline", b"ro audit=1")),
        IMAGE + ".extra.d/a.addon.efi": image(b"audit=0"),
        IMAGE + ".extra.d/a.cred": "x",
        "/efi/loader/addons/z.addon.efi": image(b"quiet"),
        "/efi/loader/addons/y.addon.efi": program((b".uname", b"5.1"), (b".cmdline", b"audit_backlog_limit=64")),
        "/efi/loader/addons/x.addon.efi": program((b".uname", b"6.1"), (b".cmdline", b"splash")),
    }
    found = collect(tmp_path, files)
    assert parameters_of(found) == ["ro audit=1 splash quiet audit=0"]
    assert told(found) == ("systemd-boot", False, 0)


def test_each_profile_of_an_image_is_an_entry(tmp_path):
    parts = [(b".cmdline", b"ro audit=1"), (b".profile", b"ID=main"), (b".profile", b"ID=b"), (b".cmdline", b"ro")]
    found = collect(tmp_path, {SYSTEMD_BOOT: "", IMAGE: program((b".linux", b"k"), *parts)})
    sources = found["configured"]["sources"]
    assert [(one["title"], one["audit"]) for one in sources] == [("b.efi", True), ("b.efi@1", False)]
    assert found["configured"]["audit"] is False


def test_an_image_that_is_a_pipe_is_told_and_not_waited_for(tmp_path):
    roots.make(tmp_path, {SYSTEMD_BOOT: ""}, folders=["/efi/EFI/Linux"])
    os.mkfifo(str(tmp_path) + IMAGE)
    assert collect(tmp_path)["not_seen"] == [IMAGE + ": not a file"]


KERNEL = program(magic=b"\xcd\x23\x82\x81")
SHELL = program((b".text", b"x"))
HDRS = KERNEL[:56] + b"\0" * 4 + KERNEL[60:0x202] + b"HdrS"


@pytest.mark.parametrize(
    ("key", "content", "options", "parameters"),
    [
        ("efi", KERNEL, "options ro audit=0\n", ["ro audit=0"]),
        ("efi", HDRS, "options ro\n", ["ro"]),
        ("efi", KERNEL, "", [""]),
        ("efi", SHELL, "options -nomap\n", []),
        ("efi", None, "options ro\n", ["ro"]),
        ("efi", None, "", []),
        ("uki", image(b"ro audit=1"), "", ["ro audit=1 quiet"]),
        # Which of the two holds is up to Secure Boot.
        ("uki", image(b"ro audit=1"), "options ro audit=0\n", ["ro audit=0 quiet", "ro audit=1 quiet"]),
        ("efi", image(b"ro audit=1"), "", ["ro audit=1 quiet"]),
        ("uki", program((b".linux", b"k")), "options ro\n", ["ro quiet"]),
    ],
)
def test_an_entry_that_starts_a_program_is_one_where_that_is_linux(tmp_path, key, content, options, parameters):
    files = {
        SYSTEMD_BOOT: "",
        "/efi/loader/entries/a.conf": "title A\nlinux /vmlinuz\noptions audit=1\n",
        "/efi/loader/entries/x.conf": "title X\n{0} /x.efi\n{1}".format(key, options),
        "/efi/loader/addons/z.addon.efi": image(b"quiet"),
    }
    if content is not None:
        files["/efi/x.efi"] = content
    found = collect(tmp_path, files)
    assert parameters_of(found) == ["audit=1"] + parameters
    assert found["configured"]["audit"] is all("audit=1" in words for words in parameters)


@pytest.mark.parametrize(
    ("lines", "missed"),
    [("uki /x.efi", "/efi/x.efi: not a program for EFI"), ("uki-url http://h/x.efi", "its image comes from http")],
)
def test_an_image_of_an_entry_that_cannot_be_read_leaves_it_open(tmp_path, lines, missed):
    files = {
        SYSTEMD_BOOT: "",
        "/efi/x.efi": "x",
        "/efi/loader/entries/a.conf": "title A\nlinux /vmlinuz\noptions audit=1\n",
        "/efi/loader/entries/x.conf": "title X\n{0}\n".format(lines),
    }
    found = collect(tmp_path, files)
    assert found["configured"]["audit"] is None
    assert missed in found["not_seen"][0]


CUSTOM = """\
if [ -f  ${config_directory}/custom.cfg ]; then
  source ${config_directory}/custom.cfg
elif [ -z "${config_directory}" -a -f  $prefix/custom.cfg ]; then
  source $prefix/custom.cfg
fi
"""
OWN_ENTRY = "menuentry 'own' {\n linux /vmlinuz ro\n}\nset default='own'\nsource $prefix/custom.cfg\n"
FOLLOWED = {"/boot/grub/custom.cfg": OWN_ENTRY}


@pytest.mark.parametrize(
    ("reading", "files", "titles"),
    [
        (CUSTOM, FOLLOWED, ["own"]),
        (CUSTOM, {}, []),
        ("configfile ($root)/grub/custom.cfg", FOLLOWED, ["own"]),
        (". (hd0,gpt2)/boot/grub/custom.cfg", FOLLOWED, ["own"]),
        ("submenu 'More' {\n configfile ${prefix}/custom.cfg\n}\n", FOLLOWED, ["own"]),
        ("menuentry 'More' {\n configfile ${prefix}/custom.cfg\n}\n", FOLLOWED, ["own"]),
        ("function f {\n source $prefix/custom.cfg\n}\n", FOLLOWED, []),
        ("source /.snapshots/grub-snapshot.cfg\n", {}, []),
        ("configfile (hd1,1)/boot/grub2/grub.cfg", {}, []),  # another system's loader on our ESP
    ],
)
def test_what_grub_reads_besides_its_menu_is_part_of_it(tmp_path, reading, files, titles):
    found = collect(tmp_path, dict(files, **{"/boot/grub/grub.cfg": GRUB.format(ON, ON) + reading}))
    sources = found["configured"]["sources"]
    own = [source for source in sources if source["file"] == "/boot/grub/custom.cfg"]
    assert [(source["title"], source["line"]) for source in own] == [(title, 2) for title in titles]
    assert all(source["default"] for source in own)
    assert found["configured"]["audit"] is not bool(titles)
    assert found["not_seen"] == []


def test_a_file_of_grubs_that_is_not_found_leaves_it_open(tmp_path):
    found = collect(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(ON, ON) + "source (hd1,2)/own.cfg\n"})
    assert found["configured"]["audit"] is None
    assert found["not_seen"] == ["(hd1,2)/own.cfg: GRUB reads it, and it is not looked at"]


def test_an_entry_that_opens_the_menu_of_a_snapshot_is_told_and_not_judged(tmp_path):
    menu = "menuentry 'Snapshot 7' {\n configfile /.snapshots/7/snapshot/boot/grub2/grub.cfg\n}\n"
    files = {
        "/boot/grub2/grub.cfg": GRUB.format(ON, ON) + "source /.snapshots/grub-snapshot.cfg\n",
        "/.snapshots/grub-snapshot.cfg": menu,
        "/.snapshots/7/snapshot/boot/grub2/grub.cfg": GRUB.format("", ""),
    }
    found = collect(tmp_path, files)
    assert found["configured"]["audit"] is True
    assert "/.snapshots/grub-snapshot.cfg:1: Snapshot 7 (other system)" in found["configured"]["left_out"]


@pytest.mark.parametrize(
    ("options", "refused", "audit"),
    [
        ("options $kernelopts $tuned_params\n", True, None),
        ("options ro audit=1\n", True, None),
        ("options ro\n", True, False),
        ("", True, None),
        ("options $kernelopts\n", False, False),
    ],
)
def test_parameters_that_lie_in_files_of_grubs_that_are_refused_are_not_known(tmp_path, options, refused, audit):
    folders = ["/boot/grub2/grub.cfg", "/boot/grub2/grubenv"] if refused else []
    roots.make(tmp_path, folders=folders)
    found = collect(tmp_path, {"/boot/loader/entries/a.conf": "title A\nlinux /vmlinuz\n" + options})
    assert found["configured"]["audit"] is audit
    assert bool(found["not_seen"]) is refused


@pytest.mark.parametrize("default", ["\u00b2", "9" * 5000])
def test_a_default_that_is_no_number_of_an_entry_names_none(tmp_path, default):
    found = collect(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(ON, ON) + 'set default="{0}"\n'.format(default)})
    assert not any(source["default"] for source in found["configured"]["sources"])


@pytest.mark.parametrize(
    ("first", "chosen"),
    [
        ("DEFAULT menu.c32", ["l1"]),
        ("DEFAULT vesamenu.c32 ~\nONTIMEOUT l0", ["l0"]),
        ("DEFAULT l0", ["l0"]),
        ("UI menu.c32\nDEFAULT l1", ["l1"]),
    ],
)
def test_a_menu_of_extlinux_has_a_default_of_its_own(tmp_path, first, chosen):
    labels = "LABEL l0\n KERNEL /vmlinuz\nLABEL l1\n MENU DEFAULT\n KERNEL /vmlinuz\n"
    found = collect(tmp_path, {"/boot/extlinux.conf": first + "\n" + labels})
    assert [one["title"] for one in found["configured"]["sources"] if one["default"]] == chosen


def test_an_image_that_is_none_leaves_it_open(tmp_path):
    found = collect(
        tmp_path,
        {
            "/efi/loader/loader.conf": "",
            "/efi/loader/entries/a.conf": BLS.format("6.1", ON),
            "/efi/EFI/Linux/b.efi": b"MZ",
        },
    )
    assert told(found) == ("systemd-boot", None, None)
    assert "b.efi" in found["not_seen"][0]


def test_a_pipe_in_the_place_of_an_entry_leaves_it_open(tmp_path):
    roots.make(tmp_path, {"/boot/loader/entries/a.conf": BLS.format("6.1", ON)})
    os.mkfifo(str(tmp_path) + "/boot/loader/entries/b.conf")
    found = collect(tmp_path)
    assert found["configured"]["audit"] is None
    assert found["not_seen"] == ["/boot/loader/entries/b.conf: not a file"]


def test_extlinux_appends_by_label(tmp_path):
    found = collect(
        tmp_path,
        {
            "/boot/extlinux/extlinux.conf": "DEFAULT l0\nAPPEND ro audit=1\nLABEL l0\n MENU LABEL ^Linux 6.1\n"
            " KERNEL /vmlinuz-6.1\nlabel l1\n\tlinux /vmlinuz-5.10\n\tappend ro quiet\nLABEL m\nKERNEL memtest\n"
        },
    )
    assert told(found) == ("extlinux", False, 0)
    assert [
        (source["title"], source["line"], source["default"], source["parameters"])
        for source in found["configured"]["sources"]
    ] == [("Linux 6.1", 3, True, ["ro", "audit=1"]), ("l1", 8, False, ["ro", "quiet"])]


def test_the_firmware_of_a_raspberry_pi_has_one_line(tmp_path):
    found = collect(tmp_path, {"/boot/firmware/cmdline.txt": "root=PARTUUID=1 rootwait {0}\n".format(ON)})
    assert told(found) == ("firmware", True, 8192)


def test_where_only_kernel_installs_line_is_there_it_counts(tmp_path):
    files = {"/etc/kernel/cmdline": "root=/dev/vda2 ro\n", "/etc/cmdline.d/audit.conf": "# on\naudit=1\n"}
    found = collect(tmp_path, files)
    assert told(found) == ("cmdline.d", True, 0)
    assert found["configured"]["next"] == {"audit": True, "backlog_limit": 0}


def test_what_cannot_be_read_is_told_and_never_taken_for_yes(tmp_path):
    # A folder in the place of a file cannot be read by anybody.
    roots.make(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(ON, ON)}, folders=["/boot/grub2/grub.cfg"])
    found = collect(tmp_path)
    assert told(found) == ("grub", None, None)
    assert (found["loaders"], found["configured"]["sources"]) == (None, None), "half a list passes for all of it"
    assert found["not_seen"] == ["/boot/grub2/grub.cfg: Is a directory"]
    roots.make(tmp_path, {"/boot/grub/grub.cfg": GRUB.format(ON, "quiet")})
    assert told(collect(tmp_path)) == ("grub", False, 0)
