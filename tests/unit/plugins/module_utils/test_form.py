# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forms of plain data: what fits, and in which words the rest is refused."""

import pytest

from ansible_collections.auditops.trail.plugins.module_utils import form
from ansible_collections.auditops.trail.plugins.module_utils.errors import EvidenceError

WORDS = form.one_of(("a", "b"))
WHOLE = form.record({"is": form.TEXT}, {"some": form.list_of(form.or_null(form.number(1, 9)))}, form.FLAG)


def refused(wanted, value, place="it"):
    with pytest.raises(EvidenceError) as told:
        form.check(wanted, value, place, "mend it.")
    assert told.value.remedy == "mend it."
    return told.value.message


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (form.TEXT, ""),
        (form.FLAG, False),
        (form.number(), 0),
        (form.number(1, 9), 9),
        (WORDS, "b"),
        (form.matching("/", "a path"), "/etc"),
        (form.or_null(WORDS), None),
        (form.or_null(form.list_of(WORDS)), ["a"]),
        (form.list_of(WORDS), []),
        (form.mapping_of(form.TEXT), {"x": "y"}),
        (form.record({}, {}), {"anything": object()}),
        (WHOLE, {"is": "x", "some": [1, None], "more": True}),
    ],
)
def test_what_fits_is_taken(wanted, value):
    form.check(wanted, value, "it", "mend it.")


@pytest.mark.parametrize(
    ("wanted", "value", "said"),
    [
        (form.TEXT, None, "it is null, and not a text"),
        (form.FLAG, 1, "it is 1, and not true or false"),
        (form.number(), True, "it is true, and not a whole number from 0"),
        (form.number(), 1e99, "it is 1e+99, and not a whole number from 0"),
        (form.number(1, 9), 10, "it is 10, and not a whole number from 1 to 9"),
        (WORDS, [], "it is [], and not one of a, b"),
        (WORDS, {"a": 1}, "it is a mapping, and not one of a, b"),
        (form.list_of(WORDS, 1), [], "it is [], and not a list of at least 1"),
        (form.or_null(form.list_of(WORDS)), ["a", "c"], 'it[1] is "c", and not one of a, b'),
        (WHOLE, {}, "it has no is"),
        (WHOLE, {"is": "x", "some": [1, 0]}, "it.some[1] is 0, and not a whole number from 1 to 9 or null"),
        (WHOLE, {"is": "x", "/etc": 3}, 'it."/etc" is 3, and not true or false'),
        (form.mapping_of(form.NOTHING), {"a": 1}, "it.a is 1, and not left out: there is no such part"),
        (form.TEXT, b"x", "it is b'x', and not a text"),
    ],
)
def test_what_does_not_is_told_by_its_place(wanted, value, said):
    assert refused(wanted, value) == said


def test_a_whole_document_has_no_name():
    assert refused(WHOLE, [], "") == "the data is [], and not a mapping"
    assert refused(WHOLE, {"is": 1}, "") == "is is 1, and not a text"


def test_a_long_text_is_cut():
    assert len(refused(form.number(), "x" * 10000)) < 200
