#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What /proc/thread-self/fail-nth counts: objects of any size, and with "pages" the pages of memory, too.
debug=/sys/kernel/debug
[ -d $debug/failslab ] || mount -t debugfs debugfs $debug || exit
for kind in failslab fail_page_alloc; do
	cd $debug/$kind || exit
	echo N >ignore-gfp-wait # also where the caller would rather wait than be refused: nearly everywhere
	echo 0 >verbose         # no line, and no call trace, for each of them
done
echo N >ignore-gfp-highmem
case $1 in pages) smallest=0 ;; *) smallest=20 ;; esac # no piece of memory has 2^20 pages
echo $smallest >min-order
