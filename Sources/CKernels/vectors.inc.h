// Registers of floats and the few operations on them that have no operator. Included by kernels.inc.h.
#include <math.h>
#include <stdint.h>
#include <string.h>

/// One register of floats, loaded and stored without alignment.
typedef float rz_vector __attribute__((vector_size(RZ_LANES * 4), aligned(4), may_alias));
typedef int32_t rz_mask __attribute__((vector_size(RZ_LANES * 4)));
typedef double rz_doubles __attribute__((vector_size(RZ_LANES * 8)));

/// For functions whose constant arguments select code.
#define RZ_INLINE inline __attribute__((always_inline))

static inline rz_vector rz_load(const float *p) { return *(const rz_vector *)p; }
static inline void rz_store(float *p, rz_vector v) { *(rz_vector *)p = v; }
/// x - 0 is x for every x, and compilers know it.
static inline rz_vector rz_broadcast(float x) { return x - (rz_vector){0}; }
/// The larger of both; v where it is NaN.
static inline rz_vector rz_at_least(rz_vector v, rz_vector floor) {
  rz_mask below = v < floor;
  return (rz_vector)((below & (rz_mask)floor) | (~below & (rz_mask)v));
}
static inline float rz_at_least_scalar(float v, float floor) { return v < floor ? floor : v; }

#define RZ_UNROLL _Pragma("clang loop unroll(full)")
