/* Copies rows of the input to where the tiles read them: as floats, with the padding's zeros, and for a stride s as s
   rows each of every s-th pixel, so that neighbouring nodes read neighbouring numbers whatever the stride.

   So a tile may read on past the end of what it needs without leaving memory that is ours. */
#ifndef CONVEXPLORER_PACKING_H
#define CONVEXPLORER_PACKING_H

#include <string.h>

#include "vectors.h"

/* The usual steps are constants, so that the compiler makes vectors of the loop: planes, RGB, either with stride 2. */
#define DEFINE_COPY(TYPE)                                                                                              \
    static void copy_##TYPE(float *to, const TYPE *from, int64_t count, int64_t step) {                                \
        if (step == 1)                                                                                                 \
            for (int64_t i = 0; i < count; i++) to[i] = (float)from[i];                                                \
        else if (step == 2)                                                                                            \
            for (int64_t i = 0; i < count; i++) to[i] = (float)from[2 * i];                                            \
        else if (step == 3)                                                                                            \
            for (int64_t i = 0; i < count; i++) to[i] = (float)from[3 * i];                                            \
        else                                                                                                           \
            for (int64_t i = 0; i < count; i++) to[i] = (float)from[step * i];                                         \
    }

DEFINE_COPY(uint8_t)
DEFINE_COPY(uint16_t)
DEFINE_COPY(float)

/* Which of some columns of the input, `step` from one to the next, lie inside; zeros go beside them. */
typedef struct {
    int64_t column, step, count, before, inside;
} Span;

static Span span_of(const Job *job, int64_t column, int64_t step, int64_t count) {
    int64_t before = column < 0 ? least(ceiling(-column, step), count) : 0;
    int64_t end = job->columns > column ? least(ceiling(job->columns - column, step), count) : 0;
    return (Span){column, step, count, before, most(end - before, 0)};
}

static void pack_row(const Job *job, int64_t channel, int64_t row, const Span *span, float *to) {
    int64_t before = span->before, inside = span->inside, after = span->count - before - inside;
    if (row < 0 || row >= job->rows) {
        memset(to, 0, (size_t)span->count * sizeof(float));
        return;
    }
    if (before) memset(to, 0, (size_t)before * sizeof(float));
    int64_t at = channel * job->plane_step + row * job->row_step + (span->column + before * span->step) * job->column_step;
    int64_t step = span->step * job->column_step;
    if (job->kind == PIXELS_8)
        copy_uint8_t(to + before, (const uint8_t *)job->image + at, inside, step);
    else if (job->kind == PIXELS_16)
        copy_uint16_t(to + before, (const uint16_t *)job->image + at, inside, step);
    else
        copy_float(to + before, (const float *)job->image + at, inside, step);
    if (after) memset(to + before + inside, 0, (size_t)after * sizeof(float));
}

/* A band of rows of all channels, in parts: a part holds the rows of one remainder by the stride, and of those the
   columns of one remainder. So the inputs of the next node, across or down, are the next number or row of each part. */
typedef struct {
    int64_t count, width;      /* numbers of a row that are read, and from one row to the next */
    int64_t part, parts;       /* numbers of a part; parts of a channel */
    int64_t *rows, *columns;   /* by remainder: which place its parts have, or −1 where no tap reads it */
    int64_t column_parts;
} Layout;

static inline int64_t place_of(const Layout *layout, int64_t stride, int64_t row, int64_t column) {
    int64_t part = layout->rows[row % stride] * layout->column_parts + layout->columns[column % stride];
    return part * layout->part + row / stride * layout->width + column / stride;
}

static void pack_band(const Job *job, const Layout *layout, int64_t row, int64_t count, int64_t column, float *to) {
    for (int64_t c = 0; c < job->stride; c++) {
        if (layout->columns[c] < 0) continue;
        Span span = span_of(job, column + c, job->stride, layout->count);
        for (int64_t first = 0; first < least(job->stride, count); first++) {
            if (layout->rows[first] < 0) continue;
            float *part = to + place_of(layout, job->stride, first, c);
            for (int64_t channel = 0; channel < job->channels; channel++) {
                float *at = part + channel * layout->parts * layout->part;
                for (int64_t r = first; r < count; r += job->stride, at += layout->width)
                    pack_row(job, channel, row + r, &span, at);
            }
        }
    }
}

#endif
