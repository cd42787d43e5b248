/* The kernel for any processor: SSE2 on x86-64, NEON on ARM, whatever four floats are elsewhere. */
#include "variant.h"

#define LANES 4
#if defined(__aarch64__)
#define REGISTERS 32
#else
#define REGISTERS 16
#endif

#include "rate.h"
#include "winograd.h"

const Variant baseline = {"baseline", correlate_directly, correlate_by_winograd, multiply_add};
