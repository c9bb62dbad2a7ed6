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
#endif
