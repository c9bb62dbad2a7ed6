// 3×3 convolutions of stride 1 by Winograd's minimal filtering F(4×4, 3×3), after Lavin and Gray, "Fast Algorithms for
// Convolutional Neural Networks" (2015): 36 products for 16 outputs instead of 144. The body of winograd in
// convolution.h. Included by kernels.inc.h.

/// Edge of the input tile.
enum { RZ_TILE_EDGE = 6 };

/// Aᵀ m for one column of the products.
static RZ_INLINE void rz_transform_output(const rz_vector m[RZ_TILE_EDGE], rz_vector *out, size_t stride) {
  const rz_vector a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];
  out[0 * stride] = m[0] + a + c;
  out[1 * stride] = b + 2.0f * e;
  out[2 * stride] = a + 4.0f * c;
  out[3 * stride] = b + 8.0f * e + m[5];
}

/// Stores d B for one row of the half transformed input tile.
static RZ_INLINE void rz_store_input_row(const rz_vector d[RZ_TILE_EDGE], float *out, size_t plane) {
  const rz_vector a = d[4] - 4.0f * d[2], b = d[3] - 4.0f * d[1];
  const rz_vector c = d[4] - d[2], e = 2.0f * (d[3] - d[1]);
  rz_store(out, 4.0f * d[0] - 5.0f * d[2] + d[4]);
  rz_store(out + plane, a + b);
  rz_store(out + 2 * plane, a - b);
  rz_store(out + 3 * plane, c + e);
  rz_store(out + 4 * plane, c - e);
  rz_store(out + 5 * plane, 4.0f * d[1] - 5.0f * d[3] + d[5]);
}

/// Bᵀ d B for one register of channels, two rows of Bᵀ d at a time, so that they stay in registers.
///
/// - lines, strides: each line of the tile, and floats between two of its pixels.
/// - columns: a bit for each column that exists.
static RZ_INLINE void rz_transform_input(const float *const lines[RZ_TILE_EDGE], const size_t strides[RZ_TILE_EDGE],
                                         const unsigned columns, float *out, size_t plane) {
  const size_t row = RZ_TILE_EDGE * plane;
  rz_vector first[RZ_TILE_EDGE], second[RZ_TILE_EDGE];
#define RZ_AT(y) rz_load(lines[y] + x * strides[y])
#define RZ_COLUMNS(of_first, of_second)                       \
  RZ_UNROLL for (size_t x = 0; x < RZ_TILE_EDGE; x++) {       \
    first[x] = second[x] = (rz_vector){0};                    \
    if (columns >> x & 1) {                                   \
      const rz_vector a = of_first, b = of_second;            \
      first[x] = a + b;                                       \
      second[x] = a - b;                                      \
    }                                                         \
  }
  RZ_COLUMNS(RZ_AT(4) - 4.0f * RZ_AT(2), RZ_AT(3) - 4.0f * RZ_AT(1))
  rz_store_input_row(first, out + row, plane);
  rz_store_input_row(second, out + 2 * row, plane);
  RZ_COLUMNS(RZ_AT(4) - RZ_AT(2), 2.0f * (RZ_AT(3) - RZ_AT(1)))
  rz_store_input_row(first, out + 3 * row, plane);
  rz_store_input_row(second, out + 4 * row, plane);
#undef RZ_COLUMNS
  RZ_UNROLL for (size_t x = 0; x < RZ_TILE_EDGE; x++) {
    first[x] = second[x] = (rz_vector){0};
    if (columns >> x & 1) {
      first[x] = 4.0f * RZ_AT(0) - 5.0f * RZ_AT(2) + RZ_AT(4);
      second[x] = 4.0f * RZ_AT(1) - 5.0f * RZ_AT(3) + RZ_AT(5);
    }
  }
#undef RZ_AT
  rz_store_input_row(first, out, plane);
  rz_store_input_row(second, out + 5 * row, plane);
}

