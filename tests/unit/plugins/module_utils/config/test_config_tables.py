# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The committed table of configuration keys is what the generator makes."""

import importlib.util
import os

import pytest

from ansible_collections.auditops.trail.plugins.module_utils.config import keys, values
from ansible_collections.auditops.trail.plugins.module_utils.config.tables import KEYS
from ansible_collections.auditops.trail.plugins.module_utils.host import NEWEST_AUDIT

TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 4, "tools")


def generator():
    path = os.path.join(TOOLS, "generate_config_keys.py")
    spec = importlib.util.spec_from_file_location("generate_config_keys", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_equals_committed():
    made = generator()
    with open(made.OUTPUT, encoding="utf-8") as stream:
        assert stream.read() == made.generate(), "run tests/tools/generate_config_keys.py"


def test_every_kind_of_the_table_has_a_reader():
    assert {row[1] for rows in KEYS.values() for row in rows} == set(values._READERS)


@pytest.mark.parametrize("version", [(2, 8), (2, 8, 5), (3, 0), (3, 0, 9), (4, 0, 5), (4, 1, 4), (4, 2, 1)])
def test_one_row_holds_for_a_release(version):
    for file in KEYS:
        for name in {row[0] for row in KEYS[file]}:
            rows = [row for row in KEYS[file] if row[0] == name and keys.holds(version, row[4], row[5])]
            assert len(rows) <= 1, (file, name, version)


def test_defaults_are_values_of_their_keys():
    for file in KEYS:
        for key in keys.keys_of(file, None).values():
            default = values.default_of(key)
            if key.words and default is not None and key.kind != "yes_no":
                assert default in key.words, key
            if key.most is not None and isinstance(default, int):
                assert default <= key.most, key


def test_an_unknown_release_has_the_newest_ones_keys():
    assert keys.keys_of("auditd", None) == keys.keys_of("auditd", NEWEST_AUDIT)
    assert keys.keys_of("auditd", (99, 0)) == keys.keys_of("auditd", NEWEST_AUDIT)
    assert "dispatcher" in keys.keys_of("auditd", (2, 6))
