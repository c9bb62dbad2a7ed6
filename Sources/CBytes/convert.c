// Floats to and from their 2-byte forms, written without branches so that the compiler vectorises the loops. On x86-64 each loop is
// compiled twice, and AVX2 is chosen at run time.
#include "CBytes.h"
#include <string.h>

#define LOAD(T, base, i) ({ T value_; memcpy(&value_, (base) + (i) * sizeof(T), sizeof(T)); value_; })
#define STORE(T, base, i, v) do { T value_ = (T)(v); memcpy((base) + (i) * sizeof(T), &value_, sizeof(T)); } while (0)
#define INLINE static inline __attribute__((always_inline))

INLINE float as_float(uint32_t bits) { float value; memcpy(&value, &bits, sizeof value); return value; }
INLINE uint32_t as_bits(float value) { uint32_t bits; memcpy(&bits, &value, sizeof bits); return bits; }

INLINE uint32_t float_of_f16(uint32_t half) {
  uint32_t magnitude = (half & 0x7fff) << 13;
  // The exponent's bias is 127 instead of 15; a product with 2^112 is exact for subnormal numbers as well.
  uint32_t finite = as_bits(as_float(magnitude) * 0x1p112f);
  return (half & 0x8000) << 16 | ((half & 0x7c00) == 0x7c00 ? magnitude | 0x7f800000 : finite);
}

INLINE uint32_t f16_of_float(uint32_t bits) {
  uint32_t magnitude = bits & 0x7fffffff, payload = bits >> 13 & 0x3ff;
  uint32_t nan = 0x7c00 | (payload ? payload : 0x200);
  // Below 2^-14 the last place is worth 2^-24, as it is of the float 0.5; the addition rounds.
  uint32_t subnormal = as_bits(as_float(magnitude < 0x38800000 ? magnitude : 0) + 0.5f) - 0x3f000000;
  uint32_t normal = (magnitude + 0xfff + (magnitude >> 13 & 1) - 0x38000000) >> 13;
  uint32_t finite = magnitude < 0x38800000 ? subnormal : normal;
  uint32_t number = magnitude >= 0x47800000 ? 0x7c00 : finite;
  return (bits >> 16 & 0x8000) | (magnitude > 0x7f800000 ? nan : number);
}

INLINE uint32_t float_of_bf16(uint32_t brain) { return brain << 16; }

INLINE uint32_t bf16_of_float(uint32_t bits) {
  uint32_t upper = bits >> 16;
  uint32_t nan = upper & 0x7f ? upper : upper | 0x40;
  uint32_t number = (bits + 0x7fff + (upper & 1)) >> 16;
  return (bits & 0x7fffffff) > 0x7f800000 ? nan : number;
}

#define WIDEN(form)                                                                                                 \
  INLINE void widen_##form(size_t n, const uint8_t *restrict s, uint8_t *restrict t) {                              \
    for (size_t i = 0; i < n; i++) STORE(uint32_t, t, i, float_of_##form(LOAD(uint16_t, s, i)));                    \
  }
// `lost` collects, in its bit 0, whether a finite number came out with the exponent of infinities.
#define NARROW(form, infinity)                                                                                      \
  INLINE int narrow_##form(size_t n, const uint8_t *restrict s, uint8_t *restrict t) {                              \
    uint32_t lost = 0;                                                                                              \
    for (size_t i = 0; i < n; i++) {                                                                                \
      uint32_t bits = LOAD(uint32_t, s, i), narrow = form##_of_float(bits);                                         \
      lost |= ((narrow & 0x7fff) == infinity) & ((bits & 0x7fffffff) < 0x7f800000);                                 \
      STORE(uint16_t, t, i, narrow);                                                                                \
    }                                                                                                               \
    return lost == 0;                                                                                               \
  }

WIDEN(f16)
WIDEN(bf16)
NARROW(f16, 0x7c00)
NARROW(bf16, 0x7f80)

#if defined(__x86_64__)
#define EXPORT(result, name)                                                                                        \
  __attribute__((target("avx2"))) static result name##__avx2(size_t n, const uint8_t *s, uint8_t *t) {              \
    return name(n, s, t);                                                                                           \
  }                                                                                                                 \
  result rz_##name(size_t n, const uint8_t *s, uint8_t *t) {                                                        \
    return __builtin_cpu_supports("avx2") ? name##__avx2(n, s, t) : name(n, s, t);                                  \
  }
#else
#define EXPORT(result, name)                                                                                        \
  result rz_##name(size_t n, const uint8_t *s, uint8_t *t) { return name(n, s, t); }
#endif

EXPORT(void, widen_f16)
EXPORT(void, widen_bf16)
EXPORT(int, narrow_f16)
EXPORT(int, narrow_bf16)
