/* Direct correlation: bands of rows are packed, and tiles of filters × columns go over them (`tiles.h`).

   Sums are made in runs of taps, and then their sums, as rounding errors of equal terms add up: both about as long, so
   that neither grows with more than the root of the number of taps. */
#ifndef CONVEXPLORER_DIRECT_H
#define CONVEXPLORER_DIRECT_H

#include <stdlib.h>

#include "measuring.h"
#include "packing.h"
#include "tiles.h"

#define LEAST_RUN 128     /* taps; their weights stay in the first cache */
#define PACKED (96 << 10) /* numbers of a packed band, about: what a second cache holds */
#define STRIP 4096        /* columns of nodes in a strip: whole rows, as a rule, since maps lie on many pages of memory */
#define PARTIAL_STRIP 1024 /* the same where sums of a run wait for those of the next */
#define MOST_BAND 16      /* rows of nodes in a band */

#define MOST_READS 16      /* of an input by different tiles, up to which it is read where it is */
#define PIECE_WORK 500000  /* multiplications that are worth an item of their own */
#define MOST_PIECES 16     /* items down the map that are enough to keep threads busy to the end */

typedef struct {
    const Job *job;
    Control control;
    Layout layout;
    int64_t taps, run, span_rows, span_columns;
    int64_t strip, strips, strip_origin, band, bands, band_origin, once; /* rows packed at once */
    int flat;                /* whether those rows are gone over as one, with the ends of rows between them for nothing */
    int64_t packed, partial; /* floats of a thread: its packed band; sums, and ends, of a filter */
    int64_t size;            /* floats of a thread in all */
    int32_t *offsets, *in_place; /* of the taps in a packed band; and in the image, where that can be read as it is */
    float *weights;          /* block by block: (taps, filters of the block) */
    double *figures;         /* of each item: (filters, FIGURES) */
    float *scratch;          /* of each thread */
} Direct;

/* The start of the step that `first` lies in, where steps begin at `origin`. */
static int64_t aligned_start(int64_t first, int64_t origin, int64_t step) {
    int64_t into = (first - origin) % step;
    return first - (into < 0 ? into + step : into);
}

static int64_t rounded_up(int64_t count) { return ceiling(count, LANES) * LANES; }

/* Which remainders of rows and columns the taps read at all: with a stride beyond the window, not all. */
static int64_t note_parts(int64_t *places, int64_t stride, int64_t kernel, int64_t dilation) {
    int64_t count = 0;
    for (int64_t i = 0; i < stride; i++) places[i] = -1;
    for (int64_t i = 0; i < kernel; i++)
        if (places[i * dilation % stride] < 0) places[i * dilation % stride] = count++;
    return count;
}

/* Columns of nodes of an item. Peaks belong to blocks of nodes, which no border of an item may cut. */
static void arrange_strips(Direct *plan) {
    const Job *job = plan->job;
    int64_t across = job->highs ? job->peak_step_across : 1, nodes = job->last_column - job->first_column;
    int64_t row_size = job->channels * plan->layout.column_parts * plan->span_rows;
    int64_t fitting = most(PACKED / row_size - plan->span_columns, 8 * LANES);
    plan->strip = least(least(fitting, plan->taps > plan->run ? PARTIAL_STRIP : STRIP), nodes);
    if (plan->strip < nodes) plan->strip = rounded_up(ceiling(nodes, ceiling(nodes, plan->strip))); /* all alike */
    plan->strip = ceiling(plan->strip, across) * across;
    plan->strip_origin = aligned_start(job->first_column, job->highs ? job->peak_column : 0, across);
    plan->strips = ceiling(job->last_column - plan->strip_origin, plan->strip);
}

/* Rows of nodes that are packed at once, and whether they are gone over as one, which wastes less of the vectors where
   they are short. */
