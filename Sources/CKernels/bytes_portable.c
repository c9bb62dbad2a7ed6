// Kernels on bytes in plain C for any processor: vectors of 4 sums, which the compiler maps to the registers that there are.
#include "bytes.h"

#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define RZ_NAME(name) name##__portable
#define RZ_SET "portable"
#define RZ_LANES 4
#define RZ_PANEL_VECTORS 2
#define RZ_UNIT 2

typedef int16_t rz_activation;
typedef int16_t rz_weight;
typedef int32_t rz_ints __attribute__((vector_size(16)));
typedef float rz_rounded __attribute__((vector_size(16)));

/// Each lane's sum with the products of its two 16-bit numbers of both.
static inline rz_ints rz_dot(rz_ints sum, rz_ints value, rz_ints weights) {
#if defined(__SSE2__)
  return sum + (rz_ints)_mm_madd_epi16((__m128i)value, (__m128i)weights);
#else
  return sum + ((value << 16) >> 16) * ((weights << 16) >> 16) + (value >> 16) * (weights >> 16);
#endif
}
/// The nearest whole numbers, halves to even, of numbers of 0 to 255: added to 1.5 · 2^23, a float has no bits for fractions.
static inline rz_ints rz_nearest(rz_rounded v) { return (rz_ints)(v + 12582912.0f) - 0x4B400000; }

static inline rz_ints rz_load_bytes(const uint8_t *p) { return (rz_ints){p[0], p[1], p[2], p[3]}; }
static inline void rz_store_bytes(uint8_t *p, rz_ints q) {
  for (size_t l = 0; l < RZ_LANES; l++) p[l] = (uint8_t)q[l];
}

typedef int32_t rz_selection __attribute__((vector_size(16)));
static inline rz_rounded rz_larger(rz_rounded v, rz_rounded other) {
  const rz_selection own = v > other;
  return (rz_rounded)((own & (rz_selection)v) | (~own & (rz_selection)other));
}
static inline rz_rounded rz_smaller(rz_rounded v, rz_rounded other) {
  const rz_selection own = v < other;
  return (rz_rounded)((own & (rz_selection)v) | (~own & (rz_selection)other));
}

/// Stores the nearest bytes of two registers; 0 for what is below, or NaN.
static inline void rz_store_panel(uint8_t *p, const rz_rounded *v) {
  const rz_rounded most = {255, 255, 255, 255}, least = {0};
  for (size_t i = 0; i < RZ_PANEL_VECTORS; i++)
    rz_store_bytes(p + i * RZ_LANES, rz_nearest(rz_smaller(rz_larger(v[i], least), most)));
}

#include "bytes.inc.h"