/// Transforms one register of channels of the input tile at (top, left), which may hang over the edge.
static void rz_winograd_input(const struct rz_window *w, ptrdiff_t top, ptrdiff_t left, const float *input,
                              float *transformed, size_t plane) {
  static const float nothing[RZ_LANES] = {0};
  const ptrdiff_t height = (ptrdiff_t)w->input_height, width = (ptrdiff_t)w->input_width;
  const float *lines[RZ_TILE_EDGE];
  size_t strides[RZ_TILE_EDGE];
  if (top >= 0 && left >= 0 && top + RZ_TILE_EDGE <= height && left + RZ_TILE_EDGE <= width) {
    RZ_UNROLL for (ptrdiff_t y = 0; y < RZ_TILE_EDGE; y++) {
      lines[y] = input + (size_t)((top + y) * width + left) * w->channels;
      strides[y] = w->channels;
    }
    rz_transform_input(lines, strides, (1u << RZ_TILE_EDGE) - 1, transformed, plane);
    return;
  }
  // The pixels of a line beyond the edge lie all in the same zeros.
  unsigned columns = 0;
  RZ_UNROLL for (ptrdiff_t i = 0; i < RZ_TILE_EDGE; i++) {
    const bool exists = top + i >= 0 && top + i < height;
    lines[i] = exists ? input + ((top + i) * width + left) * (ptrdiff_t)w->channels : nothing;
    strides[i] = exists ? w->channels : 0;
    columns |= (unsigned)(left + i >= 0 && left + i < width) << i;
  }
  rz_transform_input(lines, strides, columns, transformed, plane);
}

/// Turns one register of channels of a tile's products into `rows` × `columns` outputs and finishes them.
static RZ_INLINE void rz_winograd_outputs(const float *products, size_t plane, const size_t rows, const size_t columns,
                                          size_t output_width, const struct rz_target *s, rz_vector bias) {
  rz_vector half[RZ_TILE_STEP * RZ_TILE_EDGE];
  RZ_UNROLL for (size_t x = 0; x < RZ_TILE_EDGE; x++) {
    rz_vector column[RZ_TILE_EDGE];
    RZ_UNROLL for (size_t y = 0; y < RZ_TILE_EDGE; y++)
        column[y] = rz_load(products + (y * RZ_TILE_EDGE + x) * plane);
    rz_transform_output(column, half + x, RZ_TILE_EDGE);
  }
  for (size_t y = 0; y < rows; y++) {
    rz_vector row[RZ_TILE_STEP];
    rz_transform_output(half + y * RZ_TILE_EDGE, row, 1);
    for (size_t x = 0; x < columns; x++) rz_finish(s, (y * output_width + x) * s->stride, row[x], bias);
  }
}

/// As rz_winograd_outputs, with loops unrolled for whole tiles.
static void rz_winograd_output(const float *products, size_t plane, size_t rows, size_t columns, size_t output_width,
                               const struct rz_target *s, rz_vector bias) {
  if (rows < RZ_TILE_STEP || columns < RZ_TILE_STEP)
    rz_winograd_outputs(products, plane, rows, columns, output_width, s, bias);
  else
    rz_winograd_outputs(products, plane, RZ_TILE_STEP, RZ_TILE_STEP, output_width, s, bias);
}

/// Tiles of all images.
struct rz_tiles {
  size_t first, count, of_image;
};

/// Asks the caches for the k-th of RZ_TILE_AREA shares of the part of a map under tiles: `channels` floats of each pixel. The
/// pixels of an image are taken to be its tiles' in their order, which is nearly so.
static RZ_INLINE void rz_fetch_tiles(const struct rz_tiles *t, size_t k, const float *map, size_t image_stride,
                                     size_t pixels, size_t pixel_stride, size_t channels, const bool writes) {
  enum { line = 16 };
  const size_t all = t->count * pixels / t->of_image;
  const size_t begin = k * all / RZ_TILE_AREA, end = (k + 1) * all / RZ_TILE_AREA;
  const size_t first = t->first % t->of_image * pixels / t->of_image + begin;
  size_t pixel = first % pixels;
  map += (t->first / t->of_image + first / pixels) * image_stride;
  for (size_t i = begin; i < end; i++) {
    for (size_t c = 0; c < channels; c += line) {
      const float *from = map + pixel * pixel_stride + c;
      if (writes)
        __builtin_prefetch(from, 1, 2);
      else
        __builtin_prefetch(from, 0, 2);
    }
    if (++pixel == pixels) pixel = 0, map += image_stride;
  }
}

