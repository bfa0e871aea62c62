#!/bin/sh
# The guest's first process: set the machine up, then run the scripts that the laboratory sends.
#
# A measurement's script lies in the archive, as /job, in the form of a request: what arrives from outside arrives at
# another instruction each time. It is answered like the others, and before them.
#
# A request:  "<seconds> <bytes of script> <bytes of stdin> <most bytes of each output>\n" script stdin
# Its reply:  "<status> <bytes of stdout> <bytes of stderr> <bytes left out>\n" stdout stderr
#
# Outputs go through files, not pipes, so that a child left in the background can't hold a reply back. What such a child
# writes later goes into a file that is gone, not into another reply. The files have a disk of their own: a full /run, or
# a program that writes without an end, can't keep the guest from answering.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mkdir /run/lab
mount -t tmpfs -o size=64m lab /run/lab
cd /root

if grep -qw shell /proc/cmdline; then
	echo "A shell in the guest. 'exit' ends it."
	setsid cttyhack sh
	reboot -f
fi

exec 3<>/dev/vport0p1
echo "ready $(od -A n -v -t x1 /sys/kernel/notes | tr -d ' \n')" >&3

take() {
	if [ "$1" -gt 0 ]; then dd bs="$1" count=1 iflag=fullblock 2>/dev/null; fi
}

# What is sent of a file that has so many bytes, where so many are the most. The file may grow meanwhile.
sent() {
	if [ "${2:-0}" -gt "$1" ]; then echo "$1"; else echo "${2:-0}"; fi
}

serve() {
	while read -r seconds script stdin most; do
		# Without them, the rest of the channel would be read at the wrong place. The end of init is the guest's.
		take "$script" >/run/lab/script && take "$stdin" >/run/lab/stdin || exit
		# In brackets, lest "Terminated" is written to where the command's own complaints go.
		(exec setsid sh -c 'echo $$ >/run/lab/group; exec timeout -k 1 "$0" sh /run/lab/script' "$seconds") \
			</run/lab/stdin >/run/lab/out 2>/run/lab/err 3<&-
		status=$?
		# What a command that was ended had started would go on, and write.
		case $status in 137 | 143) kill -9 "-$(cat /run/lab/group)" 2>/dev/null ;; esac
		out=$(stat -c %s /run/lab/out) err=$(stat -c %s /run/lab/err)
		shown=$(sent "$most" "$out") complaints=$(sent "$most" "$err")
		echo $status $shown $complaints $((out + err - shown - complaints)) >&3
		head -c $shown /run/lab/out >&3
		head -c $complaints /run/lab/err >&3
		rm -f /run/lab/*
	done
}

if [ -f /job ]; then serve </job; fi
serve <&3
