/* What is shared by all parts of the kernel: the order that Python gives, and helpers that no instruction set changes.

   Numbers are int64_t throughout, since `long` has 32 bits on Windows; ctypes mirrors the struct (`../library.py`). */
#ifndef CONVEXPLORER_KERNEL_H
#define CONVEXPLORER_KERNEL_H

#include <stdatomic.h>
#include <stdint.h>

#if defined(_WIN32)
#define EXPORT __declspec(dllexport)
#else
#define EXPORT __attribute__((visibility("default")))
#endif

enum { PIXELS_8 = 0, PIXELS_16 = 1, PIXELS_FLOAT = 2 };      /* kinds of stored numbers */
enum { DONE = 0, STOPPED = 1, NO_MEMORY = 2, SPOILT = 3 }; /* what a call comes to */
enum { LOW = 0, HIGH = 1, SUM = 2, ACTIVE = 3, FIGURES = 4 }; /* places in the figures of a map */

/* Correlate an image with filters on a rectangle of nodes. Steps count elements, not bytes. */
typedef struct {
    const void *image;
    const float *weights; /* (filters, channels, kernel_rows, kernel_columns) */
    const float *bias;    /* (filters,) */
    float *maps;          /* (filters, nodes down, nodes across), or NULL */
    const float *floors;  /* (filters,) above which a value counts as active */
    double *figures;      /* (filters, FIGURES), joined to what is there; or NULL */
    float *highs, *lows;  /* (filters, peak_rows, peak_columns), joined to what is there; or NULL */
    int (*should_stop)(void);
    int64_t kind, plane_step, row_step, column_step, channels, rows, columns;
    int64_t filters, kernel_rows, kernel_columns, stride, dilation, top, left;
    int64_t first_row, last_row, first_column, last_column; /* nodes; the last ones exclusive */
    int64_t map_step, map_row_step;
    int64_t peak_row, peak_column, peak_step_down, peak_step_across, peak_rows, peak_columns;
    int64_t relu, threads;
    double gain; /* value of a pixel = stored number × gain */
} Job;

/* A stop is asked for by any thread at any time, but Python is asked by the calling thread alone, and seldom. */
typedef struct {
    atomic_int stop;
    atomic_int_fast64_t next;
    int (*ask)(void);
    double asked;
} Control;

typedef void (*Work)(void *context, int64_t thread);

void run_threads(Work work, void *context, int64_t threads);
double seconds(void);

/* Whether to give up: at once when told so. Python is asked each millisecond, for that takes a lock of it. */
static inline int stopped(Control *control, int64_t thread) {
    if (thread == 0 && control->ask) {
        double now = seconds();
        if (now - control->asked > 0.001) {
            control->asked = now;
            if (control->ask()) atomic_store_explicit(&control->stop, 1, memory_order_relaxed);
        }
    }
    return atomic_load_explicit(&control->stop, memory_order_relaxed);
}

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ceiling(int64_t a, int64_t b) { return (a + b - 1) / b; }

#endif
