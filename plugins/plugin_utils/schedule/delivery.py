# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices go out: in order, by each way once, and what could not be sent waits for the next run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ansible_collections.auditops.trail.plugins.module_utils.errors import TrailError
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule import channels, settings, state
from ansible_collections.auditops.trail.plugins.plugin_utils.schedule.settings import Settings

TRIES = 3
Say = Callable[[str], None]


def ways(told: Settings) -> list[str]:
    """By which ways the notices of a schedule go out, whether or not they are open now."""
    return list(settings.channels(told, _hook(told)[0]))


def deliver(told: Settings, kept: state.State, say: Say, pause: float = 5.0) -> list[str]:
    """Send what has not gone out, the oldest first; each way that took a notice is noted at once.

    Args:
        told: The settings of the schedule.
        kept: The state, which is written.
        say: Prints a line.
        pause: Seconds between two tries.

    Returns:
        Why a notice could not be sent, each reason once.

    Raises:
        TrailError: the state cannot be written.
    """
    faults: list[str] = []
    wanted = ways(told)
    closed: set[str] = set()
    for entry in list(kept.pending):
        for channel in list(entry["channels"]):
            if channel in wanted:
                if channel in closed:
                    continue
                why = send(channel, entry["notice"], told, pause)
                if why:
                    # What one notice meets the next one would meet: they keep their order, and time is not spent twice.
                    closed.add(channel)
                    faults.append(f"{channel}: {why}")
                    continue
                say(f"{entry['notice']['subject']}: sent by {channel}")
            else:
                say(f"{entry['notice']['subject']}: not sent by {channel}, which the schedule does not have any more")
            entry["channels"].remove(channel)
            if not entry["channels"]:
                kept.pending.remove(entry)
            state.write(told.data, kept)
    if faults:
        faults.append(f"{len(kept.pending)} notice(s) wait for the next run")
    return faults


def send(channel: str, message: dict[str, Any], told: Settings, pause: float) -> str:
    """Why a notice was not taken, after several tries; empty where it was."""
    hook, why = _hook(told) if channel == "webhook" else (None, "")
    if why:
        return why
    for turn in range(TRIES):
        if turn:
            time.sleep(pause)
        try:
            channels.send(channel, message, told, hook)
            return ""
        except TrailError as exc:
            why = str(exc)
    return why


def _hook(told: Settings) -> tuple[settings.Webhook | None, str]:
    """The webhook, and what is wrong with it."""
    try:
        return settings.webhook(told), ""
    except TrailError as exc:
        # Whatever was meant: something was, and what it should have been told is not to be lost.
        return settings.Webhook("", {}), str(exc)
