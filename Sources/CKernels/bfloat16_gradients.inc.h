// Gradients of the weights of 1×1 windows as products of bfloat16 numbers, the body of `weight_gradient` in bfloat16.h. Included by
// bfloat16.inc.h.

/// packed[width] = pairs of the channels of two pixels, each rounded, and zeros. The second may be NULL, a pixel of zeros.
static void RZ_BF16(rz_pair_pixels)(size_t channels, size_t width, const float *first, const float *second,
                                    uint32_t *packed) {
  for (size_t c = 0; c < width; c += RZ_LANES) {
    float rest[2][RZ_LANES] = {{0}};
    uint16_t low[RZ_LANES], high[RZ_LANES];
    const float *a = first + c, *b = second ? second + c : rest[1];
    if (c + RZ_LANES > channels) {
      const size_t left = channels - c;
      a = memcpy(rest[0], a, left * sizeof(float));
      if (second) b = memcpy(rest[1], b, left * sizeof(float));
    }
    RZ_BF16(rz_round)(a, low);
    RZ_BF16(rz_round)(b, high);
    const rz_pairs pairs = __builtin_convertvector(*(const rz_halves *)low, rz_pairs) |
                           __builtin_convertvector(*(const rz_halves *)high, rz_pairs) << 16;
    memcpy(packed + c, &pairs, sizeof pairs);
  }
}

/// Adds to sums[rows][vectors] the products of pairs of pixels: `rows` inputs, `slice` apart, with registers of gradients.
static RZ_INLINE void RZ_BF16(rz_pair_gradient_tile)(const size_t rows, const size_t vectors, size_t pairs, size_t slice,
                                                     const uint32_t *x, const uint32_t *y, float *sums) {
  rz_vector total[RZ_GRADIENT_ROWS][RZ_PANEL_VECTORS] = {0};
  for (size_t i = 0; i < pairs; i++, x += slice, y += vectors * RZ_LANES) {
    rz_pairs factors[RZ_PANEL_VECTORS];
    RZ_UNROLL for (size_t v = 0; v < vectors; v++) factors[v] = *(const rz_pairs *)(y + v * RZ_LANES);
    RZ_UNROLL for (size_t r = 0; r < rows; r++) RZ_UNROLL for (size_t v = 0; v < vectors; v++)
      total[r][v] = RZ_BF16(rz_dot)(total[r][v], x[r], factors[v]);
  }
  RZ_UNROLL for (size_t r = 0; r < rows; r++) RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
    float *p = sums + (r * vectors + v) * RZ_LANES;
    rz_store(p, rz_load(p) + total[r][v]);
  }
}

#define RZ_ROW_OF_PAIRS(r, v)                                           \
  case (r) * 8 + (v):                                                   \
    RZ_BF16(rz_pair_gradient_tile)(r, v, pairs, slice, x, y, sums); \
    break;
#define RZ_ROWS_OF_PAIRS(v)                                                                              \
  RZ_ROW_OF_PAIRS(1, v) RZ_ROW_OF_PAIRS(2, v) RZ_ROW_OF_PAIRS(3, v) RZ_ROW_OF_PAIRS(4, v)                \
  RZ_ROW_OF_PAIRS(5, v) RZ_ROW_OF_PAIRS(6, v)
#define RZ_MORE_ROWS_OF_PAIRS(v)                                                                         \
  RZ_ROWS_OF_PAIRS(v) RZ_ROW_OF_PAIRS(7, v) RZ_ROW_OF_PAIRS(8, v) RZ_ROW_OF_PAIRS(9, v)                  \
  RZ_ROW_OF_PAIRS(10, v) RZ_ROW_OF_PAIRS(11, v) RZ_ROW_OF_PAIRS(12, v)

