/* Correlation with 3 × 3 windows, stride 1, by fewer multiplications: Winograd's F(4 × 4, 3 × 3).

   Each 6 × 6 inputs give 4 × 4 nodes by 36 multiplications instead of 144: the inputs and the weights are transformed,
   multiplied place by place (summed over channels: the tiles of `tiles.h`, with channels for taps), and transformed
   back. See A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016. The points ±√½ and ±√2
   instead of the usual ±1 and ±2 lose the fewest digits: B. Barabasz and others, "Error Analysis and Improving the
   Accuracy of Winograd Convolution for Deep Neural Networks", 2020.

   Vectors hold neighbouring 4 × 4 blocks of nodes, so that any number of channels and filters is served alike. A pixel
   that is not finite would spoil all nodes of its block: such maps are not used (SPOILT). */
#ifndef CONVEXPLORER_WINOGRAD_H
#define CONVEXPLORER_WINOGRAD_H

#include "direct.h"
#include "shuffles.h"

#define PLACES 36
#define TRANSFORMED (192 << 10) /* numbers of transformed inputs held at once, about */

#define ROOT_HALF 0.70710678118654752440
#define ROOT_TWO 1.41421356237309504880

typedef struct {
    const Job *job;
    Control control;
    atomic_int spoilt;
    int64_t down, across;      /* blocks of nodes */
    int64_t strip, rows;       /* blocks of an item: across, down */
    int64_t strips, items, line, inputs, sums, size; /* floats of a thread, in parts and in all */
    int32_t *offsets;
    float *weights; /* place by place, each as for `correlate_row`: block by block, (channels, filters of the block) */
    float *scratch;
} Winograd;

/* B transposed · d */
static inline void transform_inputs(vec *to, const vec *d) {
    const float a = (float)ROOT_HALF, b = (float)ROOT_TWO;
    vec even = d[4] - 2.0f * d[2], odd = a * d[3] - b * d[1];
    vec even2 = d[4] - 0.5f * d[2], odd2 = b * d[3] - a * d[1];
    to[0] = d[0] - 2.5f * d[2] + d[4];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even2 + odd2;
    to[4] = even2 - odd2;
    to[5] = d[1] - 2.5f * d[3] + d[5];
}

/* A transposed · m */
static inline void transform_sums(vec *to, const vec *m) {
    const float a = (float)ROOT_HALF, b = (float)ROOT_TWO;
    vec plus = m[1] + m[2], minus = m[1] - m[2], plus2 = m[3] + m[4], minus2 = m[3] - m[4];
    to[0] = m[0] + plus + plus2;
    to[1] = a * minus + b * minus2;
    to[2] = 0.5f * plus + 2.0f * plus2;
    to[3] = 0.5f * a * minus + 2.0f * b * minus2 + m[5];
}

/* G · w · G transposed, in doubles, for all filters and channels. */
static void transform_weights(const Job *job, float *to) {
    static const double G[6][3] = {{1, 0, 0},
                                   {-2. / 3, -2. / 3 * ROOT_HALF, -1. / 3},
                                   {-2. / 3, 2. / 3 * ROOT_HALF, -1. / 3},
                                   {1. / 6, ROOT_TWO / 6, 1. / 3},
                                   {1. / 6, -ROOT_TWO / 6, 1. / 3},
                                   {0, 0, 1}};
    int64_t plane = job->filters * job->channels;
    for (int64_t first = 0, block; first < job->filters; first += block) {
        block = block_of(job->filters - first);
        for (int64_t c = 0; c < job->channels; c++)
            for (int64_t f = 0; f < block; f++) {
                const float *w = job->weights + ((first + f) * job->channels + c) * 9;
                double half[6][3];
                for (int i = 0; i < 6; i++)
                    for (int k = 0; k < 3; k++)
                        half[i][k] = G[i][0] * w[k] + G[i][1] * w[3 + k] + G[i][2] * w[6 + k];
                float *at = to + first * job->channels + c * block + f;
                for (int i = 0; i < 6; i++)
                    for (int k = 0; k < 6; k++)
                        at[(i * 6 + k) * plane] = (float)(job->gain * (half[i][0] * G[k][0] + half[i][1] * G[k][1] +
                                                                       half[i][2] * G[k][2]));
            }
    }
}

