# SPDX-License-Identifier: GPL-2.0-only
"""What the answers to the book's exercises must do, a file an exercise (CHAPTER-NUMBER.toml), for lab.exercise()."""
