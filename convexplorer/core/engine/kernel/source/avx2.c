/* The kernel for processors with AVX2. */
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "variant.h"

#define LANES 8
/* What neither compiler is sure to find in vector extensions. */
#define LESSER(a, b) ((vec)_mm256_min_ps(a, b))
#define GREATER(a, b) ((vec)_mm256_max_ps(a, b))
#define REGISTERS 16

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif

#include "rate.h"
#include "winograd.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const Variant avx2 = {"avx2", correlate_directly, correlate_by_winograd, multiply_add};
#else
typedef int nothing_here;
#endif
