// CRC-32C. The portable form slices by 8 (Kounavis and Berry, 2005). The x86-64 form runs three CRC instructions at a time over adjacent
// lanes and joins the lanes with carry-less multiplications (Gopal et al., "Fast CRC computation for iSCSI polynomial", Intel, 2011).
#include "CBytes.h"
#include <string.h>

#include "crc32c_tables.inc"

static inline uint64_t load64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

uint32_t rz_crc32c__portable(uint32_t crc, const uint8_t *bytes, size_t count) {
  uint32_t c = ~crc;
  for (; count >= 8; bytes += 8, count -= 8) {
    uint64_t word = load64(bytes) ^ c;
    c = tables[7][word & 255] ^ tables[6][word >> 8 & 255] ^ tables[5][word >> 16 & 255] ^ tables[4][word >> 24 & 255] ^
        tables[3][word >> 32 & 255] ^ tables[2][word >> 40 & 255] ^ tables[1][word >> 48 & 255] ^ tables[0][word >> 56];
  }
  for (; count > 0; bytes++, count--) c = tables[0][(c ^ *bytes) & 255] ^ c >> 8;
  return ~c;
}

#if defined(__x86_64__)
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("sse4.2,pclmul"))), apply_to = function)

// The CRC state `c` as it would be after more zero bytes. `multiplier` is x^(8 * bytes - 33) modulo the polynomial, reflected.
static inline uint32_t advance(uint32_t c, uint32_t multiplier) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)c), _mm_cvtsi32_si128((int)multiplier), 0);
  return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

// One round: three lanes of `lane` bytes. by_one and by_two advance a state over one and two lanes.
static inline uint32_t three_lanes(uint32_t c, const uint8_t *bytes, size_t lane, uint32_t by_one, uint32_t by_two) {
  uint64_t a = c, b = 0, d = 0;
  for (size_t i = 0; i < lane; i += 8) {
    a = _mm_crc32_u64(a, load64(bytes + i));
    b = _mm_crc32_u64(b, load64(bytes + lane + i));
    d = _mm_crc32_u64(d, load64(bytes + 2 * lane + i));
  }
  return advance((uint32_t)a, by_two) ^ advance((uint32_t)b, by_one) ^ (uint32_t)d;
}

static uint32_t crc32c__sse42(uint32_t crc, const uint8_t *bytes, size_t count) {
  uint32_t c = ~crc;
  for (; count >= 3 * 2048; bytes += 3 * 2048, count -= 3 * 2048) c = three_lanes(c, bytes, 2048, 0xa51b6135, 0x82f89c77);
  for (; count >= 3 * 256; bytes += 3 * 256, count -= 3 * 256) c = three_lanes(c, bytes, 256, 0xb9e02b86, 0xdd7e3b0c);
  for (; count >= 8; bytes += 8, count -= 8) c = (uint32_t)_mm_crc32_u64(c, load64(bytes));
  for (; count > 0; bytes++, count--) c = _mm_crc32_u8(c, *bytes);
  return ~c;
}

#pragma clang attribute pop

static int hardware(void) { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"); }

uint32_t rz_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
  return hardware() ? crc32c__sse42(crc, bytes, count) : rz_crc32c__portable(crc, bytes, count);
}

const char *rz_crc32c_form(void) { return hardware() ? "sse4.2" : "portable"; }

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

uint32_t rz_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) {
  uint32_t c = ~crc;
  for (; count >= 8; bytes += 8, count -= 8) c = __crc32cd(c, load64(bytes));
  for (; count > 0; bytes++, count--) c = __crc32cb(c, *bytes);
  return ~c;
}

const char *rz_crc32c_form(void) { return "armv8"; }

#else

uint32_t rz_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) { return rz_crc32c__portable(crc, bytes, count); }

const char *rz_crc32c_form(void) { return "portable"; }

#endif
