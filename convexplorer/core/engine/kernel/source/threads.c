/* Threads and a clock, on POSIX and on Windows.

   Threads live for one call. Starting one takes some 20 microseconds, which only jobs that gain from it pay; in return
   nothing runs while nothing is computed, and a fork of the process finds nothing half alive. */
#if !defined(_WIN32)
#define _POSIX_C_SOURCE 200809L
#endif

#include "kernel.h"

#define MOST_THREADS 256

typedef struct {
    Work work;
    void *context;
    int64_t thread;
} Start;

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

typedef HANDLE Thread;

static DWORD WINAPI begin(LPVOID argument) {
    Start *start = argument;
    start->work(start->context, start->thread);
    return 0;
}

static int start_thread(Thread *thread, Start *start) {
    *thread = CreateThread(NULL, 0, begin, start, 0, NULL);
    return *thread != NULL;
}

static void join_thread(Thread thread) {
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

double seconds(void) {
    LARGE_INTEGER now, rate;
    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&rate);
    return (double)now.QuadPart / (double)rate.QuadPart;
}
#else
#include <pthread.h>
#include <time.h>

typedef pthread_t Thread;

static void *begin(void *argument) {
    Start *start = argument;
    start->work(start->context, start->thread);
    return NULL;
}

static int start_thread(Thread *thread, Start *start) { return pthread_create(thread, NULL, begin, start) == 0; }

static void join_thread(Thread thread) { pthread_join(thread, NULL); }

double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}
#endif

/* Do work in so many threads, this one among them. The work shares itself out, so fewer threads do all of it, too. */
void run_threads(Work work, void *context, int64_t threads) {
    Thread running[MOST_THREADS];
    Start starts[MOST_THREADS];
    int64_t count = 1;
    for (; count < least(threads, MOST_THREADS); count++) {
        starts[count] = (Start){work, context, count};
        if (!start_thread(&running[count], &starts[count])) break;
    }
    work(context, 0);
    for (int64_t i = 1; i < count; i++) join_thread(running[i]);
}
