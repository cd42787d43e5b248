/* Vectors of the instruction set that a file is compiled for: LANES floats each, REGISTERS of them in the processor.

   The compilers' vector extensions (GCC's and Clang's) turn these into the machine's instructions, so that one text
   serves all instruction sets. Included once by each file of a set (`avx512.c`, `avx2.c`, `baseline.c`). */
#ifndef CONVEXPLORER_VECTORS_H
#define CONVEXPLORER_VECTORS_H

#include "kernel.h"

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 16")
#endif

typedef float vec __attribute__((vector_size(4 * LANES)));
/* The same in memory, at any address of a float. */
typedef float loose_vec __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t mask __attribute__((vector_size(4 * LANES)));
typedef double wide __attribute__((vector_size(8 * LANES)));

static inline vec load(const float *from) { return *(const loose_vec *)from; }

static inline void store(float *to, vec values) { *(loose_vec *)to = values; }

/* Where vectors begin in a block of memory that is larger by one: loads across two lines of the cache take twice as long. */
static inline float *aligned(float *memory) {
    return (float *)(((uintptr_t)memory + sizeof(vec) - 1) / sizeof(vec) * sizeof(vec));
}

/* The second where either is NaN, as x86 does it. */
#if !defined(LESSER)
#define PICK_LANES(which, yes, no) ((vec)(((mask)(which) & (mask)(yes)) | (~(mask)(which) & (mask)(no))))
#define LESSER(a, b) PICK_LANES((a) < (b), a, b)
#define GREATER(a, b) PICK_LANES((a) > (b), a, b)
#endif

static inline vec lesser(vec a, vec b) { return LESSER(a, b); }

static inline vec greater(vec a, vec b) { return GREATER(a, b); }

/* max(0, v), which leaves NaN as it is. */
static inline vec rectified(vec values) { return GREATER((vec){0}, values); }

#endif
