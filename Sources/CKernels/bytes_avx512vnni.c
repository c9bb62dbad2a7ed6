// Kernels on bytes for AVX-512 with its instruction for products of bytes: registers of 16 sums.
#include "bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512vnni,avx2,fma"))), apply_to = function)
#define RZ_NAME(name) name##__avx512vnni
#define RZ_SET "avx512vnni"
#define RZ_LANES 16
#define RZ_PANEL_VECTORS 4
#define RZ_UNIT 4

typedef uint8_t rz_activation;
typedef int8_t rz_weight;
typedef int32_t rz_ints __attribute__((vector_size(64)));

/// Each lane's sum with the products of its four unsigned bytes of `value` and signed bytes of `weights`.
static inline rz_ints rz_dot(rz_ints sum, rz_ints value, rz_ints weights) {
  return (rz_ints)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)value, (__m512i)weights);
}
/// The nearest whole numbers, halves to even.
static inline rz_ints rz_nearest(__m512 v) {
  return (rz_ints)_mm512_cvt_roundps_epi32(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
static inline rz_ints rz_load_bytes(const uint8_t *p) {
  return (rz_ints)_mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)p));
}
static inline void rz_store_bytes(uint8_t *p, rz_ints q) {
  _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8((__m512i)q));
}
static inline __m512 rz_larger(__m512 v, __m512 other) { return _mm512_max_ps(v, other); }
static inline __m512 rz_smaller(__m512 v, __m512 other) { return _mm512_min_ps(v, other); }

/// Stores the nearest bytes of four registers; 0 for what is below, or NaN.
static inline void rz_store_panel(uint8_t *p, const __m512 *v) {
  const __m512 most = _mm512_set1_ps(255);
  __m512i q[4];
  for (int i = 0; i < 4; i++) q[i] = (__m512i)rz_nearest(_mm512_min_ps(most, v[i]));
  // Both packings take 128 bits of one register and the same of the other by turns.
  const __m512i bytes = _mm512_packus_epi16(_mm512_packs_epi32(q[0], q[1]), _mm512_packs_epi32(q[2], q[3]));
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  _mm512_storeu_si512(p, _mm512_permutexvar_epi32(order, bytes));
}

#include "bytes.inc.h"
#pragma clang attribute pop
#endif