/// rz_pair_gradient_tile for the given numbers of rows and registers, those of rz_gradient_product.
static void RZ_BF16(rz_pair_gradient_product)(size_t rows, size_t vectors, size_t pairs, size_t slice, const uint32_t *x,
                                              const uint32_t *y, float *sums) {
  switch (rows * 8 + vectors) {
    RZ_MORE_ROWS_OF_PAIRS(1)
#if RZ_PANEL_VECTORS == 4
    RZ_ROW_OF_PAIRS(13, 1) RZ_ROW_OF_PAIRS(14, 1) RZ_ROW_OF_PAIRS(15, 1) RZ_ROW_OF_PAIRS(16, 1)
    RZ_MORE_ROWS_OF_PAIRS(2)
    RZ_ROWS_OF_PAIRS(3) RZ_ROW_OF_PAIRS(7, 3) RZ_ROW_OF_PAIRS(8, 3)
    RZ_ROWS_OF_PAIRS(4)
#else
    RZ_ROWS_OF_PAIRS(2)
#endif
  }
}
#undef RZ_ROW_OF_PAIRS
#undef RZ_ROWS_OF_PAIRS
#undef RZ_MORE_ROWS_OF_PAIRS

#ifndef RZ_BF16_GRADIENTS_ONCE
#define RZ_BF16_GRADIENTS_ONCE
/// The first of the part's gradients of its pixel `i`, counted over its images.
static inline const float *rz_gradient_pixel(const struct rz_gradient *layer, const struct rz_gradient_part *part, size_t i,
                                             const float *gradient) {
  const size_t line = layer->window.output_width, pixels = part->rows * line;
  return gradient + (part->first_image + i / pixels) * layer->gradient_image_stride +
         (part->first_row * line + i % pixels) * layer->gradient_stride + part->first_output;
}

/// The first of the part's inputs that a 1×1 window reads at its pixel `i`.
static inline const float *rz_input_pixel(const struct rz_gradient *layer, const struct rz_gradient_part *part, size_t i,
                                          const float *input) {
  const struct rz_window *w = &layer->window;
  const size_t line = w->output_width, image = part->first_image + i / (part->rows * line);
  const size_t y = (part->first_row + i / line % part->rows) * w->stride, x = i % line * w->stride;
  return input + image * layer->input_image_stride + (y * w->input_width + x) * w->channels + part->first_input;
}
#endif

static void RZ_BF16(rz_weight_gradient_bf16)(const struct rz_gradient *layer, const struct rz_gradient_part *part,
                                             const float *input, const float *gradient, uint32_t *scratch, float *sums) {
  const size_t vectors = (part->outputs + RZ_LANES - 1) / RZ_LANES, width = vectors * RZ_LANES;
  const size_t pixels = part->images * part->rows * layer->window.output_width, pairs = (pixels + 1) / 2;
  for (size_t i = 0; i < pixels; i += 2) {
    const float *first = rz_gradient_pixel(layer, part, i, gradient);
    const float *second = i + 1 < pixels ? rz_gradient_pixel(layer, part, i + 1, gradient) : NULL;
    RZ_BF16(rz_pair_pixels)(part->outputs, width, first, second, scratch + i / 2 * width);
  }
  if (part->wants_bias)
    for (size_t i = 0; i < pixels; i++) {
      const float *from = rz_gradient_pixel(layer, part, i, gradient);
      for (size_t c = 0; c < part->outputs; c++) sums[part->inputs * width + c] += from[c];
    }
  uint32_t *packed = scratch + pairs * width;
  for (size_t first = 0; first < part->inputs; first += RZ_SLICE) {
    const size_t left = part->inputs - first, slice = left < RZ_SLICE ? left : RZ_SLICE;
    const size_t stride = (slice + RZ_LANES - 1) / RZ_LANES * RZ_LANES;
    for (size_t i = 0; i < pixels; i += 2) {
      const float *a = rz_input_pixel(layer, part, i, input) + first;
      const float *b = i + 1 < pixels ? rz_input_pixel(layer, part, i + 1, input) + first : NULL;
      RZ_BF16(rz_pair_pixels)(slice, stride, a, b, packed + i / 2 * stride);
    }
    const size_t most = rz_gradient_rows(vectors), tiles = (slice + most - 1) / most;
    for (size_t tile = 0; tile < tiles; tile++) {
      const size_t row = tile * slice / tiles, rows = (tile + 1) * slice / tiles - row;
      RZ_BF16(rz_pair_gradient_product)(rows, vectors, pairs, stride, packed + row, scratch, sums + (first + row) * width);
    }
  }
}
