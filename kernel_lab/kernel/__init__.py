# SPDX-License-Identifier: GPL-2.0-only
"""A kernel, from a configuration to a guest that answers: flavour, build, initramfs, guest."""
