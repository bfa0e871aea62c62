#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# debian.sh SUITE ARCH FOLDER PACKAGE...: packages of Debian, downloaded, verified and unpacked into the new FOLDER.
#
#   debian.sh bookworm-security amd64 kernel linux-source-6.1
#   debian.sh bookworm amd64 sysroot busybox-static libbpf-dev
#
# apt does it, on any system that has apt, and without root: its lists, its cache and its status are in a folder of
# their own, so what this machine has installed, and where it installs from, makes no difference and stays as it is.
# FOLDER/packages names what was unpacked: a package, its source package and that one's version in a line.
set -eu

# Debian's archive. debootstrap knows where it is, and follows when it moves; KERNEL_LAB_DEBIAN names another place,
# as that of a mirror, or the archive of old releases, to which Debian 12 will go in 2028.
debootstrap=/usr/sbin/debootstrap
archive=${KERNEL_LAB_DEBIAN:-$(sed -n 's/^DEF_MIRROR="\(.*\)"$/\1/p' "$debootstrap" 2>/dev/null || true)}

# Debian signs its releases with a key of this ring.
for keyring in "${KERNEL_LAB_DEBIAN_KEYRING:-}" /usr/share/keyrings/debian-archive-keyring.gpg \
	/usr/share/keyrings/debian-archive-keyring.pgp; do
	[ ! -f "$keyring" ] || break
done

fail() {
	echo "E: $1" >&2
	exit 1
}

if [ $# -lt 4 ]; then
	sed -n '3,/^set/s/^# \{0,1\}//p' "$0"
	exit 2
fi
suite=$1 arch=$2 folder=$3
shift 3
[ -n "$archive" ] || fail "There is no $debootstrap, which knows where Debian's archive is."
[ -f "$keyring" ] || fail "There is no debian-archive-keyring, which proves that a package is Debian's."

case $suite in
*-security) place=$archive-security ;;
*) place=$archive ;;
esac

rm -rf "$folder.partial"
mkdir -p "$folder.partial"
work=$(cd "$folder.partial" && pwd)
mkdir -p "$work/lists/partial" "$work/archives/partial" "$work/none" "$work/debs" "$work/root"
: >"$work/status"
echo "deb [arch=$arch signed-by=$keyring target=Packages] $place $suite main" >"$work/sources.list"

# The machine's own settings are read before these, for its proxy may be among them. What they hook in is taken out.
cat >"$work/apt.conf" <<EOF
#clear APT::Architectures;
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
APT::Get::List-Cleanup "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::Languages "none";
Dir::State "$work";
Dir::State::lists "$work/lists";
Dir::State::status "$work/status";
Dir::Cache "$work";
Dir::Cache::archives "$work/archives";
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "$work/none";
Dir::Etc::preferences "$work/none";
Dir::Etc::preferencesparts "$work/none";
EOF

apt() {
	apt-get -q -c "$work/apt.conf" "$@"
}

apt update
cd "$work/debs"
# Each name means the package of exactly this name. As it is, apt would read linux-source-6.1 as a pattern, too: where
# there is no such package, it takes linux-source-6.12 for it.
download() {
	options=$1
	shift
	# shellcheck disable=SC2046,SC2086 # one word an option, and one a pattern, which is none of the shell's
	(set -f && apt download $options $(printf '?exact-name(%s) ' "$@"))
}
uris() {
	download --print-uris "$@" 2>/dev/null | grep "^'"
}

uris "$@" >"$work/uris" || true
if [ "$(wc -l <"$work/uris")" -ne $# ]; then
	for package; do
		uris "$package" >"$work/uris" || fail "$suite at $place has no package $package for $arch."
	done
fi
awk '{ bytes += $3 } END { print "bytes to download:", bytes }' "$work/uris"
download '' "$@"
for deb in *.deb; do
	dpkg-deb -x "$deb" "$work/root"
	# shellcheck disable=SC2016 # these are dpkg's variables
	dpkg-deb --show --showformat='${Package} ${source:Package} ${source:Version}\n' "$deb" >>"$work/root/packages"
done
mv "$work/root" "${work%.partial}" # in full: FOLDER may be said from where this began
rm -rf "$work"
