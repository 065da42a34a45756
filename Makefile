# Copyright: (c) 2026, the auditops.trail contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

SHELL := /bin/sh
RUN := sh tests/tools/run

# Given on the command line or in the environment; tests/tools reads them there.
export ANSIBLE_CORE ASK_PASS FAIL_ON INVENTORY POSTURE PROFILE RELEASE SCENARIO SITE TIER

# A misspelt FAIL_ON would be no gate at all.
SETTINGS := ANSIBLE_CORE ARGS ASK_PASS FAIL_ON INVENTORY POSTURE PROFILE RELEASE SCENARIO SITE TIER
GIVEN := $(foreach name,$(.VARIABLES),$(if $(findstring command,$(origin $(name))),$(name)))
# The environment holds much that is none of ours; there the plain slips are looked for.
SLIPS := FAILON FAIL_AT FAIL INVENTORIES POSTURES PROFILES RELEASES SCENARIOS SITES
GIVEN += $(foreach name,$(SLIPS),$(if $(filter environment,$(origin $(name))),$(name)))
UNKNOWN := $(sort $(filter-out $(SETTINGS) SHELL MAKEFLAGS,$(GIVEN)))
ifneq ($(UNKNOWN),)
$(error $(UNKNOWN): there is no such setting. There are $(SETTINGS))
endif

.PHONY: help compliance test lint bench lab lab-images lab-shell lab-destroy clean

help:
	@printf '%s\n' \
		"make compliance   judge this machine, reading only" \
		"                    INVENTORY=hosts.ini     other machines" \
		"                    POSTURE=FILE            a saved posture, without the machine" \
		"                    PROFILE=pci_dss_4_0     the profiles to judge by" \
		"                    SITE=FOLDER             with the controls, values and accepted risks in there" \
		"                    FAIL_ON=high            fail on a failed control of this severity or above" \
		"                    ANSIBLE_CORE=2.16       instead of the newest for the newest Python found" \
		"                    ASK_PASS=1              ask for the sudo password" \
		"                    ARGS='--limit web'      further options of ansible-playbook" \
		"make test         the unit tier, then the kernel tier where it may run   ARGS='-k coverage': options of pytest" \
		"                    TIER=unit               only this tier: unit, kernel, or lab (virtual machines; root)" \
		"make lint         every checker, and the target side's tests on each Python found   ARGS='ruff mypy': only these" \
		"make bench        the benchmarks" \
		"make lab          the roles on virtual machines, from nothing to verified (QEMU; root)" \
		"                    SCENARIO=immutable      only this folder of extensions/molecule" \
		"                    RELEASE=trixie          only this release of Debian; RELEASE=all for unreleased ones too" \
		"make lab-images   build the images of RELEASE beforehand, which make lab does otherwise" \
		"make lab-shell    leave a machine up and say how to log in: SCENARIO, RELEASE as above" \
		"make lab-destroy  end every machine that was left up" \
		"make clean        remove .cache, where all of this keeps its environments and caches; results stay"

compliance test lint bench lab lab-images lab-shell lab-destroy:
	@$(RUN) $@ $(ARGS)

clean:
	@rm -rf .cache 2>/dev/null || \
		{ echo "auditops.trail: not all of $(CURDIR)/.cache is yours to remove: su -c 'make clean'" >&2; exit 1; }
