// The kernels of resample.c, once per instruction set; VARIANT names them. Contracts: CImageCodecs.h.
// No include guard: the text is meant to be included more than once.

typedef uint8_t VARIANT(u8x4) __attribute__((ext_vector_type(4)));
typedef int32_t VARIANT(i32x4) __attribute__((ext_vector_type(4)));

static inline uint8_t VARIANT(clip8)(int32_t sum) {
  int32_t value = sum >> RZ_RESAMPLE_BITS;
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void VARIANT(row_u8x1)(
    const uint8_t *restrict source, uint8_t *restrict target, size_t count, const int32_t *restrict starts,
    const int32_t *restrict lengths, const int32_t *restrict weights, size_t stride) {
  for (size_t i = 0; i < count; i++, weights += stride) {
    const uint8_t *pixels = source + starts[i];
    int32_t sum = 1 << (RZ_RESAMPLE_BITS - 1);
    for (int32_t j = 0; j < lengths[i]; j++) sum += weights[j] * pixels[j];
    target[i] = VARIANT(clip8)(sum);
  }
}

// A pixel is loaded and stored as four bytes: the fourth lane belongs to its neighbour, is computed along and
// overwritten by it.
static void VARIANT(row_u8x3)(
    const uint8_t *restrict source, uint8_t *restrict target, size_t count, const int32_t *restrict starts,
    const int32_t *restrict lengths, const int32_t *restrict weights, size_t stride) {
  for (size_t i = 0; i < count; i++, weights += stride) {
    const uint8_t *pixels = source + 3 * (size_t)starts[i];
    VARIANT(i32x4) sum = 1 << (RZ_RESAMPLE_BITS - 1);
    for (int32_t j = 0; j < lengths[i]; j++) {
      VARIANT(u8x4) pixel;
      memcpy(&pixel, pixels + 3 * (size_t)j, sizeof pixel);
      sum += __builtin_convertvector(pixel, VARIANT(i32x4)) * weights[j];
    }
    sum >>= RZ_RESAMPLE_BITS;
    sum = __builtin_elementwise_min(__builtin_elementwise_max(sum, (VARIANT(i32x4))0), (VARIANT(i32x4))255);
    VARIANT(u8x4) pixel = __builtin_convertvector(sum, VARIANT(u8x4));
    memcpy(target + 3 * i, &pixel, sizeof pixel);
  }
}

static void VARIANT(column_u8)(
    const uint8_t *restrict source, size_t source_stride, uint8_t *restrict target, size_t count,
    const int32_t *restrict weights, size_t taps) {
  enum { WIDTH = 32 };
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) {
    int32_t sums[WIDTH];
    for (size_t lane = 0; lane < WIDTH; lane++) sums[lane] = 1 << (RZ_RESAMPLE_BITS - 1);
    for (size_t j = 0; j < taps; j++) {
      const uint8_t *row = source + j * source_stride + i;
      int32_t weight = weights[j];
      for (size_t lane = 0; lane < WIDTH; lane++) sums[lane] += weight * row[lane];
    }
    for (size_t lane = 0; lane < WIDTH; lane++) target[i + lane] = VARIANT(clip8)(sums[lane]);
  }
  for (; i < count; i++) {
    int32_t sum = 1 << (RZ_RESAMPLE_BITS - 1);
    for (size_t j = 0; j < taps; j++) sum += weights[j] * source[j * source_stride + i];
    target[i] = VARIANT(clip8)(sum);
  }
}