static void arrange_rows(Direct *plan) {
    const Job *job = plan->job;
    Layout *layout = &plan->layout;
    int64_t nodes = job->last_row - job->first_row, across = least(plan->strip, job->last_column - job->first_column);
    int64_t pieces = nodes * across * plan->strips * plan->taps * job->filters / PIECE_WORK;
    pieces = most(least(pieces, MOST_PIECES), 1);
    layout->count = across + (plan->span_columns - 1) / job->stride;
    plan->flat = 10 * layout->count < 9 * rounded_up(across);
    layout->width = plan->flat ? layout->count : rounded_up(layout->count + BEYOND);
    /* Rows that are a multiple of a page apart share their places in the first cache. */
    if (layout->width % 1024 == 0) layout->width += LANES;
    int64_t rows = PACKED / (job->channels * layout->column_parts * layout->width);
    plan->once = (rows - plan->span_rows) / job->stride + 1;
    plan->once = least(plan->once, plan->flat ? PARTIAL_STRIP / layout->width : MOST_BAND);
    plan->once = most(least(plan->once, ceiling(nodes, pieces)), 1);
    layout->part = (ceiling(plan->span_rows, job->stride) + plan->once - 1) * layout->width;
    plan->packed = rounded_up(job->channels * layout->parts * layout->part + BEYOND);

    int64_t down = job->highs ? job->peak_step_down : 1;
    plan->band = ceiling(plan->once, down) * down;
    plan->band_origin = aligned_start(job->first_row, job->highs ? job->peak_row : 0, down);
    plan->bands = ceiling(job->last_row - plan->band_origin, plan->band);
    plan->partial = rounded_up((plan->flat ? plan->once * layout->width : plan->strip) + BEYOND);
    plan->size = plan->packed + (job->highs ? 3 : 1) * MOST_FILTERS * plan->partial;
}

static void list_taps(Direct *plan) {
    const Job *job = plan->job;
    const Layout *layout = &plan->layout;
    int32_t *offset = plan->offsets;
    for (int64_t c = 0; c < job->channels; c++)
        for (int64_t i = 0; i < job->kernel_rows; i++)
            for (int64_t k = 0; k < job->kernel_columns; k++)
                *offset++ = (int32_t)(c * layout->parts * layout->part +
                                      place_of(layout, job->stride, i * job->dilation, k * job->dilation));
    for (int64_t t = 0; plan->in_place && t < plan->taps; t++) {
        int64_t k = t % job->kernel_columns, i = t / job->kernel_columns % job->kernel_rows;
        int64_t c = t / job->kernel_columns / job->kernel_rows;
        plan->in_place[t] = (int32_t)(c * job->plane_step + i * job->dilation * job->row_step + k * job->dilation);
    }
    float gain = (float)job->gain, *weight = plan->weights;
    for (int64_t first = 0, block; first < job->filters; first += block) {
        block = block_of(job->filters - first);
        for (int64_t t = 0; t < plan->taps; t++)
            for (int64_t f = 0; f < block; f++) *weight++ = job->weights[(first + f) * plan->taps + t] * gain;
    }
}

/* A row of nodes of a block of filters: `to` + filter · step receives them, or `sums` where `to` is NULL; `sums` also
   what is not complete. Only whole vectors are written to maps directly, for what follows is the next row. */
static int correlate_row(Direct *plan, int64_t thread, int64_t first, int64_t block, const float *from,
                         const int32_t *offsets, int64_t columns, float *sums, float *to, int64_t step) {
    const Job *job = plan->job;
    const float *weights = plan->weights + first * plan->taps;
    int64_t written = 0;
    for (int64_t t = 0; t < plan->taps; t += plan->run) {
        if (stopped(&plan->control, thread)) return 0;
        int64_t taps = least(plan->run, plan->taps - t), vectors;
        int last = t + taps == plan->taps;
        Ending ending = {0, plan->partial, last ? job->bias + first : 0, last && job->relu};
        for (int64_t x = 0; x < columns; x += vectors * LANES) {
            Tile tile = tile_of(block, columns - x, &vectors);
            int whole = last && to && x + vectors * LANES <= columns;
            ending.earlier = t ? sums + x : 0;
            tile(from + x, offsets + t, weights + t * block, taps, &ending, whole ? to + x : sums + x,
                 whole ? step : plan->partial);
            if (whole) written = x + vectors * LANES;
        }
    }
    size_t rest = (size_t)(columns - written) * sizeof(float);
    for (int64_t f = 0; to && rest && f < block; f++)
        memcpy(to + f * step + written, sums + f * plan->partial + written, rest);
    return 1;
}

