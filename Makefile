# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/sh
RUN := sh tests/tools/run

# Given on the command line or in the environment; tests/tools reads them there.
export ANSIBLE_CORE ASK_PASS FAIL_ON INVENTORY POSTURE PROFILE TIER

.PHONY: help compliance test lint bench clean

help:
	@echo "make compliance   judge this machine, reading only"
	@echo "                    INVENTORY=hosts.ini     other machines"
	@echo "                    POSTURE=FILE            a saved posture, without the machine"
	@echo "                    PROFILE=pci_dss_4_0     the profiles to judge by"
	@echo "                    FAIL_ON=high            fail on a failed control of this severity or above"
	@echo "                    ANSIBLE_CORE=2.16       instead of the newest for the newest Python found"
	@echo "                    ASK_PASS=1              ask for the sudo password"
	@echo "                    ARGS='--limit web'      further options of ansible-playbook"
	@echo "make test         the unit tier, then the kernel tier where it may run   ARGS='-k coverage': options of pytest"
	@echo "                    TIER=unit               only this tier: unit or kernel"
	@echo "make lint         every checker, and the target side's tests on each Python found   ARGS='ruff mypy': only these"
	@echo "make bench        the benchmarks"
	@echo "make clean        remove .cache, where all of this keeps its environments and caches"

compliance test lint bench:
	@$(RUN) $@ $(ARGS)

clean:
	@rm -rf .cache 2>/dev/null || \
		{ echo "auditops.trail: not all of $(CURDIR)/.cache is yours to remove: su -c 'make clean'" >&2; exit 1; }
