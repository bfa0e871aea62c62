/* SPDX-License-Identifier: GPL-2.0-only */
/* A page that was opened from a file may not read the pages it found, to quote them. */
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
