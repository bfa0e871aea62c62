#!/bin/sh
# The guest's first process: set the machine up, then run the scripts that the laboratory sends.
#
# A measurement's script lies in the archive, as /job, in the form of a request: what arrives from outside arrives at
# another instruction each time. It is answered like the others, and before them.
#
# A request:  "<seconds> <bytes of script> <bytes of stdin>\n" script stdin
# Its reply:  "<status> <bytes of stdout> <bytes of stderr>\n" stdout stderr
#
# Outputs go through files, not pipes, so that a child left in the background can't hold a reply back.
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
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

serve() {
	while read -r seconds script stdin; do
		take "$script" >/run/script
		take "$stdin" >/run/stdin
		timeout -k 1 "$seconds" sh /run/script </run/stdin >/run/out 2>/run/err 3<&-
		echo $? $(stat -c %s /run/out /run/err) >&3
		cat /run/out /run/err >&3
	done
}

if [ -f /job ]; then serve </job; fi
serve <&3
