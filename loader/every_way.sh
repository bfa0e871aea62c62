#!/bin/sh
# every_way.sh SAMPLES: measure every way to an answer, one after the other.
set -e
samples=$1
insmod oreore_mod.ko
insmod oreore_bench.ko
./attach_prog add-42

operations="getppid write:/sys/oreore/bpf read:/sys/oreore/bpf write+read:/sys/oreore/bpf"
for way in nothing parse plain called bare rcu preempt rcu_preempt rcu_migrate mutex hook raw_tp fentry syscall; do
	operations="$operations write:/sys/oreore_bench/$way"
done
for way in nothing plain; do
	operations="$operations read:/sys/oreore_bench/$way write+read:/sys/oreore_bench/$way"
done
./alternatives oreore,raw_tp,fentry,syscall ./measure way "$samples" $operations
