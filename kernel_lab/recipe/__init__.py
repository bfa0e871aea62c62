# SPDX-License-Identifier: GPL-2.0-only
"""What the notebooks' cells do to the sources: the steps, the tree that is taken to them, the series."""
