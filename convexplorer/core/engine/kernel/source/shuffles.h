/* Every fourth number to a vector of its own, and back. */
#ifndef CONVEXPLORER_SHUFFLES_H
#define CONVEXPLORER_SHUFFLES_H

#include "vectors.h"

#if LANES == 16
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30
#define ODD 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31
#define FIRST 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define SECOND 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define EVEN 0, 2, 4, 6, 8, 10, 12, 14
#define ODD 1, 3, 5, 7, 9, 11, 13, 15
#define FIRST 0, 8, 1, 9, 2, 10, 3, 11
#define SECOND 4, 12, 5, 13, 6, 14, 7, 15
#else
#define EVEN 0, 2, 4, 6
#define ODD 1, 3, 5, 7
#define FIRST 0, 4, 1, 5
#define SECOND 2, 6, 3, 7
#endif

#if defined(__clang__)
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#else
#define SHUFFLE(a, b, ...) __builtin_shuffle(a, b, (mask){__VA_ARGS__})
#endif

/* 4 · LANES numbers, dealt to four rows that lie `step` apart. */
static inline void deal(const float *from, float *to, int64_t step) {
    vec a = load(from), b = load(from + LANES), c = load(from + 2 * LANES), d = load(from + 3 * LANES);
    vec even = SHUFFLE(a, b, EVEN), odd = SHUFFLE(a, b, ODD);
    vec even2 = SHUFFLE(c, d, EVEN), odd2 = SHUFFLE(c, d, ODD);
    store(to, SHUFFLE(even, even2, EVEN));
    store(to + step, SHUFFLE(odd, odd2, EVEN));
    store(to + 2 * step, SHUFFLE(even, even2, ODD));
    store(to + 3 * step, SHUFFLE(odd, odd2, ODD));
}

/* The reverse: one number of each of four vectors in turn. */
static inline void gather(const vec *from, float *to) {
    vec even = SHUFFLE(from[0], from[2], FIRST), even2 = SHUFFLE(from[0], from[2], SECOND);
    vec odd = SHUFFLE(from[1], from[3], FIRST), odd2 = SHUFFLE(from[1], from[3], SECOND);
    store(to, SHUFFLE(even, odd, FIRST));
    store(to + LANES, SHUFFLE(even, odd, SECOND));
    store(to + 2 * LANES, SHUFFLE(even2, odd2, FIRST));
    store(to + 3 * LANES, SHUFFLE(even2, odd2, SECOND));
}

#endif
