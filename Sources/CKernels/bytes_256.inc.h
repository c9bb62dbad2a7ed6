// What the kernels on bytes for registers of 256 bits have in common. Included by their files, in their instruction set.
#define RZ_LANES 8
#define RZ_PANEL_VECTORS 2

typedef int32_t rz_ints __attribute__((vector_size(32)));

/// The nearest whole numbers, halves to even.
static inline rz_ints rz_nearest(__m256 v) {
  return (rz_ints)_mm256_cvtps_epi32(_mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}
static inline rz_ints rz_load_bytes(const uint8_t *p) {
  return (rz_ints)_mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)p));
}
/// Stores numbers of 0 to 255.
static inline void rz_store_bytes(uint8_t *p, rz_ints q) {
  const __m128i words = _mm_packus_epi32(_mm256_castsi256_si128((__m256i)q), _mm256_extracti128_si256((__m256i)q, 1));
  _mm_storel_epi64((__m128i *)p, _mm_packus_epi16(words, words));
}
static inline __m256 rz_larger(__m256 v, __m256 other) { return _mm256_max_ps(v, other); }
static inline __m256 rz_smaller(__m256 v, __m256 other) { return _mm256_min_ps(v, other); }

/// Stores the nearest bytes of two registers; 0 for what is below, or NaN.
static inline void rz_store_panel(uint8_t *p, const __m256 *v) {
  const __m256 most = _mm256_set1_ps(255);
  const __m256i first = (__m256i)rz_nearest(_mm256_min_ps(most, v[0])), second = (__m256i)rz_nearest(_mm256_min_ps(most, v[1]));
  const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(first, second), 0xD8);
  _mm_storeu_si128((__m128i *)p, _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1)));
}
