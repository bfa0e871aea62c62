# SPDX-License-Identifier: GPL-2.0-only
"""What a run costs: jobs on the measuring kernel, their samples, their figures."""
