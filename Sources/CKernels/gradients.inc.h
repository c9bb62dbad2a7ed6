// Gradients of a convolution's weights: sums over pixels of products of an input channel with a register of gradients. The
// bodies of weights and finish in gradients.h. Included by kernels.inc.h.

/// Rows of sums that fit in the registers beside their factors, for a number of registers in each row.
static RZ_INLINE size_t rz_gradient_rows(size_t vectors) {
#if RZ_PANEL_VECTORS == 4
  return vectors == 1 ? 16 : vectors == 2 ? 12 : vectors == 3 ? 8 : 6;
#else
  return vectors == 1 ? 12 : 6;
#endif
}
enum { RZ_GRADIENT_ROWS = 16 };

/// Pixels of the packed input and of the packed gradients that meet in one tap.
struct rz_runs {
  size_t images, lines, count;
  /// Floats of the input between two images, lines and pixels.
  size_t x_image, x_line, x_pixel;
  /// Floats of the gradients between two images and lines.
  size_t y_image, y_line;
};

/// Adds to sums[rows][vectors]. With a `group`, the rows are the inputs of each group, which share registers as in rz_spread.
static RZ_INLINE void rz_gradient_tile(const size_t rows, const size_t vectors, const size_t group,
                                       const struct rz_runs *n, const float *x, const float *y, float *sums) {
  rz_vector total[RZ_GRADIENT_ROWS][RZ_PANEL_VECTORS] = {0};
  const size_t x_pixel = n->x_pixel;
  for (size_t image = 0; image < n->images; image++)
    for (size_t line = 0; line < n->lines; line++) {
      const float *in = x + image * n->x_image + line * n->x_line;
      const float *out = y + image * n->y_image + line * n->y_line;
      for (size_t i = 0; i < n->count; i++, in += x_pixel, out += vectors * RZ_LANES) {
        rz_vector factors[RZ_PANEL_VECTORS];
        RZ_UNROLL for (size_t v = 0; v < vectors; v++) factors[v] = rz_load(out + v * RZ_LANES);
        RZ_UNROLL for (size_t r = 0; r < rows; r++) {
          const rz_vector value = group ? (rz_vector)rz_spread(rz_load(in), group, r) : rz_broadcast(in[r]);
          RZ_UNROLL for (size_t v = 0; v < vectors; v++) total[r][v] += value * factors[v];
        }
      }
    }
  RZ_UNROLL for (size_t r = 0; r < rows; r++) RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
    float *p = sums + (r * vectors + v) * RZ_LANES;
    rz_store(p, rz_load(p) + total[r][v]);
  }
}

#define RZ_ROW(r, v)                              \
  case (r) * 8 + (v):                             \
    rz_gradient_tile(r, v, 0, runs, x, y, sums); \
    break;
#define RZ_SIX_ROWS(v) RZ_ROW(1, v) RZ_ROW(2, v) RZ_ROW(3, v) RZ_ROW(4, v) RZ_ROW(5, v) RZ_ROW(6, v)
#define RZ_TWELVE_ROWS(v) \
  RZ_SIX_ROWS(v) RZ_ROW(7, v) RZ_ROW(8, v) RZ_ROW(9, v) RZ_ROW(10, v) RZ_ROW(11, v) RZ_ROW(12, v)

/// rz_gradient_tile for the given numbers of rows and registers.
static void rz_gradient_product(size_t rows, size_t vectors, const struct rz_runs *runs, const float *x, const float *y,
                                float *sums) {
  switch (rows * 8 + vectors) {
    RZ_TWELVE_ROWS(1)
#if RZ_PANEL_VECTORS == 4
    RZ_ROW(13, 1) RZ_ROW(14, 1) RZ_ROW(15, 1) RZ_ROW(16, 1)
    RZ_TWELVE_ROWS(2)
    RZ_SIX_ROWS(3) RZ_ROW(7, 3) RZ_ROW(8, 3)
    RZ_SIX_ROWS(4)
#else
    RZ_SIX_ROWS(2)
#endif
  }
}

/// All rows of one tap, in tiles of about the same height.
static void rz_gradient_tap(size_t length, size_t vectors, size_t group, const struct rz_runs *runs, const float *x,
                            const float *y, float *sums) {
  switch (group) {
    case 1: rz_gradient_tile(1, 1, 1, runs, x, y, sums); return;
    case 2: rz_gradient_tile(2, 1, 2, runs, x, y, sums); return;
    case 4: rz_gradient_tile(4, 1, 4, runs, x, y, sums); return;
#if RZ_LANES > 8
    case 8: rz_gradient_tile(8, 1, 8, runs, x, y, sums); return;
#endif
  }
  const size_t most = rz_gradient_rows(vectors), tiles = (length + most - 1) / most;
  for (size_t tile = 0; tile < tiles; tile++) {
    const size_t first = tile * length / tiles, rows = (tile + 1) * length / tiles - first;
    rz_gradient_product(rows, vectors, runs, x + first, y, sums + first * vectors * RZ_LANES);
  }
}

