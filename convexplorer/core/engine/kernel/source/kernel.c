/* What Python calls, by ctypes: the instruction sets that this processor has, best first, and the work done by one. */
#include "variant.h"

extern const Variant baseline;

#if defined(__x86_64__) || defined(_M_X64)
#include <cpuid.h>

extern const Variant avx512, avx2;

/* Which registers the system saves when it switches tasks; without its help the processor's are of no use. */
static uint64_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return ((uint64_t)high << 32) | low;
}

static int usable(const Variant *variant) {
    uint32_t a, b, c, d;
    if (variant == &baseline) return 1;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_FMA)) return 0;
    uint64_t saved = saved_registers();
    if ((saved & 0x06) != 0x06 || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return 0;
    if (variant == &avx2) return 1;
    uint32_t needed = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    return (saved & 0xe6) == 0xe6 && (b & needed) == needed;
}

static const Variant *const variants[] = {&avx512, &avx2, &baseline};
#else
static int usable(const Variant *variant) { return variant != 0; }

static const Variant *const variants[] = {&baseline};
#endif

#define COUNT ((int64_t)(sizeof variants / sizeof *variants))

/* Of which source this is (`compilers.py`): a library of another one may expect other orders. */
EXPORT const char *kernel_stamp(void) { return STAMP; }

/* The name of the n-th instruction set; NULL behind the last one. */
EXPORT const char *kernel_name(int64_t n) { return n >= 0 && n < COUNT ? variants[n]->name : 0; }

EXPORT int64_t kernel_usable(int64_t n) { return n >= 0 && n < COUNT && usable(variants[n]); }

EXPORT int64_t kernel_correlate(int64_t n, const Job *job) { return variants[n]->correlate(job); }

EXPORT int64_t kernel_winograd(int64_t n, const Job *job) { return variants[n]->correlate_by_winograd(job); }

EXPORT float kernel_multiply_add(int64_t n, int64_t times) { return variants[n]->multiply_add(times); }
