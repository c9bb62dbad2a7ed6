// Gradients of 3×3 filters by Winograd's minimal filtering F(3×3, 4×4), with the same points as winograd.inc.h: a tile of 4×4
// gradients slides over 6×6 inputs, 36 products instead of 144. The bodies of winograd and finish_winograd in gradients.h.
// Included by kernels.inc.h.

/// G g for one column of the gradients' tile.
static RZ_INLINE void rz_transform_gradient(const rz_vector g[RZ_TILE_STEP], rz_vector *out, size_t stride) {
  const rz_vector even = g[0] + g[2], odd = g[1] + g[3];
  const rz_vector wide_even = g[0] + 4.0f * g[2], wide_odd = 2.0f * g[1] + 8.0f * g[3];
  out[0 * stride] = 0.25f * g[0];
  out[1 * stride] = (even + odd) * (-1.0f / 6);
  out[2 * stride] = (even - odd) * (-1.0f / 6);
  out[3 * stride] = (wide_even + wide_odd) * (1.0f / 24);
  out[4 * stride] = (wide_even - wide_odd) * (1.0f / 24);
  out[5 * stride] = g[3];
}

/// Aᵀ m for one column of the products.
static RZ_INLINE void rz_transform_sums(const rz_vector m[RZ_TILE_EDGE], rz_vector *out, size_t stride) {
  const rz_vector a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], e = m[3] - m[4];
  out[0 * stride] = m[0] + a + c;
  out[1 * stride] = b + 2.0f * e;
  out[2 * stride] = a + 4.0f * c + m[5];
}

/// Transforms one register of channels of a tile of gradients, of which `rows` × `columns` exist; returns their sum.
static rz_vector rz_winograd_gradient_tile(size_t rows, size_t columns, size_t line, const float *gradient, size_t stride,
                                           float *transformed, size_t plane) {
  rz_vector half[RZ_TILE_EDGE * RZ_TILE_STEP], sum = {0};
  RZ_UNROLL for (size_t x = 0; x < RZ_TILE_STEP; x++) {
    rz_vector column[RZ_TILE_STEP];
    RZ_UNROLL for (size_t y = 0; y < RZ_TILE_STEP; y++) {
      column[y] = y < rows && x < columns ? rz_load(gradient + (y * line + x) * stride) : (rz_vector){0};
      sum += column[y];
    }
    rz_transform_gradient(column, half + x, RZ_TILE_STEP);
  }
  for (size_t y = 0; y < RZ_TILE_EDGE; y++) {
    rz_vector row[RZ_TILE_EDGE];
    rz_transform_gradient(half + y * RZ_TILE_STEP, row, 1);
    RZ_UNROLL for (size_t x = 0; x < RZ_TILE_EDGE; x++) rz_store(transformed + (y * RZ_TILE_EDGE + x) * plane, row[x]);
  }
  return sum;
}

static void RZ_NAME(rz_winograd_gradient_f32)(const struct rz_gradient *layer, const struct rz_gradient_part *part,
                                              size_t first_tile, size_t count, size_t next, const float *input,
                                              const float *gradient, float *scratch, float *sums) {
  const struct rz_window *w = &layer->window;
  const size_t across = (w->output_width + RZ_TILE_STEP - 1) / RZ_TILE_STEP;
  const size_t tiles = (w->output_height + RZ_TILE_STEP - 1) / RZ_TILE_STEP * across;
  const size_t inputs = part->inputs, outputs = part->outputs;
  // A line more than the tiles need keeps the planes from falling onto the same cache sets.
  const size_t plane = count * inputs + 16, gradient_plane = count * outputs + 16;
  float *gradients = scratch + RZ_TILE_AREA * plane, *bias = sums + RZ_TILE_AREA * inputs * outputs;
  for (size_t i = 0; i < count; i++) {
    const size_t image = (first_tile + i) / tiles, tile = (first_tile + i) % tiles;
    const size_t top = tile / across * RZ_TILE_STEP, left = tile % across * RZ_TILE_STEP;
    const float *in = input + image * layer->input_image_stride + part->first_input;
    for (size_t c = 0; c < inputs; c += RZ_LANES)
      rz_winograd_input(w, (ptrdiff_t)top - (ptrdiff_t)w->padding, (ptrdiff_t)left - (ptrdiff_t)w->padding, in + c,
                        scratch + i * inputs + c, plane);
    const float *out = gradient + image * layer->gradient_image_stride +
                       (top * w->output_width + left) * layer->gradient_stride + part->first_output;
    for (size_t c = 0; c < outputs; c += RZ_LANES) {
      const rz_vector sum =
          rz_winograd_gradient_tile(w->output_height - top, w->output_width - left, w->output_width, out + c,
                                    layer->gradient_stride, gradients + i * outputs + c, gradient_plane);
      if (part->wants_bias) rz_store(bias + c, rz_load(bias + c) + sum);
    }
  }
  const struct rz_runs run = {.images = 1, .lines = 1, .count = count, .x_pixel = inputs};
  // The tiles that follow come while the memory would be idle.
  const struct rz_tiles coming = {first_tile + count, next, tiles};
  for (size_t k = 0; k < RZ_TILE_AREA; k++) {
    rz_fetch_tiles(&coming, k, input + part->first_input, layer->input_image_stride, w->input_height * w->input_width,
                   w->channels, inputs, false);
    rz_fetch_tiles(&coming, k, gradient + part->first_output, layer->gradient_image_stride,
                   w->output_height * w->output_width, layer->gradient_stride, outputs, false);
    rz_gradient_tap(inputs, outputs / RZ_LANES, 0, &run, scratch + k * plane, gradients + k * gradient_plane,
                    sums + k * inputs * outputs);
  }
}

static void RZ_NAME(rz_finish_winograd_gradient_f32)(size_t inputs, size_t width, size_t outputs, size_t count,
                                                     size_t sums_stride, const float *sums, float *weights,
                                                     size_t stride) {
  enum { taps = 9, block = RZ_NUMBERS / taps };
  for (size_t first = 0; first < inputs; first += block) {
    const size_t left = inputs - first, here = left < block ? left : block;
    for (size_t o = 0; o < outputs; o += RZ_LANES) {
      float total[RZ_NUMBERS][RZ_LANES];
      for (size_t i = 0; i < here; i++) {
        rz_vector half[3 * RZ_TILE_EDGE];
        for (size_t x = 0; x < RZ_TILE_EDGE; x++) {
          rz_vector column[RZ_TILE_EDGE];
          RZ_UNROLL for (size_t y = 0; y < RZ_TILE_EDGE; y++) {
            const float *from = sums + ((y * RZ_TILE_EDGE + x) * inputs + first + i) * width + o;
            column[y] = rz_load(from);
            for (size_t k = 1; k < count; k++) column[y] += rz_load(from + k * sums_stride);
          }
          rz_transform_sums(column, half + x, RZ_TILE_EDGE);
        }
        RZ_UNROLL for (size_t y = 0; y < 3; y++) {
          rz_vector row[3];
          rz_transform_sums(half + y * RZ_TILE_EDGE, row, 1);
          RZ_UNROLL for (size_t x = 0; x < 3; x++) rz_store(total[i * taps + y * 3 + x], row[x]);
        }
      }
      rz_turn(here * taps, outputs - o, total, weights + o * stride + first * taps, stride);
    }
  }
}
