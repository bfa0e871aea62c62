# SPDX-License-Identifier: GPL-2.0-only
"""What every room stands on: errors, programs, progress, disks, locks, paths."""
