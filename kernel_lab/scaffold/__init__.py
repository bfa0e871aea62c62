# SPDX-License-Identifier: GPL-2.0-only
"""A program type of the reader's own, written from the book's: its shape, its C, its folder."""
