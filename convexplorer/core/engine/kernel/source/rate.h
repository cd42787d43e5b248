/* Multiply-adds alone, from registers to registers: what no correlation can be faster than (`tests/bench/engine.py`). */
#ifndef CONVEXPLORER_RATE_H
#define CONVEXPLORER_RATE_H

#include "vectors.h"

#define CHAINS 10 /* as many as the units are deep */

/* `times` · CHAINS · LANES multiply-adds. */
static float multiply_add(int64_t times) {
    vec sums[CHAINS], factor = (vec){0} + 0.5f, more = (vec){0} + 1.0f;
    UNROLL for (int i = 0; i < CHAINS; i++) sums[i] = (vec){0} + (float)i;
    for (int64_t t = 0; t < times; t++) UNROLL for (int i = 0; i < CHAINS; i++) sums[i] = sums[i] * factor + more;
    float total = 0;
    UNROLL for (int i = 0; i < CHAINS; i++) total += sums[i][0];
    return total;
}

#endif
