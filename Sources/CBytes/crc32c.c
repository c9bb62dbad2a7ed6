// CRC-32C. The portable form slices by 8 (Kounavis and Berry, 2005). The SSE 4.2 form runs three CRC instructions at a time over adjacent
// lanes and joins the lanes with carry-less multiplications (Gopal et al., "Fast CRC computation for iSCSI polynomial", Intel, 2011). The
// AVX-512 form folds 256 bytes at a time (Gopal et al., "Fast CRC computation for generic polynomials using PCLMULQDQ", Intel, 2009).
#include "CBytes.h"
#include <string.h>

#include "crc32c_tables.inc"

static inline uint64_t load64(const uint8_t *bytes) {
  uint64_t value;
  memcpy(&value, bytes, sizeof value);
  return value;
}

static uint32_t sum__portable(uint32_t crc, const uint8_t *bytes, size_t count) {
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

// Takes and returns states, which are inverted checksums.
static uint32_t crc32c__sse42(uint32_t c, const uint8_t *bytes, size_t count) {
  for (; count >= 3 * 2048; bytes += 3 * 2048, count -= 3 * 2048) c = three_lanes(c, bytes, 2048, 0xa51b6135, 0x82f89c77);
  for (; count >= 3 * 256; bytes += 3 * 256, count -= 3 * 256) c = three_lanes(c, bytes, 256, 0xb9e02b86, 0xdd7e3b0c);
  for (; count >= 8; bytes += 8, count -= 8) c = (uint32_t)_mm_crc32_u64(c, load64(bytes));
  for (; count > 0; bytes++, count--) c = _mm_crc32_u8(c, *bytes);
  return c;
}

#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("sse4.2,pclmul,avx512f,vpclmulqdq"))), apply_to = function)

// Each 128 bits of `value` as they would count before more bytes of data, joined with `next`. The multipliers are x^(8 * bytes - 33), as
// for `advance`, in the odd words for the later 8 bytes of `value`, and those of 8 bytes more in the even words.
static inline __m512i fold(__m512i value, __m512i multipliers, __m512i next) {
  __m512i early = _mm512_clmulepi64_epi128(value, multipliers, 0x00), late = _mm512_clmulepi64_epi128(value, multipliers, 0x11);
  return _mm512_ternarylogic_epi64(early, late, next, 0x96);
}

// Whole 256 bytes are folded, at least one such block; the others and the 64 that they come to are left to the CRC instruction.
static uint32_t crc32c__avx512(uint32_t c, const uint8_t *bytes, size_t count) {
  const __m512i over_256 = _mm512_set_epi64(0xb9e02b86, 0xdcb17aa4, 0xb9e02b86, 0xdcb17aa4, 0xb9e02b86, 0xdcb17aa4, 0xb9e02b86, 0xdcb17aa4);
  const __m512i over_64 = _mm512_set_epi64(0x9e4addf8, 0x740eef02, 0x9e4addf8, 0x740eef02, 0x9e4addf8, 0x740eef02, 0x9e4addf8, 0x740eef02);
  __m512i a = _mm512_xor_si512(_mm512_loadu_si512(bytes), _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)c)));
  __m512i b = _mm512_loadu_si512(bytes + 64), d = _mm512_loadu_si512(bytes + 128), e = _mm512_loadu_si512(bytes + 192);
  for (bytes += 256, count -= 256; count >= 256; bytes += 256, count -= 256) {
    a = fold(a, over_256, _mm512_loadu_si512(bytes));
    b = fold(b, over_256, _mm512_loadu_si512(bytes + 64));
    d = fold(d, over_256, _mm512_loadu_si512(bytes + 128));
    e = fold(e, over_256, _mm512_loadu_si512(bytes + 192));
  }
  uint8_t folded[64];
  _mm512_storeu_si512(folded, fold(fold(fold(a, over_64, b), over_64, d), over_64, e));
  return crc32c__sse42(crc32c__sse42(0, folded, sizeof folded), bytes, count);
}

#pragma clang attribute pop

// Shorter data is not worth the folding.
static uint32_t sum__avx512(uint32_t crc, const uint8_t *bytes, size_t count) {
  return ~(count < 512 ? crc32c__sse42(~crc, bytes, count) : crc32c__avx512(~crc, bytes, count));
}

static uint32_t sum__sse42(uint32_t crc, const uint8_t *bytes, size_t count) { return ~crc32c__sse42(~crc, bytes, count); }

static int runs_sse42(void) { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"); }

static int runs_avx512(void) { return runs_sse42() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq"); }

#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t sum__armv8(uint32_t crc, const uint8_t *bytes, size_t count) {
  uint32_t c = ~crc;
  for (; count >= 8; bytes += 8, count -= 8) c = __crc32cd(c, load64(bytes));
  for (; count > 0; bytes++, count--) c = __crc32cb(c, *bytes);
  return ~c;
}

#endif

static int runs_always(void) { return 1; }

// The fastest first.
static const struct {
  const char *name;
  int (*runs)(void);
  uint32_t (*sum)(uint32_t crc, const uint8_t *bytes, size_t count);
} forms[] = {
#if defined(__x86_64__)
  {"avx512", runs_avx512, sum__avx512},
  {"sse4.2", runs_sse42, sum__sse42},
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
  {"armv8", runs_always, sum__armv8},
#endif
  {"portable", runs_always, sum__portable},
};

static size_t fastest_form(void) {
  size_t form = 0;
  while (!forms[form].runs()) form++;
  return form;
}

size_t rz_crc32c_form_count(void) { return sizeof forms / sizeof forms[0] - fastest_form(); }

const char *rz_crc32c_form_name(size_t form) { return forms[fastest_form() + form].name; }

uint32_t rz_crc32c_by_form(size_t form, uint32_t crc, const uint8_t *bytes, size_t count) {
  return forms[fastest_form() + form].sum(crc, bytes, count);
}

uint32_t rz_crc32c(uint32_t crc, const uint8_t *bytes, size_t count) { return rz_crc32c_by_form(0, crc, bytes, count); }
