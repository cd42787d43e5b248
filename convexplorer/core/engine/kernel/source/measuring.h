/* Figures and peaks of maps, gathered while their rows are still in the cache; so a map need not be written at all. */
#ifndef CONVEXPLORER_MEASURING_H
#define CONVEXPLORER_MEASURING_H

#include <math.h>

#include "vectors.h"

#define GROUP 8 /* vectors that are summed in single precision, before doubles take over */

static void measure_value(float value, float floor, double *figures) {
    if (value < figures[LOW]) figures[LOW] = value;
    if (value > figures[HIGH]) figures[HIGH] = value;
    figures[SUM] += value;
    figures[ACTIVE] += value > floor;
}

/* Join a row of values to the figures of their map; NaN becomes the sum, and counts in nothing else. */
static void measure_row(const float *values, int64_t count, float floor, double *figures) {
    vec low = (vec){0} + INFINITY, high = -low;
    wide sum = {0};
    mask active = {0};
    int64_t i = 0;
    for (; i + LANES <= count;) {
        vec some = {0};
        int64_t end = least(i + GROUP * LANES, count - LANES + 1);
        for (; i < end; i += LANES) {
            vec v = load(values + i);
            low = lesser(v, low);
            high = greater(v, high);
            some += v;
            active -= v > (vec){0} + floor; /* true is −1 */
        }
        sum += __builtin_convertvector(some, wide);
    }
    for (int lane = 0; i && lane < LANES; lane++) {
        if (low[lane] < figures[LOW]) figures[LOW] = low[lane];
        if (high[lane] > figures[HIGH]) figures[HIGH] = high[lane];
        figures[SUM] += sum[lane];
        figures[ACTIVE] += active[lane];
    }
    for (; i < count; i++) measure_value(values[i], floor, figures);
}

/* The extremes of each column over the rows of a block; then those of each block of columns. */
static void widen_row(float *ends, const float *values, int64_t count, int high) {
    int64_t i = 0;
    for (; i + LANES <= count; i += LANES) {
        vec v = load(values + i), end = load(ends + i);
        store(ends + i, high ? greater(v, end) : lesser(v, end));
    }
    for (; i < count; i++)
        if (high ? values[i] > ends[i] : values[i] < ends[i]) ends[i] = values[i];
}

static void widen_blocks(float *blocks, float *ends, int64_t count, int64_t step, int high) {
    float neutral = high ? -INFINITY : INFINITY;
    for (int64_t i = 0; i < count; blocks++)
        for (int64_t end = least(i + step, count); i < end; i++) {
            if (high ? ends[i] > *blocks : ends[i] < *blocks) *blocks = ends[i];
            ends[i] = neutral;
        }
}

#endif
