# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables of shell files: edited where the shell takes them from, as a shell proves."""

import subprocess

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.boot import shell_settings, words
from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.module_utils.posture import boot_parameters

NAMES = ("GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT")
BOTH = words.wanted(True, 8192)
ON = "audit=1 audit_backlog_limit=8192"
HOME = "grub"


def settled(*contents, parameters=None):
    parameters = BOTH if parameters is None else parameters
    files = {HOME if not number else "d{0}".format(number): text for number, text in enumerate(contents)}
    return dict(files, **shell_settings.settled(files, NAMES, parameters, HOME))


def command_line(tmp_path, files):
    """What a shell makes of the files, as grub-mkconfig reads them."""
    script = ""
    for name, text in files.items():
        (tmp_path / name).write_text(text)
        script += ". {0}\n".format(tmp_path / name)
    script += 'printf "%s" "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"'
    return subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, check=True).stdout.decode("utf-8")


CASES = [
    ("", ),
    ("# GRUB_CMDLINE_LINUX=x", ),
    ('GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n', ),
    ("GRUB_CMDLINE_LINUX=''", ),
    ("GRUB_CMDLINE_LINUX=\n", ),
    ("GRUB_CMDLINE_LINUX=quiet # so\n", ),
    ("export GRUB_CMDLINE_LINUX=audit=0\n", ),
    ('GRUB_CMDLINE_LINUX="audit=0"; GRUB_TIMEOUT=5\n', ),
    ('GRUB_CMDLINE_LINUX_DEFAULT="quiet audit=0 splash"\nGRUB_CMDLINE_LINUX="audit=1"\n', ),
    ('GRUB_CMDLINE_LINUX="audit=1"\nGRUB_CMDLINE_LINUX="console=ttyS0"\n', ),
    ('GRUB_CMDLINE_LINUX="a"\nGRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX audit=0 b"\n', ),
    ('GRUB_CMDLINE_LINUX="a"\n', 'GRUB_CMDLINE_LINUX="${GRUB_CMDLINE_LINUX} audit=0"\n', 'GRUB_CMDLINE_LINUX+=" c"\n'),
    ('GRUB_CMDLINE_LINUX="audit=1 audit_backlog_limit=8192"\n', 'GRUB_CMDLINE_LINUX="console=ttyS0"\n'),
    ('GRUB_CMDLINE_LINUX=""\n', 'GRUB_CMDLINE_LINUX_DEFAULT="console=tty1 audit=0"\n'),
    ('GRUB_CMDLINE_LINUX="dyndbg=\\"file a.c +p\\" $(echo x)"\n', ),
    ("GRUB_CMDLINE_LINUX='dyndbg=\"file a.c audit=0\"'\n", ),
]  # fmt: skip


@pytest.mark.parametrize("contents", CASES)
@pytest.mark.parametrize("wanted", [(True, 8192), (False, 0), (True, None)])
def test_a_shell_reads_what_is_wanted_and_all_other_words(tmp_path, contents, wanted):
    parameters = words.wanted(*wanted)
    before = command_line(tmp_path, settled(*contents, parameters={}))
    new = settled(*contents, parameters=parameters)
    after = command_line(tmp_path, new)
    read = boot_parameters.split(after)
    assert boot_parameters.audit(read) is wanted[0]
    assert wanted[1] is None or boot_parameters.backlog_limit(read) == wanted[1]
    assert words.others(before) == words.others(after)
    assert settled(*new.values(), parameters=parameters) == new


def test_only_the_words_change():
    text = '# so\nGRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\n  GRUB_CMDLINE_LINUX="a  b"  # why\nX=1'
    assert settled(text)[HOME] == text.replace('"a  b"', '"a  b {0}"'.format(ON))


def test_a_new_line_is_put_at_the_end_of_a_file_that_is_ended_first():
    assert settled("GRUB_DEFAULT=0")[HOME] == 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX="{0}"\n'.format(ON)


def test_where_it_stands_in_the_second_variable_it_stays_there():
    text = 'GRUB_CMDLINE_LINUX=""\nGRUB_CMDLINE_LINUX_DEFAULT="{0} quiet"\n'.format(ON)
    assert settled(text)[HOME] == text


@pytest.mark.parametrize(
    "line",
    ["GRUB_CMDLINE_LINUX=\"a\"' b'", 'GRUB_CMDLINE_LINUX="a \\', "GRUB_CMDLINE_LINUX=$X", 'GRUB_CMDLINE_LINUX="`x`"'],
)
def test_a_value_of_another_form_is_refused_by_its_place(line):
    with pytest.raises(TrailError, match="is not edited") as refused:
        settled("X=1\n" + line + "\n")
    assert (refused.value.file, refused.value.line) == (HOME, 2)
