/* One instruction set: what its file hands out (`kernel.c` chooses). */
#ifndef CONVEXPLORER_VARIANT_H
#define CONVEXPLORER_VARIANT_H

#include "kernel.h"

typedef struct {
    const char *name;
    int (*correlate)(const Job *job);
    int (*correlate_by_winograd)(const Job *job);
    float (*multiply_add)(int64_t times);
} Variant;

#endif
