// Calls to the processor and the system that threads need and Swift cannot make.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Processors on which the system lets this thread run, 1 at least.
size_t rz_allowed_processor_count(void);

// Tells the processor that this thread spins.
void rz_spin_hint(void);

// The forks that lie between this process and the one that was started: 0 there. A value that changed says that the threads of the
// earlier value are not in this process. Children made by vfork or by a bare clone are not counted.
size_t rz_fork_count(void);

// A lock of the whole process that fork takes before it and gives back after it, in parent and child: a child never finds it held by a
// thread that it does not have. To be held for moments; not recursive.
void rz_fork_lock(void);
void rz_fork_unlock(void);

// True for the one thread that a child of fork begins with. On Linux, locks of Swift's runtime and of its library name their owner by a
// thread's number that each thread remembers: this one remembers its number in the parent, and others that wait for what it holds wait
// for ever, or end the process. It must not run Swift code beside other threads.
bool rz_thread_is_forked(void);

// Runs the body on a new thread and waits for its end; false when the system gives none, and nothing was run.
bool rz_run_on_thread(void (*body)(void *), void *context);
