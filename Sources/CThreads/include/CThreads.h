// Calls to the processor and the system that threads need and Swift cannot make.
#pragma once
#include <stddef.h>

// Processors on which the system lets this thread run, 1 at least.
size_t rz_allowed_processor_count(void);

// Tells the processor that this thread spins.
void rz_spin_hint(void);

// The forks that lie between this process and the one that called this first: 0 there. A value that changed says that the
// threads of the earlier value are not in this process. Children made by vfork or by a bare clone are not counted.
size_t rz_fork_count(void);

// A lock of the whole process that fork takes before it and gives back after it, in parent and child: a child never finds it held by a
// thread that it does not have. To be held for moments; not recursive.
void rz_fork_lock(void);
void rz_fork_unlock(void);
