# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a file system the log takes: the same for a size, within what auditd takes, and never all."""

import pytest

pytest.importorskip("yaml", reason="the controller side")

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError  # noqa: E402
from ansible_collections.auditops.trail.plugins.plugin_utils import rotation  # noqa: E402

pytestmark = pytest.mark.controller

MIB = 1024 * 1024
GIB = 1024 * MIB


@pytest.mark.parametrize("separate", [True, False])
@pytest.mark.parametrize("size", [3 * MIB, 20 * MIB, 100 * MIB, GIB, 2 * GIB, 100 * GIB, 4096 * GIB])
def test_the_keys_are_legal_and_leave_room(size, separate):
    found = rotation.of({"bytes": size, "separate": separate})
    assert set(found) == set(rotation.KEYS)
    assert 1 <= found["max_log_file"] <= 1024 and 2 <= found["num_logs"] <= 999
    assert 1 <= found["admin_space_left"] < found["space_left"]
    taken = found["max_log_file"] * found["num_logs"] * MIB
    assert taken <= max(size * (70 if separate else 30) // 100, 2 * MIB)
    if size >= 100 * MIB:
        assert size - taken > found["space_left"] * MIB, "a full log would warn for ever"
        assert taken >= size * (70 if separate else 30) // 100 * 0.8 or found["num_logs"] == 999


def test_what_is_free_does_not_count_so_that_a_second_run_finds_the_same():
    first = rotation.of({"bytes": 10 * GIB, "separate": False, "free": 9 * GIB})
    assert first == rotation.of({"bytes": 10 * GIB, "separate": False, "free": GIB})
    assert first == {"max_log_file": 56, "num_logs": 54, "space_left": 1024, "admin_space_left": 512}


def test_a_share_is_taken_and_given_keys_stay():
    assert (
        rotation.of({"bytes": 10 * GIB}, 60)["num_logs"] * rotation.of({"bytes": 10 * GIB}, 60)["max_log_file"] > 6000
    )
    assert rotation.of({"bytes": 10 * GIB}, 0, {"num_logs": 7, "freq": 1})["num_logs"] == 7
    given = dict.fromkeys(rotation.KEYS, 1)
    assert rotation.of(None, 0, given) == given


@pytest.mark.parametrize("separate", [True, False])
@pytest.mark.parametrize("share", [1, 30, 70, 80, 85, 90, 95])
@pytest.mark.parametrize("size", [GIB, 10 * GIB, 100 * GIB])
def test_a_log_of_its_planned_size_sets_off_no_warning_whatever_its_share(size, share, separate):
    found = rotation.of({"bytes": size, "separate": separate}, share)
    assert size - found["max_log_file"] * found["num_logs"] * MIB > found["space_left"] * MIB
    assert found["space_left"] > found["admin_space_left"] >= 1


@pytest.mark.parametrize(
    ("given", "other"),
    [
        ({"space_left": 100}, {"admin_space_left": 50}),
        ({"space_left": "100"}, {"admin_space_left": 50}),
        ({"space_left": 50000}, {"admin_space_left": 5120}),
        ({"admin_space_left": 50000}, {"space_left": 100000}),
        ({"admin_space_left": 10}, {"space_left": 10240}),
        ({"space_left": "4%"}, {"admin_space_left": "2%"}),
        ({"admin_space_left": "25%"}, {"space_left": "50%"}),
        ({"space_left": "much"}, {"admin_space_left": 5120}),
    ],
)
def test_the_warning_that_is_not_given_goes_with_the_one_that_is(given, other):
    found = rotation.of({"bytes": 100 * GIB, "separate": False}, 0, given)
    assert {name: found[name] for name in (*given, *other)} == {**given, **other}


@pytest.mark.parametrize("given", [{"space_left": 1}, {"space_left": "1%"}, {"admin_space_left": "99%"}])
def test_a_warning_that_leaves_no_room_for_the_other_is_refused_by_its_own_name(given):
    with pytest.raises(
        TrailError, match="auditd_settings: {0} = {1} leaves no room".format(*next(iter(given.items())))
    ):
        rotation.of({"bytes": 100 * GIB}, 0, given)


@pytest.mark.parametrize("given", [{"num_logs": 7}, {"max_log_file": 500}, {"max_log_file": "500"}, {"num_logs": 200}])
def test_files_of_a_given_size_or_number_take_the_share_and_no_more(given):
    found = rotation.of({"bytes": 10 * GIB}, 30, given)
    taken = int(found["max_log_file"]) * int(found["num_logs"])
    assert 0.8 * 3072 < taken <= 3072


@pytest.mark.parametrize(
    ("filesystem", "share", "words"),
    [(None, 0, "is not known"), ({"bytes": None}, 0, "is not known"), ({"bytes": GIB}, 96, "auditd_log_share is 96"),
     ({"bytes": GIB}, "30", "auditd_log_share is '30'")],
)  # fmt: skip
def test_what_cannot_be_reckoned_is_refused(filesystem, share, words):
    with pytest.raises(TrailError) as refused:
        rotation.of(filesystem, share, {"num_logs": 7})
    assert words in str(refused.value)
