// All kernels for AVX-512: registers of 16 floats.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define RZ_NAME(name) name##__avx512
#define RZ_SET "avx512"
#define RZ_LANES 16
#define RZ_PANEL_VECTORS 4

/// lanes[l] = v[l rounded down to a multiple of `group`, plus i]; `group` is a power of two.
static inline __m512 rz_spread(__m512 v, size_t group, size_t i) {
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i start = _mm512_and_si512(lane, _mm512_set1_epi32(-(int)group));
  return _mm512_permutexvar_ps(_mm512_add_epi32(start, _mm512_set1_epi32((int)i)), v);
}

/// Stores to memory, past the caches, until rz_end_stream; p is aligned to 64 bytes.
static inline void rz_stream(float *p, __m512 v) { _mm512_stream_ps(p, v); }
static inline void rz_end_stream(void) { _mm_sfence(); }

#include "kernels.inc.h"
#pragma clang attribute pop

// The products of bfloat16 numbers again, by the processor's instructions.
#pragma clang attribute push(__attribute__((target("avx512bf16,avx512f,avx512vl,avx512dq,avx2,fma"))), apply_to = function)
#define RZ_BF16(name) name##__avx512bf16
#define RZ_BF16_NATIVE 1

static RZ_INLINE void rz_round__avx512bf16(const float *from, uint16_t *to) {
  _mm256_storeu_si256((__m256i *)to, (__m256i)_mm512_cvtneps_pbh(_mm512_loadu_ps(from)));
}

static RZ_INLINE rz_vector rz_dot__avx512bf16(rz_vector sum, uint32_t value, rz_pairs weights) {
  return (rz_vector)_mm512_dpbf16_ps((__m512)sum, (__m512bh)weights, (__m512bh)_mm512_set1_epi32((int)value));
}

#include "bfloat16.inc.h"
#pragma clang attribute pop
#endif
