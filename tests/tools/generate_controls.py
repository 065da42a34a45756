# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write docs/reference/controls.md from the catalogue.

    .cache/environments/compliance-*/bin/python tests/tools/generate_controls.py

Needs PyYAML and jmespath, which any environment of `make compliance` has. A test compares what is committed.
"""

from __future__ import annotations

import sys
from typing import Any

from layout import ROOT, collections_path

HEAD = """\
<!--
Copyright: (c) 2026, the auditops.trail contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->
<!-- Generated from plugins/plugin_utils/catalogue by tests/tools/generate_controls.py: change that, not this file. -->
# The controls

A control is of one of five kinds:

| Kind | It demands | Its verdict |
|---|---|---|
| record | events, written as audit rules | covered → pass; partial, uncovered, defeated → fail; unknown → error |
| emit | record types that programs or the kernel send on their own | pass unless a rule drops one |
| assert | a state, written as JMESPath over [the posture](posture.md) | pass or fail; without a value: error |
| sample | one real record from the log that holds certain fields | pass or fail; no such record → manual |
| manual | an answer from people | manual, always, with what to ask for |

The key of a record control is used in remedies and never demanded. Lines with `{…}` are made for each item of a list.
Of the calls in a line, those that a host has not got, for its machine or its kernel, are left out there, and told.

A reference says what a pass means for a paragraph: it `demonstrates` what the paragraph asks for, as far as a host can
show it, it `supports` it, or it is a `prerequisite`.
"""


def _profiles(catalogue: Any) -> list[str]:
    lines = ["## Profiles", "", "| Profile | Version | | Controls |", "|---|---|---|---|"]
    for profile in catalogue.profiles.values():
        lines.append(f"| `{profile.id}` | {profile.version} | {profile.title} | {len(profile.controls)} |")
    return lines


def _record(control: Any) -> list[str]:
    lines = ["```", *(" ".join(line.split()) for line in control.record), "```"]
    if control.for_each:
        lines += ["", f"For each item of `{control.for_each}`."]
    if any("{uid_min}" in line for line in control.record):
        lines += ["", "`{uid_min}` is the host's own UID_MIN of login.defs(5), 1000 where it says none."]
    if control.empty:
        lines += ["", f"Where that is empty: {control.empty.verdict.replace('_', ' ')}, {control.empty.say}"]
    if control.missing_path == "skip":
        lines += ["", "A line whose path does not exist on the host is left out."]
    return lines


def _emit(control: Any) -> list[str]:
    return [", ".join(f"`{name}`" for name in control.emit) + "."]


def _assert(control: Any) -> list[str]:
    return ["```", " ".join(control.expression.split()), "```"]


def _sample(control: Any) -> list[str]:
    return [f"A record of {' or '.join(control.sample['types'])} with {', '.join(control.sample['fields'])}."]


def _manual(control: Any) -> list[str]:
    return [" ".join(control.manual.split())]


_DEMANDS = {"record": _record, "emit": _emit, "assert": _assert, "sample": _sample, "manual": _manual}


def _limits(control: Any) -> list[str]:
    """When the control applies, and the parameters with the source of their defaults."""
    lines = []
    if control.applies:
        lines += [
            "",
            f"Applies when `{' '.join(control.applies.when.split())}`; otherwise: {control.applies.otherwise}",
        ]
    for name, value in control.parameters.items():
        shown = ", ".join(str(one) for one in value) or "none" if isinstance(value, list) else value
        source = f" ({' '.join(control.sources[name].split())})" if name in control.sources else ""
        lines += ["", f"Parameter `{name}`: {shown}{source}."]
    return lines


def _control(control: Any, catalogue: Any) -> list[str]:
    profiles = [f"`{one.id}`" for one in catalogue.profiles.values() if control.id in one.controls]
    key = f", key `{control.key}`" if control.key else ""
    lines = ["", f"### {control.id}", "", f"{control.title}.", "", " ".join(control.why.split()), ""]
    lines += [f"Kind {control.kind}, severity {control.severity}{key}. In {', '.join(profiles) or 'no profile'}.", ""]
    lines += _DEMANDS[control.kind](control)
    lines += _limits(control)
    lines += ["", "| Framework | Version | Paragraph | |", "|---|---|---|---|"]
    for reference in control.references:
        cells = (reference["framework"], reference["version"], reference["id"], reference["relation"])
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def generate(catalogue: Any) -> str:
    """The page for a catalogue, as catalogue_loader.load gives it."""
    lines = _profiles(catalogue) + ["", "## Controls"]
    for control in catalogue.controls.values():
        lines += _control(control, catalogue)
    return HEAD + "\n" + "\n".join(lines) + "\n"


def main() -> int:
    """Write the page."""
    sys.path.insert(0, str(collections_path()))
    from ansible_collections.auditops.trail.plugins.plugin_utils import catalogue_loader

    page = ROOT / "docs" / "reference" / "controls.md"
    page.write_text(generate(catalogue_loader.load()), encoding="utf-8")
    print(f"wrote {page.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