/* A rectangle of nodes in hand, and where a thread keeps what belongs to it. */
typedef struct {
    int64_t column, columns;        /* nodes across */
    int64_t peak_from, peak_count;  /* those of them that belong to blocks of peaks */
    double *figures;
    float *packed, *sums, *highs, *lows;
    const float *from;              /* inputs of the first row of nodes; those of the next are `width` further */
    int64_t width;
    const int32_t *offsets;
} Item;

/* Join a row of one filter of a block to what is gathered; `closing` a block of peaks, or all that is in hand. */
static void look_at_row(const Direct *plan, const Item *item, int64_t filter, int64_t in_block, int64_t row,
                        const float *values, int last) {
    const Job *job = plan->job;
    if (item->figures)
        measure_row(values, item->columns, job->floors[filter], item->figures + filter * FIGURES);
    int64_t into = row - job->peak_row;
    if (!item->peak_count || into < 0 || into >= job->peak_rows * job->peak_step_down) return;
    float *highs = item->highs + in_block * plan->partial, *lows = item->lows + in_block * plan->partial;
    widen_row(highs, values + item->peak_from, item->peak_count, 1);
    if (job->lows) widen_row(lows, values + item->peak_from, item->peak_count, 0);
    if (!last && (into + 1) % job->peak_step_down) return;
    int64_t at = (filter * job->peak_rows + into / job->peak_step_down) * job->peak_columns +
                 (item->column + item->peak_from - job->peak_column) / job->peak_step_across;
    widen_blocks(job->highs + at, highs, item->peak_count, job->peak_step_across, 1);
    if (job->lows) widen_blocks(job->lows + at, lows, item->peak_count, job->peak_step_across, 0);
}

/* Some rows of nodes of a block of filters, whose inputs are packed. */
static int correlate_rows(Direct *plan, int64_t thread, const Item *item, int64_t first, int64_t block, int64_t row,
                          int64_t rows) {
    const Job *job = plan->job;
    int64_t width = item->width, step = job->map_step;
    int looking = item->figures || item->peak_count;
    if (plan->flat && !correlate_row(plan, thread, first, block, item->from, item->offsets,
                                     (rows - 1) * width + item->columns, item->sums, 0, 0))
        return 0;
    for (int64_t r = 0; r < rows; r++) {
        float *to = 0;
        if (job->maps)
            to = job->maps + first * step + (row + r - job->first_row) * job->map_row_step + item->column -
                 job->first_column;
        const float *sums = item->sums + (plan->flat ? r * width : 0);
        if (!plan->flat && !correlate_row(plan, thread, first, block, item->from + r * width, item->offsets,
                                          item->columns, item->sums, to, step))
            return 0;
        for (int64_t f = 0; f < block && (plan->flat || looking); f++) {
            if (plan->flat && to)
                memcpy(to + f * step, sums + f * plan->partial, (size_t)item->columns * sizeof(float));
            if (looking)
                look_at_row(plan, item, first + f, f, row + r, to ? to + f * step : sums + f * plan->partial,
                            r + 1 == rows);
        }
    }
    return 1;
}

/* Have the inputs of some rows ready: in the image itself where it can be read there, and nothing behind it would be. */
static void have_inputs(const Direct *plan, Item *item, int64_t row, int64_t rows) {
    const Job *job = plan->job;
    int64_t top = row * job->stride - job->top, left = item->column * job->stride - job->left;
    int64_t last = (top + rows + plan->span_rows - 2) * job->row_step + left + plan->layout.count + BEYOND;
    if (plan->in_place && last <= (job->rows - 1) * job->row_step + job->columns) {
        item->from = (const float *)job->image + top * job->row_step + left;
        item->width = job->row_step;
        item->offsets = plan->in_place;
        return;
    }
    pack_band(job, &plan->layout, top, (rows - 1) * job->stride + plan->span_rows, left, item->packed);
    item->from = item->packed;
    item->width = plan->layout.width;
    item->offsets = plan->offsets;
}

