# SPDX-License-Identifier: GPL-2.0-only
"""Where what the laboratory works on comes from: the kernel, and the libraries of the guest, verified."""
