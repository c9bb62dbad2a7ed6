// Kernels on bytes for AVX2 with its instruction for exact products of bytes (AVX-VNNI): registers of 8 sums.
#include "bytes.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <string.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,avxvnni"))), apply_to = function)
#define RZ_NAME(name) name##__avxvnni
#define RZ_SET "avxvnni"
#define RZ_UNIT 4
typedef uint8_t rz_activation;
typedef int8_t rz_weight;
#include "bytes_256.inc.h"

/// Each lane's sum with the products of its four unsigned bytes of `value` and signed bytes of `weights`.
static inline rz_ints rz_dot(rz_ints sum, rz_ints value, rz_ints weights) {
  return (rz_ints)_mm256_dpbusd_avx_epi32((__m256i)sum, (__m256i)value, (__m256i)weights);
}

#include "bytes.inc.h"
#pragma clang attribute pop
#endif