static int correlate_item(Direct *plan, int64_t thread, int64_t number, float *scratch) {
    const Job *job = plan->job;
    int64_t band = plan->band_origin + number / plan->strips * plan->band;
    int64_t strip = plan->strip_origin + number % plan->strips * plan->strip;
    Item item = {.column = most(strip, job->first_column), .packed = scratch};
    item.columns = least(strip + plan->strip, job->last_column) - item.column;
    item.sums = item.packed + plan->packed;
    item.highs = item.sums + MOST_FILTERS * plan->partial;
    item.lows = item.highs + MOST_FILTERS * plan->partial;
    item.figures = plan->figures ? plan->figures + number * job->filters * FIGURES : 0;
    if (job->highs) {
        item.peak_from = most(job->peak_column - item.column, 0);
        int64_t end = job->peak_column + job->peak_columns * job->peak_step_across - item.column;
        item.peak_count = most(least(item.columns, end) - item.peak_from, 0);
    }
    int64_t end = least(band + plan->band, job->last_row);
    for (int64_t row = most(band, job->first_row); row < end; row += plan->once) {
        int64_t rows = least(plan->once, end - row);
        have_inputs(plan, &item, row, rows);
        for (int64_t first = 0, block; first < job->filters; first += block) {
            block = block_of(job->filters - first);
            if (!correlate_rows(plan, thread, &item, first, block, row, rows)) return 0;
        }
    }
    return 1;
}

static void correlate_items(void *context, int64_t thread) {
    Direct *plan = context;
    float *scratch = plan->scratch + thread * plan->size, *highs = scratch + plan->packed + MOST_FILTERS * plan->partial;
    /* What tiles read beyond the rows is never used, but leftovers in memory may be slow to multiply. */
    memset(scratch, 0, (size_t)plan->packed * sizeof(float));
    for (int64_t i = 0; plan->job->highs && i < MOST_FILTERS * plan->partial; i++) {
        highs[i] = -INFINITY;
        highs[MOST_FILTERS * plan->partial + i] = INFINITY;
    }
    for (;;) {
        int64_t item = atomic_fetch_add(&plan->control.next, 1);
        if (item >= plan->bands * plan->strips || stopped(&plan->control, thread)) return;
        if (!correlate_item(plan, thread, item, scratch)) return;
    }
}

/* Item by item, so that the sums are rounded in the same way whichever thread did what. */
static void join_figures(const Direct *plan, double *figures) {
    for (int64_t item = 0; item < plan->bands * plan->strips; item++)
        for (int64_t f = 0; f < plan->job->filters; f++) {
            const double *one = plan->figures + (item * plan->job->filters + f) * FIGURES;
            double *all = figures + f * FIGURES;
            if (one[LOW] < all[LOW]) all[LOW] = one[LOW];
            if (one[HIGH] > all[HIGH]) all[HIGH] = one[HIGH];
            all[SUM] += one[SUM];
            all[ACTIVE] += one[ACTIVE];
        }
}

/* Take rows without gaps as one long row, where windows of one pixel do not mind. */
static void make_line(Job *job) {
    int64_t rows = job->last_row - job->first_row;
    if (job->kernel_rows * job->kernel_columns > 1 || job->stride > 1 || job->top || job->left || job->highs) return;
    if (job->row_step != job->columns * job->column_step || job->last_column - job->first_column != job->columns) return;
    if ((job->maps && job->map_row_step != job->columns) || job->last_row > job->rows) return;
    int64_t before = job->first_row * job->row_step;
    job->image = job->kind == PIXELS_FLOAT  ? (const void *)((const float *)job->image + before)
                 : job->kind == PIXELS_16 ? (const void *)((const uint16_t *)job->image + before)
                                       : (const void *)((const uint8_t *)job->image + before);
    job->columns *= rows;
    job->row_step = job->columns * job->column_step;
    job->rows = job->last_row = 1;
    job->first_row = job->first_column = 0;
    job->map_row_step = job->last_column = job->columns;
}

