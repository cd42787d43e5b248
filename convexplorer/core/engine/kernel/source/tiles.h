/* The inner loop: some filters × some vectors of columns, whose sums stay in registers over a list of taps.

   A tap is a place of the window: one offset into the packed input, and one weight for each filter. Channels, size,
   dilation and stride are all in that list, so one loop serves every layer. A vector that is loaded serves all filters
   of the tile, and a weight all its vectors. */

#ifndef CONVEXPLORER_TILES_H
#define CONVEXPLORER_TILES_H

#include "vectors.h"

/* Where the sums of a tile go: `to` + filter · step. `earlier` sums are added, if any; then at the end the bias. */
typedef struct {
    const float *earlier;
    int64_t earlier_step;
    const float *bias;
    int relu;
} Ending;

typedef void (*Tile)(const float *from, const int32_t *offsets, const float *weights, int64_t taps,
                     const Ending *ending, float *to, int64_t step);

#define DEFINE_TILE(FILTERS, VECTORS)                                                                                  \
    static void tile_##FILTERS##x##VECTORS(const float *from, const int32_t *offsets, const float *weights,   \
                                                    int64_t taps, const Ending *ending, float *to, int64_t step) {     \
        vec sums[FILTERS][VECTORS];                                                                                    \
        UNROLL for (int f = 0; f < FILTERS; f++) UNROLL for (int v = 0; v < VECTORS; v++) sums[f][v] = (vec){0};       \
        for (int64_t t = 0; t < taps; t++) {                                                                           \
            const float *at = from + offsets[t];                                                                       \
            vec values[VECTORS];                                                                                       \
            UNROLL for (int v = 0; v < VECTORS; v++) values[v] = load(at + v * LANES);                                 \
            UNROLL for (int f = 0; f < FILTERS; f++) {                                                                 \
                float weight = weights[t * FILTERS + f];                                                               \
                UNROLL for (int v = 0; v < VECTORS; v++) sums[f][v] += values[v] * weight;                             \
            }                                                                                                          \
        }                                                                                                              \
        UNROLL for (int f = 0; f < FILTERS; f++) UNROLL for (int v = 0; v < VECTORS; v++) {                            \
            vec sum = sums[f][v];                                                                                      \
            if (ending->earlier) sum += load(ending->earlier + f * ending->earlier_step + v * LANES);                  \
            if (ending->bias) sum += ending->bias[f];                                                                  \
            if (ending->relu) sum = rectified(sum);                                                                    \
            store(to + f * step + v * LANES, sum);                                                                     \
        }                                                                                                              \
    }

/* As many sums as leave registers for the inputs: 24 of 32, 12 of 16. */
#if REGISTERS >= 32
#define MOST_FILTERS 8
DEFINE_TILE(8, 3)
DEFINE_TILE(8, 2)
DEFINE_TILE(8, 1)
DEFINE_TILE(4, 6)
DEFINE_TILE(4, 4)
DEFINE_TILE(4, 2)
DEFINE_TILE(4, 1)
DEFINE_TILE(3, 8)
#else
#define MOST_FILTERS 4
DEFINE_TILE(4, 3)
DEFINE_TILE(4, 2)
DEFINE_TILE(4, 1)
#endif
DEFINE_TILE(3, 4)
DEFINE_TILE(3, 2)
DEFINE_TILE(3, 1)
#if REGISTERS >= 32
DEFINE_TILE(2, 8)
#endif
DEFINE_TILE(2, 4)
DEFINE_TILE(2, 2)
DEFINE_TILE(2, 1)
DEFINE_TILE(1, 8)
DEFINE_TILE(1, 4)
DEFINE_TILE(1, 2)
DEFINE_TILE(1, 1)

/* How many filters the next block takes of those left. Few filters share too little of each load, so none remain alone
   where that can be helped: 9 are 4 + 3 + 2, not 8 + 1. */
static inline int64_t block_of(int64_t left) {
    if (MOST_FILTERS == 8 && (left == 8 || left >= 11)) return 8;
    if (left == 4 || left >= 7) return 4;
    return least(left, 3);
}

/* The tile for a block of filters that covers this many columns, or the largest there is; its vectors come back. It
   reaches beyond them by less than BEYOND columns. */
#define BEYOND (2 * LANES)

static inline Tile tile_of(int64_t filters, int64_t columns, int64_t *vectors) {
    int64_t needed = ceiling(columns, LANES);
#define PICK(FILTERS, VECTORS, FROM)                                                                                   \
    if (needed >= FROM) return *vectors = VECTORS, tile_##FILTERS##x##VECTORS;
    switch (filters) {
#if REGISTERS >= 32
    case 8: PICK(8, 3, 3) PICK(8, 2, 2) PICK(8, 1, 0) break;
    case 4: PICK(4, 6, 5) PICK(4, 4, 3) PICK(4, 2, 2) PICK(4, 1, 0) break;
    case 3: PICK(3, 8, 7) PICK(3, 4, 3) PICK(3, 2, 2) PICK(3, 1, 0) break;
    case 2: PICK(2, 8, 7) PICK(2, 4, 3) PICK(2, 2, 2) PICK(2, 1, 0) break;
#else
    case 4: PICK(4, 3, 3) PICK(4, 2, 2) PICK(4, 1, 0) break;
    case 3: PICK(3, 4, 3) PICK(3, 2, 2) PICK(3, 1, 0) break;
    case 2: PICK(2, 4, 3) PICK(2, 2, 2) PICK(2, 1, 0) break;
#endif
    default: break;
    }
    PICK(1, 8, 7) PICK(1, 4, 3) PICK(1, 2, 2) PICK(1, 1, 0)
#undef PICK
    return 0;
}

#endif