/* The inputs of rows of blocks, transformed: `to` (PLACES, channels, blocks). */
static void prepare_inputs(const Winograd *plan, int64_t row, int64_t rows, int64_t column, int64_t count,
                           float *lines, float *to) {
    const Job *job = plan->job;
    int64_t across = rounded_up(count), phase = across + LANES, line = 4 * phase;
    float *packed = lines + line;
    Span span = span_of(job, column, 1, 4 * count + 2);
    for (int64_t channel = 0; channel < job->channels; channel++) {
        for (int64_t r = 0; r < 4 * rows + 2; r++) {
            pack_row(job, channel, row + r, &span, lines);
            memset(lines + 4 * count + 2, 0, (size_t)(line - 4 * count - 2) * sizeof(float));
            for (int64_t i = 0; i < phase; i += LANES) deal(lines + 4 * i, packed + r * line + i, phase);
        }
        for (int64_t g = 0; g < rows; g++)
            for (int64_t k = 0; k < count; k += LANES) {
                vec half[6][6], d[6], e[6];
                UNROLL for (int c = 0; c < 6; c++) {
                    const float *at = packed + g * 4 * line + (c & 3) * phase + k + c / 4;
                    UNROLL for (int r = 0; r < 6; r++) d[r] = load(at + r * line);
                    transform_inputs(e, d);
                    UNROLL for (int r = 0; r < 6; r++) half[r][c] = e[r];
                }
                float *at = to + channel * plan->line + g * count + k;
                UNROLL for (int r = 0; r < 6; r++) {
                    transform_inputs(e, half[r]);
                    UNROLL for (int c = 0; c < 6; c++) store(at + (r * 6 + c) * job->channels * plan->line, e[c]);
                }
            }
    }
}

/* Nodes of a row of blocks of one filter from their transformed sums (PLACES, blocks); whether all are finite. */
static int finish_row(const Winograd *plan, int64_t filter, int64_t row, int64_t column, int64_t count,
                      const float *sums) {
    const Job *job = plan->job;
    int64_t rows = least(4, job->last_row - row);
    float bias = job->bias[filter];
    vec spoilt = {0};
    for (int64_t k = 0; k < count; k += LANES) {
        vec half[4][6], m[6], e[4];
        UNROLL for (int c = 0; c < 6; c++) {
            UNROLL for (int r = 0; r < 6; r++) m[r] = load(sums + (r * 6 + c) * plan->line + k);
            transform_sums(e, m);
            UNROLL for (int r = 0; r < 4; r++) half[r][c] = e[r];
        }
        int64_t x = column + 4 * k, columns = least(4 * LANES, job->last_column - x);
        columns = least(columns, 4 * (count - k));
        for (int64_t r = 0; r < rows; r++) {
            transform_sums(e, half[r]);
            UNROLL for (int c = 0; c < 4; c++) {
                e[c] += bias;
                spoilt += e[c] * 0.0f; /* 0, or NaN where it is not finite */
                if (job->relu) e[c] = rectified(e[c]);
            }
            float *to = job->maps + filter * job->map_step + (row + r - job->first_row) * job->map_row_step + x -
                        job->first_column;
            if (columns == 4 * LANES) {
                gather(e, to);
                continue;
            }
            float some[4 * LANES];
            gather(e, some);
            memcpy(to, some, (size_t)columns * sizeof(float));
        }
    }
    for (int lane = 0; lane < LANES; lane++)
        if (spoilt[lane] != 0) return 0;
    return 1;
}