/// Asks for numbers that are read soon; they need not exist.
static inline void rz_ask(const float *p, size_t count) {
  for (size_t i = 0; i < count; i += 16) __builtin_prefetch((const char *)p + i * sizeof(float));
}

/// packed[pixels][width] = channels of pixels that are `stride` floats apart, and zeros.
static void rz_copy_pixels(size_t pixels, size_t channels, size_t width, const float *from, size_t stride, float *packed) {
  for (size_t i = 0; i < pixels; i++, from += stride, packed += width) {
    size_t c = 0;
    rz_ask(from + 8 * stride, channels);
    for (; c + RZ_LANES <= channels; c += RZ_LANES) rz_store(packed + c, rz_load(from + c));
    for (; c < channels; c++) packed[c] = from[c];
    for (; c < width; c++) packed[c] = 0;
  }
}

/// The rows, or columns, first ..< last of a convolution's output whose tap at `offset` lies inside the input.
static void rz_clip(ptrdiff_t offset, size_t stride, size_t size, size_t *first, size_t *last) {
  const size_t skipped = offset < 0 ? ((size_t)-offset + stride - 1) / stride : 0;
  const ptrdiff_t left = (ptrdiff_t)size - offset;
  const size_t end = left > 0 ? ((size_t)left + stride - 1) / stride : 0;
  if (*first < skipped) *first = skipped;
  if (*last > end) *last = end;
}

/// Packs the pixels that a 1×1 window reads, slice after slice: [slice][pixel][channel of the slice].
static void rz_pack_points(const struct rz_gradient *layer, const struct rz_gradient_part *part, const float *input,
                           float *packed) {
  const struct rz_window *w = &layer->window;
  const size_t line = w->output_width, pixels = part->images * part->rows * line;
  for (size_t i = 0; i < pixels; i++) {
    const size_t image = part->first_image + i / (part->rows * line);
    const size_t y = (part->first_row + i / line % part->rows) * w->stride, x = i % line * w->stride;
    const float *from = input + image * layer->input_image_stride + (y * w->input_width + x) * w->channels + part->first_input;
    rz_ask(from + 4 * w->stride * w->channels, part->inputs);
    for (size_t first = 0; first < part->inputs; first += RZ_SLICE) {
      const size_t left = part->inputs - first, slice = left < RZ_SLICE ? left : RZ_SLICE;
      rz_copy_pixels(1, slice, slice, from + first, 0, packed + first * pixels + i * slice);
    }
  }
}

/// The input rows under a part, in packed form.
struct rz_packed_rows {
  /// The input row of the first packed one, and their number.
  size_t first, count;
  /// Floats between two rows.
  size_t line;
};

/// Packs `slice` channels of the part's input rows, with their padding if `row_copies`.
static struct rz_packed_rows rz_pack_rows(const struct rz_gradient *layer, const struct rz_gradient_part *part,
                                          size_t channel, size_t slice, const float *input, float *packed) {
  const struct rz_window *w = &layer->window;
  const size_t top = part->first_row * w->stride, reach = (w->kernel - 1) * w->dilation;
  const size_t end = top + (part->rows - 1) * w->stride + reach + 1;
  const size_t first = top > w->padding ? top - w->padding : 0, last = end > w->padding ? end - w->padding : 0;
  const struct rz_packed_rows rows = {
      .first = first,
      .count = (last < w->input_height ? last : w->input_height) - first,
      .line = (w->input_width + (layer->row_copies ? 2 * w->padding : 0)) * slice};
  for (size_t image = 0; image < part->images; image++)
    for (size_t i = 0; i < rows.count; i++, packed += rows.line) {
      const float *row = input + (part->first_image + image) * layer->input_image_stride +
                         (rows.first + i) * w->input_width * w->channels + channel;
      if (layer->row_copies) {
        const size_t edge = w->padding * slice, used = w->input_width * slice;
        memset(packed, 0, edge * sizeof(float));
        memcpy(packed + edge, row, used * sizeof(float));
        memset(packed + edge + used, 0, edge * sizeof(float));
      } else {
        rz_copy_pixels(w->input_width, slice, slice, row, w->channels, packed);
      }
    }
  return rows;
}

