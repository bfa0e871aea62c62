#!/bin/sh
# every_way.sh SAMPLES WAY...: measure a write to each of these files of oreore_bench, and what to compare it with.
set -e
samples=$1
shift
operations="getppid write:/sys/oreore/bpf read:/sys/oreore/bpf write+read:/sys/oreore/bpf"
for way; do
	operations="$operations write:/sys/oreore_bench/$way"
done
./measure way "$samples" $operations
