// Pillow's fixed-point resampling passes. The same text is compiled for the baseline and for AVX2; all arithmetic is on
// integers, so that both give the same bits.

#include <string.h>

#include "CImageCodecs.h"

#define VARIANT(name) name##__baseline
#include "resample_kernels.h"
#undef VARIANT

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#define VARIANT(name) name##__avx2
#include "resample_kernels.h"
#undef VARIANT
#pragma clang attribute pop
#define DISPATCH(name, ...) (__builtin_cpu_supports("avx2") ? name##__avx2(__VA_ARGS__) : name##__baseline(__VA_ARGS__))
#else
#define DISPATCH(name, ...) name##__baseline(__VA_ARGS__)
#endif

void rz_resample_row_u8x1(
    const uint8_t *source, uint8_t *target, size_t count, const int32_t *starts, const int32_t *lengths,
    const int32_t *weights, size_t stride) {
  DISPATCH(row_u8x1, source, target, count, starts, lengths, weights, stride);
}

void rz_resample_row_u8x3(
    const uint8_t *source, uint8_t *target, size_t count, const int32_t *starts, const int32_t *lengths,
    const int32_t *weights, size_t stride) {
  DISPATCH(row_u8x3, source, target, count, starts, lengths, weights, stride);
}

void rz_resample_column_u8(
    const uint8_t *source, size_t source_stride, uint8_t *target, size_t count, const int32_t *weights, size_t taps) {
  DISPATCH(column_u8, source, source_stride, target, count, weights, taps);
}
