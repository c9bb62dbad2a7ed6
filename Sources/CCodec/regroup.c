// Regrouping of FORMAT §5.2, written so that the compiler vectorises it: each loop loads and stores whole planes with fixed-size copies,
// which compile to unaligned moves. On x86-64 each loop is compiled twice, and AVX2 is chosen at run time.
#include "CCodec.h"
#include <string.h>

#define LOAD(T, base, i) ({ T value_; memcpy(&value_, (base) + (i) * sizeof(T), sizeof(T)); value_; })
#define STORE(T, base, i, v) do { T value_ = (T)(v); memcpy((base) + (i) * sizeof(T), &value_, sizeof(T)); } while (0)
#define INLINE static inline __attribute__((always_inline))

INLINE void split_16(size_t n, const uint8_t *restrict e, uint8_t *restrict p, uint8_t *restrict top) {
  for (size_t i = 0; i < n; i++) {
    uint16_t v = LOAD(uint16_t, e, i);
    v = (uint16_t)(v << 1 | v >> 15);
    p[i] = (uint8_t)v;
    top[i] = (uint8_t)(v >> 8);
  }
}

INLINE void split_32(size_t n, const uint8_t *restrict e, uint8_t *restrict p, uint8_t *restrict top) {
  uint8_t *restrict next = p + 2 * n;
  for (size_t i = 0; i < n; i++) {
    uint32_t v = LOAD(uint32_t, e, i);
    v = v << 1 | v >> 31;
    STORE(uint16_t, p, i, v);
    next[i] = (uint8_t)(v >> 16);
    top[i] = (uint8_t)(v >> 24);
  }
}

INLINE void split_64(size_t n, const uint8_t *restrict e, uint8_t *restrict p, uint8_t *restrict top) {
  uint8_t *restrict half = p + 4 * n;
  uint8_t *restrict next = p + 6 * n;
  for (size_t i = 0; i < n; i++) {
    uint64_t v = LOAD(uint64_t, e, i);
    v = v << 1 | v >> 63;
    STORE(uint32_t, p, i, v);
    STORE(uint16_t, half, i, v >> 32);
    next[i] = (uint8_t)(v >> 48);
    top[i] = (uint8_t)(v >> 56);
  }
}

INLINE void join_16(size_t n, const uint8_t *restrict p, const uint8_t *restrict top, uint8_t *restrict e) {
  for (size_t i = 0; i < n; i++) {
    uint16_t v = (uint16_t)(p[i] | top[i] << 8);
    STORE(uint16_t, e, i, v >> 1 | v << 15);
  }
}

INLINE void join_32(size_t n, const uint8_t *restrict p, const uint8_t *restrict top, uint8_t *restrict e) {
  const uint8_t *restrict next = p + 2 * n;
  for (size_t i = 0; i < n; i++) {
    uint32_t v = LOAD(uint16_t, p, i) | (uint32_t)next[i] << 16 | (uint32_t)top[i] << 24;
    STORE(uint32_t, e, i, v >> 1 | v << 31);
  }
}

INLINE void join_64(size_t n, const uint8_t *restrict p, const uint8_t *restrict top, uint8_t *restrict e) {
  const uint8_t *restrict half = p + 4 * n;
  const uint8_t *restrict next = p + 6 * n;
  for (size_t i = 0; i < n; i++) {
    uint64_t v = LOAD(uint32_t, p, i) | (uint64_t)LOAD(uint16_t, half, i) << 32 | (uint64_t)next[i] << 48 |
                 (uint64_t)top[i] << 56;
    STORE(uint64_t, e, i, v >> 1 | v << 63);
  }
}

#if defined(__x86_64__)
#define SPLIT(bits)                                                                                                 \
  __attribute__((target("avx2"))) static void split_##bits##__avx2(                                                 \
      size_t n, const uint8_t *e, uint8_t *p, uint8_t *top) { split_##bits(n, e, p, top); }                          \
  void rz_split_##bits(size_t n, const uint8_t *e, uint8_t *p, uint8_t *top) {                                      \
    if (n == 0) return;                                                                                             \
    if (__builtin_cpu_supports("avx2")) split_##bits##__avx2(n, e, p, top);                                         \
    else split_##bits(n, e, p, top);                                                                                \
  }
#define JOIN(bits)                                                                                                  \
  __attribute__((target("avx2"))) static void join_##bits##__avx2(                                                  \
      size_t n, const uint8_t *p, const uint8_t *top, uint8_t *e) { join_##bits(n, p, top, e); }                     \
  void rz_join_##bits(size_t n, const uint8_t *p, const uint8_t *top, uint8_t *e) {                                 \
    if (n == 0) return;                                                                                             \
    if (__builtin_cpu_supports("avx2")) join_##bits##__avx2(n, p, top, e);                                          \
    else join_##bits(n, p, top, e);                                                                                 \
  }
#else
#define SPLIT(bits)                                                                                                 \
  void rz_split_##bits(size_t n, const uint8_t *e, uint8_t *p, uint8_t *top) { if (n) split_##bits(n, e, p, top); }
#define JOIN(bits)                                                                                                  \
  void rz_join_##bits(size_t n, const uint8_t *p, const uint8_t *top, uint8_t *e) { if (n) join_##bits(n, p, top, e); }
#endif

SPLIT(16)
SPLIT(32)
SPLIT(64)
JOIN(16)
JOIN(32)
JOIN(64)

int rz_all_zero(const uint8_t *bytes, size_t count) {
  uint8_t any = 0;
  for (size_t i = 0; i < count; i++) any |= bytes[i];
  return any == 0;
}