/* Whether packing would cost more than it gains: where each input is read seldom, and lies ready for the tiles. */
static int read_in_place(const Direct *plan) {
    const Job *job = plan->job;
    int ready = job->kind == PIXELS_FLOAT && job->stride == 1 && job->column_step == 1 && !job->top && !job->left;
    int64_t reads = job->kernel_rows * job->kernel_columns * ceiling(job->filters, MOST_FILTERS);
    int64_t right = job->last_column - 1 + plan->span_columns, bottom = job->last_row - 1 + plan->span_rows;
    int64_t farthest = (job->channels - 1) * job->plane_step + plan->span_rows * job->row_step;
    return ready && !plan->flat && reads <= MOST_READS && right <= job->columns && bottom <= job->rows &&
           farthest <= INT32_MAX;
}

static int correlate_directly(const Job *order) {
    Job copy = *order, *job = &copy;
    make_line(job);
    Direct plan = {.job = job, .control = {.ask = job->should_stop, .asked = seconds()}};
    int64_t *remainders = malloc((size_t)job->stride * 2 * sizeof(int64_t));
    if (!remainders) return NO_MEMORY;
    plan.taps = job->channels * job->kernel_rows * job->kernel_columns;
    for (plan.run = LEAST_RUN; plan.run * plan.run < plan.taps;) plan.run += LEAST_RUN / 2;
    plan.span_rows = (job->kernel_rows - 1) * job->dilation + 1;
    plan.span_columns = (job->kernel_columns - 1) * job->dilation + 1;
    plan.layout.rows = remainders;
    plan.layout.columns = remainders + job->stride;
    plan.layout.column_parts = note_parts(plan.layout.columns, job->stride, job->kernel_columns, job->dilation);
    plan.layout.parts = note_parts(plan.layout.rows, job->stride, job->kernel_rows, job->dilation);
    plan.layout.parts *= plan.layout.column_parts;
    arrange_strips(&plan);
    arrange_rows(&plan);
    int64_t items = plan.bands * plan.strips, threads = least(job->threads, items), result = NO_MEMORY;
    int64_t figures = job->figures ? items * job->filters * FIGURES : 0;
    plan.offsets = malloc((size_t)plan.taps * sizeof(int32_t));
    int in_place = read_in_place(&plan);
    if (in_place) plan.in_place = malloc((size_t)plan.taps * sizeof(int32_t));
    plan.weights = malloc((size_t)(job->filters * plan.taps) * sizeof(float));
    float *scratch = malloc((size_t)(threads * plan.size) * sizeof(float) + sizeof(vec));
    if (figures) plan.figures = malloc((size_t)figures * sizeof(double));
    if (plan.offsets && (plan.in_place || !in_place) && plan.weights && scratch && (plan.figures || !figures) && plan.packed <= INT32_MAX) {
        plan.scratch = aligned(scratch);
        for (int64_t i = 0; i < figures; i += FIGURES) {
            plan.figures[i + LOW] = INFINITY;
            plan.figures[i + HIGH] = -INFINITY;
            plan.figures[i + SUM] = plan.figures[i + ACTIVE] = 0;
        }
        list_taps(&plan);
        run_threads(correlate_items, &plan, threads);
        result = atomic_load(&plan.control.stop) ? STOPPED : DONE;
        if (figures && result == DONE) join_figures(&plan, job->figures);
    }
    free(remainders);
    free(plan.offsets);
    free(plan.in_place);
    free(plan.weights);
    free(plan.figures);
    free(scratch);
    return (int)result;
}

#endif
