/* The kernel for processors with AVX512. */
#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "variant.h"

#define LANES 16
/* What neither compiler is sure to find in vector extensions. */
#define LESSER(a, b) ((vec)_mm512_min_ps(a, b))
#define GREATER(a, b) ((vec)_mm512_max_ps(a, b))
#define REGISTERS 32

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,fma")
#endif

#include "rate.h"
#include "winograd.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const Variant avx512 = {"avx512", correlate_directly, correlate_by_winograd, multiply_add};
#else
typedef int nothing_here;
#endif
