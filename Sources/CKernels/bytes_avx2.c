// Kernels on bytes for AVX2: registers of 8 sums. Its instruction for products of bytes saturates, so numbers are widened to
// 16 bits, whose products and sums are exact.
#include "bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define RZ_NAME(name) name##__avx2
#define RZ_SET "avx2"
#define RZ_UNIT 2
typedef int16_t rz_activation;
typedef int16_t rz_weight;
#include "bytes_256.inc.h"

/// Each lane's sum with the products of its two 16-bit numbers of both.
static inline rz_ints rz_dot(rz_ints sum, rz_ints value, rz_ints weights) {
  return sum + (rz_ints)_mm256_madd_epi16((__m256i)value, (__m256i)weights);
}

#include "bytes.inc.h"
#pragma clang attribute pop
#endif