static void RZ_NAME(rz_winograd_f32)(const struct rz_window *w, size_t outputs, const struct rz_part *part, size_t next,
                                     size_t next_count, const float *input, size_t input_stride, const float *weights,
                                     const struct rz_epilogue *epilogue, float *scratch, float *output, size_t output_stride) {
  const size_t inputs = w->channels, count = part->pixels;
  const size_t across = (w->output_width + RZ_TILE_STEP - 1) / RZ_TILE_STEP;
  const size_t tiles = (w->output_height + RZ_TILE_STEP - 1) / RZ_TILE_STEP * across;
  // A line more than the tiles need keeps the planes from falling onto the same cache sets.
  const size_t plane = count * inputs + 16;
  float *products = scratch + RZ_TILE_AREA * plane;
  const size_t input_pixels = w->input_height * w->input_width, output_pixels = w->output_height * w->output_width;
  const struct rz_tiles here = {part->first_pixel, count, tiles}, coming = {next, next_count, tiles};
  for (size_t i = 0; i < count; i++) {
    const size_t image = (part->first_pixel + i) / tiles, tile = (part->first_pixel + i) % tiles;
    const ptrdiff_t top = (ptrdiff_t)(tile / across * RZ_TILE_STEP) - (ptrdiff_t)w->padding;
    const ptrdiff_t left = (ptrdiff_t)(tile % across * RZ_TILE_STEP) - (ptrdiff_t)w->padding;
    for (size_t c = 0; c < inputs; c += RZ_LANES)
      rz_winograd_input(w, top, left, input + image * input_stride + c, scratch + i * inputs + c, plane);
  }
  for (size_t panel = part->first_panel; panel < part->first_panel + part->panels; panel++) {
    const size_t vectors = rz_panel_vectors(outputs, panel), width = vectors * RZ_LANES;
    const size_t product_plane = count * width + 16;
    const float *panel_weights = weights + panel * RZ_PANEL * RZ_TILE_AREA * inputs;
    const size_t channel = panel * RZ_PANEL;
    for (size_t k = 0; k < RZ_TILE_AREA; k++) {
      // The products leave the memory idle: what is written after them and read before the next ones comes meanwhile.
      rz_fetch_tiles(&here, k, output + channel, output_stride, output_pixels, outputs, width, true);
      if (epilogue->residual && epilogue->residual != output)
        rz_fetch_tiles(&here, k, epilogue->residual + channel, output_stride, output_pixels, outputs, width, false);
      if (panel == part->first_panel)
        rz_fetch_tiles(&coming, k, input, input_stride, input_pixels, inputs, inputs, false);
      for (size_t i = 0; i < count; i += RZ_ROWS) {
        const size_t rows = count - i < RZ_ROWS ? count - i : RZ_ROWS;
        const float *sources[RZ_ROWS];
        for (size_t r = 0; r < rows; r++) sources[r] = scratch + k * plane + (i + r) * inputs;
        const struct rz_target target = {
            .out = products + k * product_plane + i * width, .stride = width, .last_lanes = RZ_LANES};
        rz_product(rows, vectors, 1, inputs, sources, panel_weights + k * inputs * width, &target);
      }
    }
    for (size_t i = 0; i < count; i++) {
      const size_t image = (part->first_pixel + i) / tiles, tile = (part->first_pixel + i) % tiles;
      const size_t top = tile / across * RZ_TILE_STEP, left = tile % across * RZ_TILE_STEP;
      const size_t rows = w->output_height - top, columns = w->output_width - left;
      for (size_t v = 0; v < vectors; v++) {
        const size_t first = channel + v * RZ_LANES;
        const size_t offset = image * output_stride + (top * w->output_width + left) * outputs + first;
        const struct rz_target target = {.out = output + offset,
                                       .residual = epilogue->residual ? epilogue->residual + offset : NULL,
                                       .bias = epilogue->bias + first,
                                       .stride = outputs,
                                       .last_lanes = RZ_LANES,
                                       .floor = epilogue->relu ? 0.0f : -INFINITY};
        rz_winograd_output(products + i * width + v * RZ_LANES, product_plane,
                           rows < RZ_TILE_STEP ? rows : RZ_TILE_STEP, columns < RZ_TILE_STEP ? columns : RZ_TILE_STEP,
                           w->output_width, &target, rz_load(target.bias));
      }
    }
  }
}
