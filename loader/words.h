/* SPDX-License-Identifier: GPL-2.0-only */
/* Load objects, and compare what comes back, and the words that were said, with the expected. */
#ifndef WORDS_H
#define WORDS_H

#include "caps.h"
#include "command.h"

static char said[1 << 20];
static int failures;

struct load {
	const char *use, *file, *name;	/* the program of this name, and no other; NULL: all */
	int expected;
	const char *words;
};

static inline int listen_to(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t length = strlen(said);

	if (level == LIBBPF_DEBUG)
		return 0;
	return vsnprintf(said + length, sizeof(said) - length, format, args);
}

/* Whether the words were said; -1 and no errno if not. */
static inline int expect_words(const char *words)
{
	if (!strstr(said, words)) {
		printf("    expected: %s\n", words);
		failures++;
		return -1;
	}
	if (*words)
		printf("    %s\n", words);
	return 0;
}

/* The C library knows what user space may see; the kernel has some more. */
static inline const char *name_of(int err)
{
	return err == 524 ? "ENOTSUPP" : err ? strerrorname_np(err) : "ok";
}

static inline void expect(const char *use, int got, int expected, const char *words)
{
	printf("%-44s %s\n", use, name_of(got));
	if (got != expected) {
		printf("    expected %s\n", name_of(expected));
		failures++;
	}
	if (expect_words(words))
		printf("%s", said);
	said[0] = 0;
}

/* For what is a fact, not a call. */
static inline void expect_that(const char *fact, int holds)
{
	printf("%-44s %s\n", fact, holds ? "yes" : "NO");
	failures += !holds;
}

/* An object of which the program of this name will be loaded, and no other, or all; or NULL. */
static inline struct bpf_object *open_for(const char *file, const char *name)
{
	struct bpf_object *object = bpf_object__open_file(file, NULL);
	struct bpf_program *program;

	if (!object)
		return NULL;
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program,
					  !name || !strcmp(bpf_program__name(program), name));
	return object;
}

/* The object with the program of this name, and the struct NAME_ops, and no other; or all. */
static inline struct bpf_object *load_one(const char *file, const char *name)
{
	struct bpf_object *object = open_for(file, name);
	char ops[64];

	if (!object)
		return NULL;
	snprintf(ops, sizeof(ops), "%s_ops", name ?: "");
	if (name)
		keep_struct(object, ops);
	if (!bpf_object__load(object))
		return object;
	bpf_object__close(object);
	return NULL;
}

/* Load it, and let it go: an errno, or 0. */
static inline int try_one(const char *file, const char *name)
{
	struct bpf_object *object = load_one(file, name);

	if (!object)
		return errno;
	bpf_object__close(object);
	return 0;
}

/* An errno, or 0. */
static inline int load(const char *file, const char *name)
{
	struct bpf_object *object = open_for(file, name);
	int err;

	if (!object)
		return errno;
	err = bpf_object__load(object);
	bpf_object__close(object);
	return -err;
}

static inline void expect_loads(const struct load *loads, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(loads[i].use, load(loads[i].file, loads[i].name), loads[i].expected,
		       loads[i].words);
}

/* Load it as a user who is not root, and has no capabilities but these. */
static inline int load_with(unsigned long long caps, const char *file)
{
	int status;

	if (!fork()) {
		libbpf_set_print(NULL);
		_exit(become_nobody_with(caps) ? 255 : load(file, NULL));
	}
	wait(&status);
	return WEXITSTATUS(status);
}

#endif /* WORDS_H */
