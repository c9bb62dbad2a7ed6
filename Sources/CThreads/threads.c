// Processors, spinning and forks, as CThreads.h declares them.
#define _GNU_SOURCE
#include "CThreads.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>
#if defined(__linux__)
#include <sched.h>
#endif

#if defined(__linux__)
// The set must have room for every processor that the kernel knows, or the call fails with EINVAL.
static size_t affinity_count(void) {
  for (int room = 1024; room <= 1 << 20; room *= 4) {
    cpu_set_t *set = CPU_ALLOC(room);
    if (set == NULL) return 0;
    const size_t bytes = CPU_ALLOC_SIZE(room);
    const int status = sched_getaffinity(0, bytes, set);
    const int reason = errno;
    const size_t count = status == 0 ? (size_t)CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (status == 0 || reason != EINVAL) return count;
  }
  return 0;
}
#endif

size_t rz_allowed_processor_count(void) {
#if defined(__linux__)
  const size_t allowed = affinity_count();
  if (allowed > 0) return allowed;
#endif
  const long online = sysconf(_SC_NPROCESSORS_ONLN);
  return online > 0 ? (size_t)online : 1;
}

void rz_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static atomic_size_t forks;
static pthread_mutex_t fork_mutex = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool is_forked;

void rz_fork_lock(void) { pthread_mutex_lock(&fork_mutex); }

void rz_fork_unlock(void) { pthread_mutex_unlock(&fork_mutex); }

static void begin_child(void) {
  rz_fork_unlock();
  is_forked = true;
  atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

// When the program starts or the library is loaded: Swift's runtime has locks from then on.
__attribute__((constructor)) static void watch_forks(void) { pthread_atfork(rz_fork_lock, rz_fork_unlock, begin_child); }

size_t rz_fork_count(void) { return atomic_load_explicit(&forks, memory_order_relaxed); }

bool rz_thread_is_forked(void) { return is_forked; }

typedef struct {
  void (*body)(void *);
  void *context;
} call;

static void *run_call(void *argument) {
  const call *it = argument;
  it->body(it->context);
  return NULL;
}

bool rz_run_on_thread(void (*body)(void *), void *context) {
  call it = {body, context};
  pthread_t thread;
  if (pthread_create(&thread, NULL, run_call, &it) != 0) return false;
  pthread_join(thread, NULL);
  return true;
}
