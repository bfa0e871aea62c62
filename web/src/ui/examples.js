// SPDX-License-Identifier: GPL-2.0-only
/**
 * Programs to try on the verifier. The recipe's own comes first; of the rest, some are accepted, and most show one way
 * to be refused. Beside what is refused stands the nearest that is not. What the kernel is expected to say is data: a
 * test asks the real one about each of them.
 */

/**
 * @typedef {object} Example
 * @property {string} name for links and tests
 * @property {string} group the heading in the list
 * @property {string} title what the list shows; it does not give the verdict away
 * @property {string} text the program
 * @property {string} expected "accepted", or a regular expression for the line that tells the reason
 * @property {string} why one sentence, shown beside the verdict
 * @property {[number, number][]} [answers] pairs of an input and the answer, where the program always answers the same
 * @property {{expected: string, why: string, slow?: boolean}} [without] the same for a loader without CAP_PERFMON, if the verdict differs
 * @property {boolean} [slow] true if the verifier explores until it gives up: many seconds in an emulator
 */

/** @type {readonly Example[]} */
export const EXAMPLES = Object.freeze([
  {
    name: "add-42",
    group: "The book's program",
    title: "add 42",
    text: "r0 = *(u32 *)(r1 + 0)\nw0 += 42\nexit",
    expected: "accepted",
    why: "It reads exactly the four bytes that it may read, and answers with a number.",
    answers: [
      [1, 43],
      [4294967295, 41],
    ],
  },

  {
    name: "wrong-offset",
    group: "The context",
    title: "read behind the number",
    text: "r0 = *(u32 *)(r1 + 4)\nexit",
    expected: "^invalid bpf_context access off=4 size=4$",
    why: "The context is four bytes long, so its next four bytes are somebody else's.",
  },
  {
    name: "wrong-size",
    group: "The context",
    title: "read eight bytes",
    text: "r0 = *(u64 *)(r1 + 0)\nexit",
    expected: "^invalid bpf_context access off=0 size=8$",
    why: "The second half of the eight bytes lies behind the context.",
  },
  {
    name: "one-byte",
    group: "The context",
    title: "read one byte of the number",
    text: "r0 = *(u8 *)(r1 + 0)\nexit",
    expected: "^invalid bpf_context access off=0 size=1$",
    why: "The byte is inside, but the book's is_valid_access allows a read of four bytes and nothing else. (Read all four, then &= 255.)",
  },
  {
    name: "write-ctx",
    group: "The context",
    title: "write to the context",
    text: "r0 = 0\n*(u32 *)(r1 + 0) = r0\nexit",
    expected: "^invalid bpf_context access off=0 size=4$",
    why: "The place is right, but the book's is_valid_access allows no writing.",
  },
  {
    name: "modified-ctx",
    group: "The context",
    title: "move the pointer, then read",
    text: "r1 += 4\nr0 = *(u32 *)(r1 - 4)\nexit",
    expected: "^dereference of modified ctx ptr R1 off=4 disallowed$",
    why: "The address is the right one in the end, but a pointer to the context must be used as it came.",
  },
  {
    name: "there-and-back",
    group: "The context",
    title: "move the pointer there and back, then read",
    text: "r1 += 4\nr1 -= 4\nr0 = *(u32 *)(r1 + 0)\nexit",
    expected: "accepted",
    why: "What counts is where the pointer is when it is used, not where it has been.",
    answers: [[7, 7]],
  },
  {
    name: "number-as-pointer",
    group: "The context",
    title: "use the number as an address",
    text: "r2 = *(u32 *)(r1 + 0)\nr0 = *(u32 *)(r2 + 0)\nexit",
    expected: "^R2 invalid mem access 'scalar'$",
    why: "Whoever chooses an address chooses what is read. (The tracing programs' way round is a helper, bpf_probe_read_kernel; see there.)",
  },

  {
    name: "unset-r0",
    group: "Registers and the answer",
    title: "exit at once",
    text: "exit",
    expected: "^R0 !read_ok$",
    why: "r0 is the answer, and nobody wrote one.",
  },
  {
    name: "pointer-result",
    group: "Registers and the answer",
    title: "answer with the pointer",
    text: "r0 = r1\nexit",
    expected: "^At program exit the register R0 is not a known value \\(ctx\\)$",
    why: "The type asks for a number as the answer. This finds mistakes; it keeps no secrets, as the next program shows.",
    without: {
      expected: "^R0 leaks addr as return value$",
      why: "Without CAP_PERFMON the verifier lets no pointer out of any program, whatever its type asks for.",
    },
  },
  {
    name: "low-half",
    group: "Registers and the answer",
    title: "answer with the pointer's lower half",
    text: "w0 = w1\nexit",
    expected: "accepted",
    why: "A move of 32 bits makes a number of the pointer, and a number is all that the type asks for. The answer has 32 bits, too: it is what r0 = r1 would have told, an address on the kernel's stack.",
    without: {
      expected: "^R1 partial copy of pointer$",
      why: "That is who keeps the secret: the capability. Only a loader with CAP_PERFMON may make numbers of pointers.",
    },
  },
  {
    name: "swapped",
    group: "Registers and the answer",
    title: "answer with the pointer, its bytes turned round and back",
    text: "r0 = r1\nr0 = be64 r0\nr0 = be64 r0\nexit",
    expected: "accepted",
    why: "What is left of a pointer after its bytes are swapped is a number to the verifier, and after the second swap still.",
    without: {
      expected: "^R0 pointer arithmetic prohibited$",
      why: "Without CAP_PERFMON no calculation may make a number of a pointer.",
    },
  },
  {
    name: "unset-on-one-path",
    group: "Registers and the answer",
    title: "set r0 on one of two ways",
    text: "r2 = *(u32 *)(r1 + 0)\nif r2 > 100 goto out\nr0 = 1\nout:\nexit",
    expected: "^R0 !read_ok$",
    why: "The verifier walks both ways, and on the one over the jump nobody wrote to r0.",
  },
  {
    name: "frame-pointer",
    group: "Registers and the answer",
    title: "make room on the stack",
    text: "r10 += -16\nr0 = 0\nexit",
    expected: "^frame pointer is read only$",
    why: "r10 stays where it is: what is below it can be used without asking. (A copy may be moved: r2 = r10, r2 += -16.)",
  },
  {
    name: "divide-by-input",
    group: "Registers and the answer",
    title: "divide by the input",
    text: "r1 = *(u32 *)(r1 + 0)\nr0 = 1000\nr0 /= r1\nexit",
    expected: "accepted",
    why: "In BPF a division by zero has an answer, 0: the kernel adds a check of its own.",
    answers: [
      [8, 125],
      [0, 0],
    ],
  },
  {
    name: "divide-by-zero",
    group: "Registers and the answer",
    title: "divide by the constant 0",
    text: "r0 = 1000\nr0 /= 0\nexit",
    expected: "^div by zero$",
    why: "A constant zero can only be a mistake.",
  },
  {
    name: "shift-too-far",
    group: "Registers and the answer",
    title: "shift by 64 bits",
    text: "r0 = 1\nr0 <<= 64\nexit",
    expected: "^invalid shift 64$",
    why: "Processors do not agree on what that is.",
  },
  {
    name: "shift-by-input",
    group: "Registers and the answer",
    title: "shift by the input",
    text: "r1 = *(u32 *)(r1 + 0)\nr0 = 1\nr0 <<= r1\nexit",
    expected: "accepted",
    why: "By a register it is allowed, and the kernel takes the lowest six bits of it: 64 is 0.",
    answers: [
      [3, 8],
      [64, 1],
    ],
  },
  {
    name: "multiply-pointer",
    group: "Registers and the answer",
    title: "double the pointer",
    text: "r1 *= 2\nr0 = 0\nexit",
    expected: "^R1 pointer arithmetic with \\*= operator prohibited$",
    why: "A pointer may be moved; what a pointer times two points to, nobody knows.",
  },
  {
    name: "add-pointers",
    group: "Registers and the answer",
    title: "add two pointers",
    text: "r2 = r10\nr2 += r1\nr0 = 0\nexit",
    expected: "^R2 pointer \\+= pointer prohibited$",
    why: "The sum of two addresses is the address of nothing.",
  },
  {
    name: "difference",
    group: "Registers and the answer",
    title: "subtract two pointers",
    text: "r0 = r1\nr0 -= r10\nexit",
    expected: "accepted",
    why: "The distance of two addresses is a number. Whoever knows one of them now knows the other.",
    without: {
      expected: "^R0 pointer -= pointer prohibited$",
      why: "Without CAP_PERFMON a program may not even know how far apart two things are.",
    },
  },

  {
    name: "stack",
    group: "The stack",
    title: "keep the pointer on the stack",
    text: "*(u64 *)(r10 - 8) = r1\nr2 = *(u64 *)(r10 - 8)\nr0 = *(u32 *)(r2 + 0)\nexit",
    expected: "accepted",
    why: "The verifier knows what lies in each slot, so the pointer that comes back is still the context.",
    answers: [[7, 7]],
  },
  {
    name: "stack-unset",
    group: "The stack",
    title: "read what nobody wrote",
    text: "r0 = *(u64 *)(r10 - 8)\nexit",
    expected: "accepted",
    why: "What lies there was left by whoever ran before: a loader with CAP_PERFMON, as here, may see it, others may not.",
    without: {
      expected: "^invalid read from stack R10 off=-8 size=8$",
      why: "Without CAP_PERFMON a program reads only what it has written itself.",
    },
  },
  {
    name: "stack-too-deep",
    group: "The stack",
    title: "write 520 bytes down",
    text: "*(u64 *)(r10 - 520) = 0\nr0 = 0\nexit",
    expected: "^invalid write to stack R10 off=-520 size=8$",
    why: "The stack has 512 bytes.",
  },
  {
    name: "stack-above",
    group: "The stack",
    title: "write above the frame",
    text: "*(u64 *)(r10 + 0) = 0\nr0 = 0\nexit",
    expected: "^invalid write to stack R10 off=0 size=8$",
    why: "r10 is the frame's upper end; what is above belongs to the caller.",
  },
  {
    name: "callers-stack",
    group: "The stack",
    title: "write to the caller's frame, by its pointer",
    text: "r1 = r10\nr1 += -8\ncall fill\nr0 = *(u64 *)(r10 - 8)\nexit\n\nfill:\n*(u64 *)(r1 + 0) = 7\nr0 = 0\nexit",
    expected: "accepted",
    why: "A function of the program's own may write wherever its caller may, if it is given the pointer.",
    answers: [[1, 7]],
  },
  {
    name: "stack-misaligned",
    group: "The stack",
    title: "write four bytes at -6",
    text: "*(u32 *)(r10 - 6) = 0\nr0 = 0\nexit",
    expected: "^misaligned stack access off .* size 4$",
    why: "On the stack, addresses must be multiples of the size, so that the verifier can keep track of the slots.",
  },
  {
    name: "half-pointer",
    group: "The stack",
    title: "read half of a kept pointer",
    text: "*(u64 *)(r10 - 8) = r1\nr0 = *(u32 *)(r10 - 8)\nexit",
    expected: "^invalid size of register fill$",
    why: "A pointer that is kept on the stack comes back whole or not at all. This is about keeping track, not about secrets: see the next program.",
  },
  {
    name: "pointer-in-memory",
    group: "The stack",
    title: "add the pointer to a number on the stack",
    text: "*(u64 *)(r10 - 8) = 0\nlock *(u64 *)(r10 - 8) += r1\nr0 = *(u32 *)(r10 - 8)\nexit",
    expected: "accepted",
    why: "What an atomic operation leaves in memory is a number, so this is the pointer, and half of it may be read.",
    without: {
      expected: "^R1 leaks addr into mem$",
      why: "Without CAP_PERFMON no pointer may be calculated with in memory.",
    },
  },
  {
    name: "index-unbounded",
    group: "The stack",
    title: "use the input as an index",
    text: "*(u64 *)(r10 - 8) = 0\nr2 = *(u32 *)(r1 + 0)\nr3 = r10\nr3 += r2\nr0 = *(u8 *)(r3 - 8)\nexit",
    expected: "^invalid unbounded variable-offset read from stack R3$",
    why: "The input may be 4294967295, and then the address is far outside.",
    without: {
      expected: "^R3 variable stack access prohibited for !root",
      why: "Without CAP_PERFMON no number from outside may move a pointer to the stack, bounded or not.",
    },
  },
  {
    name: "index-one-too-far",
    group: "The stack",
    title: "use the input as an index, if it is at most 8",
    text:
      "r2 = *(u32 *)(r1 + 0)\nr0 = 0\nif r2 > 8 goto out\n*(u64 *)(r10 - 8) = 0\n" +
      "r3 = r10\nr3 += r2\nr0 = *(u8 *)(r3 - 8)\nout:\nexit",
    expected: "^invalid variable-offset read from stack R3 var_off=\\(0x0; 0xf\\) size=1$",
    why: "With 8 the byte at r10 + 0 would be read, one behind the end. (> 7 would do.)",
    without: {
      expected: "^R3 variable stack access prohibited for !root",
      why: "Without CAP_PERFMON no number from outside may move a pointer to the stack, bounded or not.",
    },
  },
  {
    name: "index-bounded",
    group: "The stack",
    title: "use the input's last three bits as an index",
    text:
      "r4 = 0x3832281e140a0501 ll\n*(u64 *)(r10 - 8) = r4\nr2 = *(u32 *)(r1 + 0)\nr2 &= 7\n" +
      "r3 = r10\nr3 += r2\nr0 = *(u8 *)(r3 - 8)\nexit",
    expected: "accepted",
    why: "After the &= the verifier knows that the index is 0 to 7, and all eight bytes were written.",
    without: {
      expected: "^R3 variable stack access prohibited for !root",
      why: "The index is right, but a processor that guesses ahead could read elsewhere (Spectre). So it takes CAP_PERFMON.",
    },
    answers: [
      [0, 1],
      [3, 20],
      [10, 10],
    ],
  },

  {
    name: "random",
    group: "Helpers",
    title: "answer with a random number",
    text: "call bpf_get_prandom_u32\nexit",
    expected: "accepted",
    why: "The helper is on the list that the book's get_func_proto has for its type.",
  },
  {
    name: "milliseconds",
    group: "Helpers",
    title: "answer with the milliseconds since the boot",
    text: "call bpf_ktime_get_ns\nr0 /= 1000000\nexit",
    expected: "accepted",
    why: "The clock is on the type's list; the answer keeps the lower 32 bits.",
  },
  {
    name: "processor",
    group: "Helpers",
    title: "answer with the processor's number",
    text: "call bpf_get_smp_processor_id\nexit",
    expected: "accepted",
    why: "This is on the list, too. The machine in this page has one processor, number 0.",
    answers: [[1, 0]],
  },
  {
    name: "helper",
    group: "Helpers",
    title: "load bytes of a packet",
    text: "call bpf_skb_load_bytes\nexit",
    expected: "^unknown func bpf_skb_load_bytes#26$",
    why: "The helper exists, but the book's get_func_proto does not offer it: here is no packet.",
  },
  {
    name: "repeat",
    group: "Helpers",
    title: "have a function called eight million times",
    text: "r1 = 8388608\nr2 = 0\nr3 = 0\nr4 = 0\ncall bpf_loop\nexit",
    expected: "^unknown func bpf_loop#181$",
    why: "bpf_loop makes that many turns, and the verifier walks few of them: two loops inside one another hold a processor for seconds. So it is not on the list. (That makes it harder to run so long, not impossible: see notebook 03.)",
  },
  {
    name: "tail-call",
    group: "Helpers",
    title: "go on with another program",
    text: "call bpf_tail_call\nexit",
    expected: "^unknown func bpf_tail_call#12$",
    why: "A program that goes on with another one may run 34 times as long as was checked at once. It is not on the list.",
  },
  {
    name: "copy-from-address",
    group: "Helpers",
    title: "copy from any address of the kernel",
    text: "r3 = r1\nr1 = r10\nr1 += -8\nr2 = 8\ncall bpf_probe_read_kernel\nr0 = *(u32 *)(r10 - 8)\nexit",
    expected: "^unknown func bpf_probe_read_kernel#113$",
    why: "Tracing programs read all of the kernel's memory in this way, if their loader has CAP_PERFMON. For this type it is not on the list.",
  },
  {
    name: "clobbered",
    group: "Helpers",
    title: "call a helper, then read the context",
    text: "call bpf_get_prandom_u32\nr0 = *(u32 *)(r1 + 0)\nexit",
    expected: "^R1 !read_ok$",
    why: "A call may leave anything in r1 to r5, so they count as unwritten after it.",
  },
  {
    name: "saved",
    group: "Helpers",
    title: "put r1 aside, call a helper, then read",
    text: "r6 = r1\ncall bpf_get_prandom_u32\nr0 = *(u32 *)(r6 + 0)\nexit",
    expected: "accepted",
    why: "r6 to r9 are the same after a call as before.",
    answers: [[5, 5]],
  },
  {
    name: "own-function",
    group: "Helpers",
    title: "call a function of the program's own",
    text: "r1 = *(u32 *)(r1 + 0)\ncall twice\nr0 += 1\nexit\n\ntwice:\nr0 = r1\nr0 += r1\nexit",
    expected: "accepted",
    why: "A program may consist of several functions, and each has its own stack.",
    answers: [[21, 43]],
  },

  {
    name: "count-runs",
    group: "Maps",
    title: "count the runs in an array",
    text:
      "map runs type array key 4 value 8 entries 1\n\n*(u32 *)(r10 - 4) = 0\nr1 = runs ll\nr2 = r10\nr2 += -4\n" +
      "call bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = 1\nlock *(u64 *)(r0 + 0) += r1\nr0 = *(u64 *)(r0 + 0)\nout:\nexit",
    expected: "accepted",
    why: "The key lies on the stack, and the helper answers with the address of its value. What is written there is still there in the next run.",
    answers: [
      [7, 1],
      [7, 2],
    ],
  },
  {
    name: "count-here",
    group: "Maps",
    title: "count the runs, each processor by itself",
    text:
      "map runs type percpu_array key 4 value 8 entries 1\n\n*(u32 *)(r10 - 4) = 0\nr1 = runs ll\nr2 = r10\nr2 += -4\n" +
      "call bpf_map_lookup_elem\nif r0 == 0 goto out\nr1 = 1\nlock *(u64 *)(r0 + 0) += r1\nr0 = *(u64 *)(r0 + 0)\nout:\nexit",
    expected: "accepted",
    why: "The helper answers with the address of this processor's own value, so no processor waits for another. The lock stays: this kernel may turn to another task, and its write, in the middle of a run. (From notebook 08 on it may not.)",
    answers: [
      [7, 1],
      [7, 2],
    ],
  },
  {
    name: "count-elsewhere",
    group: "Maps",
    title: "look at the count of a certain processor",
    text:
      "map runs type percpu_array key 4 value 8 entries 1\n\n*(u32 *)(r10 - 4) = 0\nr1 = runs ll\nr2 = r10\nr2 += -4\n" +
      "r3 = 0 // the processor\ncall bpf_map_lookup_percpu_elem\nif r0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:\nexit",
    expected: "^unknown func bpf_map_lookup_percpu_elem#195$",
    why: "A helper for that exists, but it is not on the list that the book's get_func_proto has for its type. User space sees the values of all processors.",
  },
  {
    name: "count-unchecked",
    group: "Maps",
    title: "count the runs, and take the value for granted",
    text:
      "map runs type array key 4 value 8 entries 1\n\n*(u32 *)(r10 - 4) = 0\nr1 = runs ll\nr2 = r10\nr2 += -4\n" +
      "call bpf_map_lookup_elem\nr1 = 1\nlock *(u64 *)(r0 + 0) += r1\nr0 = 0\nexit",
    expected: "^R0 invalid mem access 'map_value_or_null'$",
    why: "An array has its element 0 from the start, but the verifier does not look at keys: for any of them, the helper may answer with 0.",
  },
  {
    name: "value-too-far",
    group: "Maps",
    title: "read eight bytes of a value of four",
    text:
      "map runs type array key 4 value 4 entries 1\n\n*(u32 *)(r10 - 4) = 0\nr1 = runs ll\nr2 = r10\nr2 += -4\n" +
      "call bpf_map_lookup_elem\nif r0 == 0 goto out\nr0 = *(u64 *)(r0 + 0)\nout:\nexit",
    expected: "^invalid access to map value, value_size=4 off=0 size=8$",
    why: "The first line says how long a value is, and the verifier holds the program to it.",
  },
  {
    name: "count-each",
    group: "Maps",
    title: "count each input in a hash",
    text:
      "map seen type hash key 4 value 8 entries 16\n\nr6 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r6\nr1 = seen ll\n" +
      "r2 = r10\nr2 += -4\ncall bpf_map_lookup_elem\nif r0 != 0 goto again\n\n// the first time\n*(u64 *)(r10 - 16) = 1\n" +
      "r1 = seen ll\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -16\nr4 = 0\ncall bpf_map_update_elem\nr0 = 1\nexit\n\n" +
      "again:\nr1 = *(u64 *)(r0 + 0)\nr1 += 1\n*(u64 *)(r0 + 0) = r1\nr0 = r1\nexit",
    expected: "accepted",
    why: "Key and value are copied into the map, from the stack. The 17th input finds no room: the helper then answers with an error, which this program does not look at.",
    answers: [
      [5, 1],
      [6, 1],
      [5, 2],
    ],
  },
  {
    name: "last-three",
    group: "Maps",
    title: "keep the last three inputs in a queue",
    text:
      "map last type queue value 4 entries 3\n\nr6 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r6\nr1 = last ll\nr2 = r10\n" +
      "r2 += -4\nr3 = 2 // BPF_EXIST: the oldest makes room\ncall bpf_map_push_elem\nr0 = r6\nexit",
    expected: "accepted",
    why: "A queue has no keys: what goes in first comes out first, or makes room.",
    answers: [
      [8, 8],
      [9, 9],
    ],
  },
  {
    name: "into-ring-buffer",
    group: "Maps",
    title: "write each input into a ring buffer",
    text:
      "map records type ringbuf entries 4096\n\nr6 = *(u32 *)(r1 + 0)\n*(u32 *)(r10 - 4) = r6\nr1 = records ll\nr2 = r10\n" +
      "r2 += -4\nr3 = 4\nr4 = 0\ncall bpf_ringbuf_output\nr0 = 0\nexit",
    expected: "^unknown func bpf_ringbuf_output#130$",
    why: "The map is there, but its helpers are not on the list that the book's get_func_proto has for its type. A queue does nearly the same, and its helpers are.",
  },

  {
    name: "add-up",
    group: "Jumps and loops",
    title: "add up ten times",
    text: "r1 = *(u32 *)(r1 + 0)\nr0 = 0\nr2 = 10\nagain:\nr0 += r1\nr2 -= 1\nif r2 != 0 goto again\nexit",
    expected: "accepted",
    why: "The verifier walks around ten times, knows r2 each time, and comes out at the end.",
    without: {
      expected: "^BPF program is too large\\. Processed 1000001 insn$",
      why: "Without CAP_PERFMON the verifier also walks where a processor may guess: on, after the tenth time, with r2 = -1, -2, and so on.",
      slow: true,
    },
    answers: [[4, 40]],
  },
  {
    name: "endless",
    group: "Jumps and loops",
    title: "wait until the number is 0",
    text: "r0 = *(u32 *)(r1 + 0)\nif r0 != 0 goto -1\nexit",
    expected: "infinite loop detected at insn 1$",
    why: "After one round nothing has changed, so nothing ever will.",
  },
  {
    name: "count-forever",
    group: "Jumps and loops",
    title: "count, and never stop",
    text: "r0 = 0\nagain:\nr0 += 1\ngoto again",
    expected: "^BPF program is too large\\. Processed 1000001 insn$",
    why: "Each round is another state, so the verifier goes on until its patience of a million instructions is over. That is what it walks; notebook 03 shows programs that run longer.",
    slow: true,
  },
  {
    name: "count-down",
    group: "Jumps and loops",
    title: "count the input down to 0",
    text: "r1 = *(u32 *)(r1 + 0)\nr0 = 0\nagain:\nif r1 == 0 goto out\nr0 += 2\nr1 -= 1\ngoto again\nout:\nexit",
    expected: "^The sequence of 8193 jumps is too complex\\.$",
    why: "It would end, after up to 4294967295 rounds: the verifier puts each possible end aside for later, and 8192 are its limit.",
  },
  {
    name: "masked-equal",
    group: "Jumps and loops",
    title: "count the input's last five bits down, until they == 0",
    text: "r1 = *(u32 *)(r1 + 0)\nr1 &= 31\nr0 = 0\nagain:\nif r1 == 0 goto out\nr0 += r1\nr1 -= 1\ngoto again\nout:\nexit",
    expected: "^The sequence of 8193 jumps is too complex\\.$",
    why: "It ends after at most 31 rounds, but the verifier of Linux 6.1 does not see it: where the comparison with 0 fails, it learns nothing, so r1 may become -1 and go on.",
  },
  {
    name: "masked-less",
    group: "Jumps and loops",
    title: "count the input's last five bits down, until they < 1",
    text: "r1 = *(u32 *)(r1 + 0)\nr1 &= 31\nr0 = 0\nagain:\nif r1 < 1 goto out\nr0 += r1\nr1 -= 1\ngoto again\nout:\nexit",
    expected: "accepted",
    why: "Where this comparison fails, r1 is at least 1 and at most 31, and one less in each round.",
    without: {
      expected: "^The sequence of 8193 jumps is too complex\\.$",
      why: "Without CAP_PERFMON the verifier also walks where a processor may guess: on, after r1 was 0.",
      slow: true,
    },
    answers: [
      [3, 6],
      [31, 496],
      [32, 0],
    ],
  },
  {
    name: "out-of-range",
    group: "Jumps and loops",
    title: "jump over the end",
    text: "r0 = 0\ngoto +5\nexit",
    expected: "^jump out of range from insn 1 to 7$",
    why: "Nothing is there: the program has ended before.",
  },
  {
    name: "unreachable",
    group: "Jumps and loops",
    title: "leave out an instruction",
    text: "r0 = 0\ngoto out\nr0 = 1\nout:\nexit",
    expected: "^unreachable insn 2$",
    why: "No way leads to instruction 2. Compilers leave no such code, so it is a mistake or a trick.",
  },
  {
    name: "dead-branch",
    group: "Jumps and loops",
    title: "read far outside on a way never taken",
    text: "r0 = 0\nif r0 == 0 goto out\nr0 = *(u32 *)(r1 + 1000)\nout:\nexit",
    expected: "accepted",
    why: "r0 is known to be 0, so the verifier never walks that way, and takes the instruction out of the program.",
    without: {
      expected: "^invalid bpf_context access off=1000 size=4$",
      why: "A processor may guess, and go that way for a moment (Spectre). Without CAP_PERFMON the verifier goes there, too.",
    },
    answers: [[1, 0]],
  },
  {
    name: "no-exit",
    group: "Jumps and loops",
    title: "leave out the exit",
    text: "r0 = 0",
    expected: "^last insn is not an exit or jmp$",
    why: "The processor would run on into whatever lies behind.",
  },
]);
