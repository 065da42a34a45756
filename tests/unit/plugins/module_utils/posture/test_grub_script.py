# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GRUB's script language, as far as the menu needs it."""

import time

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.posture import grub_script

MENU = """\
set default="${saved_entry}"
if [ x"${feature_menuentry_id}" = xy ]; then
  menuentry_id_option="--id"
else
  menuentry_id_option=""
fi
function gfxmode {
  set gfxpayload="${1}"
}
menuentry 'Debian' --class debian $menuentry_id_option 'simple' {
  if [ x$grub_platform = xxen ]; then insmod xzio; insmod lzopio; fi
  linux /boot/vmlinuz-6.1 root=UUID=1 ro $extra audit=1 # a remark
  initrd /boot/initrd.img-6.1
}
submenu 'Advanced' $menuentry_id_option 'gnulinux-advanced-1' {
  menuentry 'Debian, 6.1' --class debian $menuentry_id_option 'advanced' {
    linux /boot/vmlinuz-6.1 root=UUID=1 \\
      ro quiet
  }
  menuentry 'Debian, 6.1 (recovery mode)' {
    linux /boot/vmlinuz-6.1 single
  }
}
menuentry "Xen" {
  multiboot2 /boot/xen.gz dom0_mem=1G
  module2 /boot/vmlinuz-6.1 placeholder root=UUID=1
  module2 --nounzip /boot/initrd.img-6.1
}
menuentry 'Memory test' {
  linux16 /boot/memtest86+.bin
}
menuentry 'UEFI' {
  fwsetup
}
"""


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("linux  /vmlinuz 'a b' \"c $x\" d\\ e", ["linux", "/vmlinuz", "a b", "c one two", "d e"]),
        ("linux $x-z", ["linux", "one", "two-z"]),
        ("linux a${x}", ["linux", "aone", "two"]),
        ("linux $none end", ["linux", "end"]),
        ('linux \'it is $x\' "\\$x \\"q\\""', ["linux", "it is $x", '$x "q"']),
        ("set a=b # remark", ["set", "a=b"]),
        ("set a=b; set c=d", ["set", "a=b"]),
        ("a#b", ["a#b"]),
        ("  ", []),
        ('linux "open', ["linux", "open"]),
    ],
)
def test_words_are_those_of_grubs_shell(line, words):
    assert grub_script.split(line, {"x": "one two"}) == words


@pytest.mark.parametrize("word", ["a", "a#", "\\a", "''", "$a"])
def test_a_line_without_end_is_read_in_one_go(word):
    began = time.process_time()
    grub_script.split("linux /vmlinuz " + word * 300000, {"a": "x"})
    assert time.process_time() - began < 5, "each letter copied what came before it"


def test_the_menu_is_what_starts_a_linux_kernel():
    menu = grub_script.read(MENU, {"saved_entry": "gnulinux-advanced-1>advanced", "extra": "a b"})
    assert [(entry.line, entry.titles, entry.id, entry.place) for entry in menu.entries] == [
        (12, ("Debian",), "simple", (0,)),
        (17, ("Advanced", "Debian, 6.1"), "advanced", (1, 0)),
        (21, ("Advanced", "Debian, 6.1 (recovery mode)"), None, (1, 1)),
        (26, ("Xen",), None, (2,)),
    ]
    assert menu.entries[0].command_line == "root=UUID=1 ro a b audit=1"
    assert menu.entries[1].command_line == "root=UUID=1 ro quiet"
    assert menu.loads_entries is False


@pytest.mark.parametrize(
    ("default", "chosen"),
    [
        ("", [0]),
        ("0", [0]),
        ("1>0", [1]),
        ("gnulinux-advanced-1>advanced", [1]),
        ("Advanced>Debian, 6.1", [1]),
        ("advanced", [1]),
        ("Xen", [3]),
        ("2", [3]),
        ("7", []),
    ],
)
def test_the_default_is_a_number_a_title_or_an_id(default, chosen):
    menu = grub_script.read(MENU, {"saved_entry": default})
    assert menu.variables["default"] == default
    told = [grub_script.is_default(menu.variables["default"], entry) for entry in menu.entries]
    assert [number for number, chosen in enumerate(told) if chosen] == chosen


def test_without_a_default_none_is_claimed():
    (entry,) = grub_script.read("menuentry 'A' {\nlinux /vmlinuz\n}\n", {}).entries
    assert grub_script.is_default(None, entry) is None


def test_a_fallback_gives_way_to_what_grubenv_tells():
    text = 'if [ -z "${kernelopts}" ]; then\n  set kernelopts="ro"\nfi\nset tuned_params="isolcpus=1"\nblscfg\n'
    menu = grub_script.read(text, {"kernelopts": "ro audit=1", "tuned_params": ""})
    assert menu.variables["kernelopts"] == "ro audit=1"
    assert menu.variables["tuned_params"] == "isolcpus=1"
    assert menu.loads_entries
    assert grub_script.read(text, {}).variables["kernelopts"] == "ro"


@pytest.mark.parametrize(
    "junk", ["}\n}\nfi\n", "menuentry {\n", "menuentry 'A' {\n", "submenu {", "{\n", "set\nif\n", "\\"]
)
def test_a_damaged_file_is_no_failure(junk):
    assert grub_script.read(junk, {}).entries == []


FALLBACKS = """\
if [ "${next_entry}" ] ; then
  set default="${next_entry}"
else
  set default="${saved_entry}"
fi
if [ "${prev_saved_entry}" ]; then
  set saved_entry="${prev_saved_entry}"
fi
if [ x$grub_platform = xxen ]; then insmod xzio; fi
function savedefault {
  set saved_entry="x"
}
if [ -n "${boot_counter}" -a "${boot_success}" = "0" ]; then
  if  [ "${boot_counter}" = "0" -o "${boot_counter}" = "-1" ]; then
    set default=1
  else
    decrement boot_counter
  fi
fi
if [ -f $prefix/x ]; then
  set file=yes
elif [ "a" = "a" ]; then
  set file="$file or this"
fi
"""


def test_a_test_of_many_parts_is_read():
    many = " -a ".join(["x = x"] * 3000)
    text = "if [ {0} -o y = z ]; then\n  set default=yes\nfi\n".format(many)
    assert grub_script.read(text, {}).variables["default"] == "yes"
    assert grub_script.read(text.replace("-o y = z", "-a y = z"), {"default": "no"}).variables["default"] == "no"


@pytest.mark.parametrize(
    ("given", "default"),
    [
        ({}, "s"),
        ({"next_entry": "n"}, "n"),
        ({"boot_counter": "0", "boot_success": "0"}, "1"),
        ({"boot_counter": "-1", "boot_success": "0"}, "1"),
        ({"boot_counter": "2", "boot_success": "0"}, "s"),
        ({"boot_counter": "0", "boot_success": "1"}, "s"),
    ],
)
def test_a_variable_is_set_where_the_condition_holds(given, default):
    variables = grub_script.read(FALLBACKS, dict(given, saved_entry="s")).variables
    assert (variables["default"], variables["saved_entry"], variables["file"]) == (default, "s", "yes or this")
