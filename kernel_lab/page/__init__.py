# SPDX-License-Identifier: GPL-2.0-only
"""The kernel in the page: built for the emulator that pages carry, booted there, saved."""
