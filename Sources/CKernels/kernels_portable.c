// All kernels in plain C for any processor: vectors of 4 floats, which the compiler maps to the registers that there are.
#include "CKernels.h"

#define RZ_NAME(name) name##__portable
#define RZ_SET "portable"
#define RZ_LANES 4
#if defined(__aarch64__)
#define RZ_PANEL_VECTORS 4
#else
#define RZ_PANEL_VECTORS 2
#endif

typedef float rz_spread_vector __attribute__((vector_size(RZ_LANES * 4), aligned(4), may_alias));

/// lanes[l] = v[l rounded down to a multiple of `group`, plus i]
static inline rz_spread_vector rz_spread(rz_spread_vector v, size_t group, size_t i) {
  rz_spread_vector lanes = {0};
  for (size_t l = 0; l < RZ_LANES; l++) lanes[l] = v[l / group * group + i];
  return lanes;
}

static inline void rz_stream(float *p, rz_spread_vector v) { *(rz_spread_vector *)p = v; }
static inline void rz_end_stream(void) {}

#include "kernels.inc.h"
