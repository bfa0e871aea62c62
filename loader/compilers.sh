#!/bin/sh
# compilers.sh SAMPLES: the same program compiled to machine code, compiled with its constants hidden, interpreted, and
# compiled while the kernel counts its runs. The choice is made when a program is loaded, so it is loaded each time.
set -e
samples=$1
jit=/proc/sys/net/core/bpf_jit_enable
if [ ! -e $jit ]; then
	echo "This kernel has no JIT compiler for BPF: CONFIG_BPF_JIT is not set." >&2
	exit 1
fi
insmod oreore_mod.ko
insmod oreore_bench.ko

measure() {
	./attach_prog add-42
	./give_prog short
	./measure "$1" "$samples" write:/sys/oreore_bench/parse write:/sys/oreore_bench/plain \
		write:/sys/oreore_bench/called write:/sys/oreore_bench/bare write:/sys/oreore/bpf
}

echo 1 >$jit
measure JIT
echo 2 >/proc/sys/net/core/bpf_jit_harden
measure hardened
echo 0 >/proc/sys/net/core/bpf_jit_harden
echo 0 >$jit
measure interpreter
echo 1 >$jit
echo 1 >/proc/sys/kernel/bpf_stats_enabled
measure stats
./prog_stats stats