static void RZ_NAME(rz_weight_gradient_f32)(const struct rz_gradient *layer, const struct rz_gradient_part *part,
                                            const float *input, const float *gradient, float *scratch, float *sums) {
  const struct rz_window *w = &layer->window;
  const size_t vectors = (part->outputs + RZ_LANES - 1) / RZ_LANES, width = vectors * RZ_LANES;
  const size_t line = w->output_width, pixels = part->rows * line;
  for (size_t image = 0; image < part->images; image++)
    rz_copy_pixels(pixels, part->outputs, width,
                   gradient + (part->first_image + image) * layer->gradient_image_stride +
                       part->first_row * line * layer->gradient_stride + part->first_output,
                   layer->gradient_stride, scratch + image * pixels * width);
  float *packed = scratch + part->images * pixels * width;
  const size_t inputs = part->inputs;
  if (part->wants_bias) {
    float *row = sums + w->kernel * w->kernel * inputs * width;
    for (size_t c = 0; c < width; c += RZ_LANES) {
      rz_vector sum = {0};
      for (size_t i = 0; i < part->images * pixels; i++) sum += rz_load(scratch + i * width + c);
      rz_store(row + c, rz_load(row + c) + sum);
    }
  }
  if (w->kernel == 1 && !layer->spread) {
    rz_pack_points(layer, part, input, packed);
    for (size_t first = 0; first < inputs; first += RZ_SLICE) {
      const size_t left = inputs - first, slice = left < RZ_SLICE ? left : RZ_SLICE;
      const struct rz_runs run = {.images = 1, .lines = 1, .count = part->images * pixels, .x_pixel = slice};
      rz_gradient_tap(slice, vectors, 0, &run, packed + first * run.count, scratch, sums + first * width);
    }
    return;
  }
  const size_t slice_size = layer->spread ? RZ_LANES : RZ_SLICE;
  for (size_t first = 0; first < inputs; first += slice_size) {
    const size_t left = inputs - first, slice = layer->spread ? RZ_LANES : left < RZ_SLICE ? left : RZ_SLICE;
    const struct rz_packed_rows rows = rz_pack_rows(layer, part, part->first_input + first, slice, input, packed);
    const size_t across = layer->row_copies ? 1 : w->kernel;
    const size_t length = layer->row_copies ? w->kernel * slice : layer->spread ? layer->spread : slice;
    for (size_t ky = 0; ky < w->kernel; ky++)
      for (size_t kx = 0; kx < across; kx++) {
        float *tap_sums = sums + ((ky * w->kernel + kx) * inputs + first) * width;
        const ptrdiff_t down = (ptrdiff_t)(ky * w->dilation) - (ptrdiff_t)w->padding;
        const ptrdiff_t right = layer->row_copies ? 0 : (ptrdiff_t)(kx * w->dilation) - (ptrdiff_t)w->padding;
        size_t top = part->first_row, bottom = part->first_row + part->rows, start = 0, end = line;
        rz_clip(down, w->stride, w->input_height, &top, &bottom);
        if (!layer->row_copies) rz_clip(right, w->stride, w->input_width, &start, &end);
        if (top >= bottom || start >= end) continue;
        const struct rz_runs runs = {.images = part->images,
                                     .lines = bottom - top,
                                     .count = end - start,
                                     .x_image = rows.count * rows.line,
                                     .x_line = w->stride * rows.line,
                                     .x_pixel = w->stride * slice,
                                     .y_image = pixels * width,
                                     .y_line = line * width};
        const size_t y = (size_t)((ptrdiff_t)(top * w->stride) + down) - rows.first;
        const size_t x = (size_t)((ptrdiff_t)(start * w->stride) + right);
        rz_gradient_tap(length, vectors, layer->spread, &runs, packed + y * rows.line + x * slice,
                        scratch + ((top - part->first_row) * line + start) * width, tap_sums);
      }
  }
}

/// Numbers of each output that are turned at once: 8 KiB of 16 outputs stay in the first-level cache.
enum { RZ_NUMBERS = 128 };

/// weights[lane][number] = numbers[number][lane] for the lanes that exist, `stride` apart.
static inline void rz_turn(size_t count, size_t lanes, float numbers[RZ_NUMBERS][RZ_LANES], float *weights, size_t stride) {
  for (size_t lane = 0; lane < RZ_LANES && lane < lanes; lane++)
    for (size_t j = 0; j < count; j++) weights[lane * stride + j] = numbers[j][lane];
}

static void RZ_NAME(rz_finish_gradient_f32)(size_t taps, size_t inputs, size_t width, size_t outputs, size_t count,
                                            size_t sums_stride, const float *sums, float *weights, size_t stride) {
  // As many numbers of each output at once as stay in the first-level cache.
  for (size_t first = 0; first < inputs * taps; first += RZ_NUMBERS) {
    const size_t left = inputs * taps - first, numbers = left < RZ_NUMBERS ? left : RZ_NUMBERS;
    for (size_t o = 0; o < outputs; o += RZ_LANES) {
      float total[RZ_NUMBERS][RZ_LANES];
      for (size_t j = 0; j < numbers; j++) {
        const size_t input = (first + j) / taps, tap = (first + j) % taps;
        const float *from = sums + (tap * inputs + input) * width + o;
        rz_vector sum = rz_load(from);
        for (size_t k = 1; k < count; k++) sum += rz_load(from + k * sums_stride);
        rz_store(total[j], sum);
      }
      rz_turn(numbers, outputs - o, total, weights + o * stride + first, stride);
    }
  }
}
