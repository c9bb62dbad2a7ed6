#include "CUpdates.h"

#include <string.h>

#define RZ_SQRT(v) __builtin_elementwise_sqrt(v)

#define RZ_NAME(name) name##_portable
#define RZ_LANES 4
#include "updates.inc.h"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define RZ_NAME(name) name##_avx2
#define RZ_LANES 8
#include "updates.inc.h"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define RZ_NAME(name) name##_avx512
#define RZ_LANES 16
#include "updates.inc.h"
#pragma clang attribute pop
#endif