static int winograd_item(Winograd *plan, int64_t thread, int64_t item, float *scratch) {
    const Job *job = plan->job;
    int64_t block_row = item / plan->strips * plan->rows, block_column = item % plan->strips * plan->strip;
    int64_t rows = least(plan->rows, plan->down - block_row);
    int64_t count = least(plan->strip, plan->across - block_column);
    int64_t row = job->first_row + 4 * block_row, column = job->first_column + 4 * block_column;
    float *inputs = scratch, *sums = inputs + plan->inputs, *lines = sums + plan->sums;
    prepare_inputs(plan, row - job->top, rows, column - job->left, count, lines, inputs);
    for (int64_t first = 0, block; first < job->filters; first += block) {
        block = block_of(job->filters - first);
        for (int64_t place = 0; place < PLACES; place++) {
            if (stopped(&plan->control, thread)) return 0;
            const float *weights = plan->weights + (place * job->filters + first) * job->channels;
            const float *from = inputs + place * job->channels * plan->line;
            float *to = sums + place * plan->line;
            for (int64_t c = 0; c < job->channels; c += LEAST_RUN) {
                int64_t taps = least(LEAST_RUN, job->channels - c), vectors;
                for (int64_t x = 0; x < rows * count; x += vectors * LANES) {
                    Tile tile = tile_of(block, rows * count - x, &vectors);
                    Ending ending = {c ? to + x : 0, PLACES * plan->line, 0, 0};
                    tile(from + x, plan->offsets + c, weights + c * block, taps, &ending, to + x, PLACES * plan->line);
                }
            }
        }
        for (int64_t f = 0; f < block; f++)
            for (int64_t g = 0; g < rows; g++)
                if (!finish_row(plan, first + f, row + 4 * g, column, count,
                                sums + f * PLACES * plan->line + g * count))
                    return atomic_store(&plan->spoilt, 1), 0;
    }
    return 1;
}

static void winograd_items(void *context, int64_t thread) {
    Winograd *plan = context;
    float *scratch = plan->scratch + thread * plan->size;
    /* What lies behind the last block is multiplied, though never used; leftovers in memory may be slow to multiply. */
    memset(scratch, 0, (size_t)plan->size * sizeof(float));
    for (;;) {
        int64_t item = atomic_fetch_add(&plan->control.next, 1);
        if (item >= plan->items || atomic_load(&plan->spoilt) || stopped(&plan->control, thread)) return;
        if (!winograd_item(plan, thread, item, scratch)) return;
    }
}

static int correlate_by_winograd(const Job *job) {
    Winograd plan = {.job = job, .control = {.ask = job->should_stop, .asked = seconds()}};
    int result = NO_MEMORY;
    plan.down = ceiling(job->last_row - job->first_row, 4);
    plan.across = ceiling(job->last_column - job->first_column, 4);
    int64_t blocks = most(TRANSFORMED / (PLACES * job->channels) / LANES, 2) * LANES;
    plan.strips = ceiling(plan.across, blocks);
    plan.strip = plan.strips > 1 ? ceiling(ceiling(plan.across, plan.strips), LANES) * LANES : plan.across;
    plan.strips = ceiling(plan.across, plan.strip);
    plan.rows = most(least(blocks / plan.strip, plan.down / 8), 1);
    plan.items = ceiling(plan.down, plan.rows) * plan.strips;
    plan.line = rounded_up(plan.rows * plan.strip + BEYOND);
    plan.inputs = PLACES * job->channels * plan.line;
    plan.sums = MOST_FILTERS * PLACES * plan.line;
    plan.size = rounded_up(plan.inputs + plan.sums + (4 * plan.rows + 3) * 4 * (rounded_up(plan.strip) + LANES));
    int64_t threads = least(job->threads, plan.items);
    plan.offsets = malloc((size_t)job->channels * sizeof(int32_t));
    plan.weights = malloc((size_t)(PLACES * job->filters * job->channels) * sizeof(float));
    float *scratch = malloc((size_t)(threads * plan.size) * sizeof(float) + sizeof(vec));
    if (plan.offsets && plan.weights && scratch && plan.inputs <= INT32_MAX) {
        plan.scratch = aligned(scratch);
        for (int64_t c = 0; c < job->channels; c++) plan.offsets[c] = (int32_t)(c * plan.line);
        transform_weights(job, plan.weights);
        run_threads(winograd_items, &plan, threads);
        result = atomic_load(&plan.control.stop) ? STOPPED : atomic_load(&plan.spoilt) ? SPOILT : DONE;
    }
    free(plan.offsets);
    free(plan.weights);
    free(scratch);
    return result;
}

#endif
