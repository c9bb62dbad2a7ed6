// The kernels of bytes.h for one instruction set. A file for the set defines RZ_NAME, RZ_SET, RZ_LANES, RZ_PANEL_VECTORS, RZ_UNIT,
// rz_activation (a number of the copied rows), rz_weight (of packed weights), rz_ints (a register of 32-bit numbers), rz_dot, rz_nearest, rz_larger and
// rz_smaller (the second number where the first is NaN), rz_load_bytes, rz_store_bytes and rz_store_panel, then includes this one.
//
// No product and sum may be fused here: each step is rounded, so that all sets give the same bits.
#pragma clang fp contract(off)
#include "vectors.inc.h"

#include "panels.inc.h"

/// The way of a tile's sums into the output.
struct rz_byte_target {
  /// From the panel's first channel on.
  const int32_t *correction;
  const float *factor, *bias;
  const uint8_t *byte_residual;
  const float *float_residual;
  /// One of them is null.
  uint8_t *bytes;
  float *floats;
  float residual_factor, lowest;
  /// Numbers between two pixels of the output and the residual.
  size_t stride;
  /// Lanes of the last register that exist.
  size_t last_lanes;
};

/// The nearest bytes of numbers that are not below 0.
static RZ_INLINE rz_ints rz_nearest_bytes(rz_vector v) { return rz_nearest(rz_smaller(v, rz_broadcast(255))); }

/// The residual of a register's sums, of which only some lanes may exist.
static RZ_INLINE rz_vector rz_byte_residual(const struct rz_byte_target *t, size_t offset, size_t lanes) {
  if (lanes < RZ_LANES) {
    float part[RZ_LANES] = {0};
    for (size_t l = 0; l < lanes; l++)
      part[l] = t->byte_residual ? (float)t->byte_residual[offset + l] : t->float_residual[offset + l];
    return rz_load(part);
  }
  return t->byte_residual ? __builtin_convertvector(rz_load_bytes(t->byte_residual + offset), rz_vector)
                          : rz_load(t->float_residual + offset);
}

/// Sums of a register as numbers of the output, in floats that may still be below the least one.
static RZ_INLINE rz_vector rz_byte_value(const struct rz_byte_target *t, size_t offset, size_t lanes, rz_ints sum,
                                         rz_vector factor, rz_vector bias) {
  rz_vector v = __builtin_convertvector(sum, rz_vector) * factor;
  v = v + bias;
  if (t->byte_residual || t->float_residual) {
    const rz_vector residual = rz_byte_residual(t, offset, lanes) * rz_broadcast(t->residual_factor);
    v = v + residual;
  }
  return v;
}

static RZ_INLINE void rz_byte_finish(const struct rz_byte_target *t, size_t offset, size_t lanes, rz_ints sum,
                                     rz_vector factor, rz_vector bias) {
  const rz_vector v = rz_larger(rz_byte_value(t, offset, lanes, sum, factor, bias), rz_broadcast(t->lowest));
  if (t->floats) {
    if (lanes == RZ_LANES)
      rz_store(t->floats + offset, v);
    else
      for (size_t l = 0; l < lanes; l++) t->floats[offset + l] = v[l];
    return;
  }
  const rz_ints q = rz_nearest_bytes(v);
  if (lanes == RZ_LANES)
    rz_store_bytes(t->bytes + offset, q);
  else
    for (size_t l = 0; l < lanes; l++) t->bytes[offset + l] = (uint8_t)q[l];
}

/// Sums of `runs` times `units` products of units for `rows` pixels (at most RZ_ROWS) and `vectors` registers of channels.
///
/// - sources: RZ_ROWS pointers.
/// - offsets: of each run from the pointers.
/// - weights: [runs][units][vectors of RZ_LANES].
static RZ_INLINE void rz_byte_tile(const size_t rows, const size_t vectors, size_t runs, size_t units,
                                   const uint8_t *const *sources, const size_t *offsets, const int32_t *weights,
                                   const struct rz_byte_target *t) {
  rz_ints sums[RZ_ROWS][RZ_PANEL_VECTORS];
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
    rz_ints correction;
    memcpy(&correction, t->correction + v * RZ_LANES, sizeof correction);
    RZ_UNROLL for (size_t r = 0; r < rows; r++) sums[r][v] = correction;
  }
  for (size_t run = 0; run < runs; run++) {
    const uint8_t *source[RZ_ROWS];
    RZ_UNROLL for (size_t r = 0; r < rows; r++) source[r] = sources[r] + offsets[run];
    for (size_t u = 0; u < units; u++, weights += vectors * RZ_LANES) {
      rz_ints factors[RZ_PANEL_VECTORS];
      RZ_UNROLL for (size_t v = 0; v < vectors; v++) memcpy(&factors[v], weights + v * RZ_LANES, sizeof factors[v]);
      RZ_UNROLL for (size_t r = 0; r < rows; r++) {
        int32_t unit;
        memcpy(&unit, source[r] + 4 * u, sizeof unit);
        const rz_ints value = unit - (rz_ints){0};
        RZ_UNROLL for (size_t v = 0; v < vectors; v++) sums[r][v] = rz_dot(sums[r][v], value, factors[v]);
      }
    }
  }
  if (vectors == RZ_PANEL_VECTORS && t->last_lanes == RZ_LANES && t->bytes && t->lowest == 0) {
    // What is below 0 becomes 0 when a whole panel's numbers are stored.
    RZ_UNROLL for (size_t r = 0; r < rows; r++) {
      _Alignas(RZ_LANES * 4) rz_vector values[RZ_PANEL_VECTORS];
      RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
        const rz_vector factor = rz_load(t->factor + v * RZ_LANES), bias = rz_load(t->bias + v * RZ_LANES);
        values[v] = rz_byte_value(t, r * t->stride + v * RZ_LANES, RZ_LANES, sums[r][v], factor, bias);
      }
      rz_store_panel(t->bytes + r * t->stride, values);
    }
    return;
  }
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
    const rz_vector factor = rz_load(t->factor + v * RZ_LANES), bias = rz_load(t->bias + v * RZ_LANES);
    const bool whole = v + 1 < vectors || t->last_lanes == RZ_LANES;
    RZ_UNROLL for (size_t r = 0; r < rows; r++) {
      const size_t offset = r * t->stride + v * RZ_LANES;
      if (whole)
        rz_byte_finish(t, offset, RZ_LANES, sums[r][v], factor, bias);
      else
        rz_byte_finish(t, offset, t->last_lanes, sums[r][v], factor, bias);
    }
  }
}

#define RZ_TILE(r, v)                                                          \
  case (r) * 8 + (v):                                                          \
    rz_byte_tile(r, v, runs, units, sources, offsets, weights, t);             \
    break;
#define RZ_TILES(v) RZ_TILE(1, v) RZ_TILE(2, v) RZ_TILE(3, v) RZ_TILE(4, v) RZ_TILE(5, v) RZ_TILE(6, v)

/// rz_byte_tile for the given numbers of rows and registers.
static void rz_byte_product(size_t rows, size_t vectors, size_t runs, size_t units, const uint8_t *const *sources,
                            const size_t *offsets, const int32_t *weights, const struct rz_byte_target *t) {
  switch (rows * 8 + vectors) {
    RZ_TILES(1)
    RZ_TILES(2)
#if RZ_PANEL_VECTORS == 4
    RZ_TILES(3)
    RZ_TILES(4)
#endif
  }
}

/// Numbers of a map as those of copied rows.
static inline void rz_copy_bytes(rz_activation *to, const uint8_t *from, size_t count) {
  if (sizeof *to == 1)
    memcpy(to, from, count);
  else
    for (size_t i = 0; i < count; i++) to[i] = (rz_activation)from[i];
}

static inline void rz_fill_numbers(rz_activation *to, uint8_t value, size_t count) {
  for (size_t i = 0; i < count; i++) to[i] = (rz_activation)value;
}

/// Copies the rows under some pixels of the output, with their padding; the channels of a group are filled up to units.
static void rz_copy_rows(const struct rz_byte_convolution *c, size_t first, size_t count, const uint8_t *input,
                         rz_activation *rows) {
  const struct rz_window *w = &c->window;
  const size_t first_row = first / w->output_width, last_row = (first + count - 1) / w->output_width;
  const size_t height = (last_row - first_row) * w->stride + (w->kernel - 1) * w->dilation + 1;
  const size_t width = rz_byte_row_size(c, 1, RZ_UNIT);
  const size_t pixel = width / (w->input_width + 2 * w->padding);
  for (size_t i = 0; i < height; i++, rows += width) {
    const ptrdiff_t y = (ptrdiff_t)(first_row * w->stride + i) - (ptrdiff_t)w->padding;
    if (y < 0 || y >= (ptrdiff_t)w->input_height) {
      rz_fill_numbers(rows, c->zero, width);
      continue;
    }
    const uint8_t *from = input + (size_t)y * w->input_width * w->channels;
    rz_activation *to = rows + w->padding * pixel;
    rz_fill_numbers(rows, c->zero, w->padding * pixel);
    rz_fill_numbers(to + w->input_width * pixel, c->zero, w->padding * pixel);
    if (pixel == w->channels) {
      rz_copy_bytes(to, from, w->input_width * pixel);
    } else {
      const size_t inputs = c->groups.group_inputs, group = c->run_units * RZ_UNIT;
      for (size_t part = 0; part < w->input_width * (pixel / group); part++, to += group, from += inputs) {
        rz_copy_bytes(to, from, inputs);
        rz_fill_numbers(to + inputs, 0, group - inputs);
      }
    }
  }
  memset(rows, 0, 4);
}

/// The weights of one number of a run, from the first of an output channel's; none where the run is only filled up.
static inline bool rz_weight_place(const struct rz_byte_convolution *c, size_t run, size_t number, size_t *place) {
  const size_t kernel = c->window.kernel, inputs = c->groups.group_inputs;
  const size_t column = c->row_runs ? number / inputs : run % kernel, input = c->row_runs ? number % inputs : number;
  const size_t row = c->row_runs ? run : run / kernel;
  *place = (input * kernel + row) * kernel + column;
  return column < kernel && input < inputs;
}

static void RZ_NAME(rz_pack_bytes)(const struct rz_byte_convolution *c, size_t first_panel, size_t panels,
                                   const int8_t *weights, void *packed, int32_t *correction) {
  const struct rz_groups *g = &c->groups;
  const size_t group_panels = (g->group_outputs + RZ_PANEL - 1) / RZ_PANEL;
  const size_t group_columns = (g->group_outputs + RZ_LANES - 1) / RZ_LANES * RZ_LANES;
  const size_t depth = c->runs * c->run_units, count = g->group_inputs * c->window.kernel * c->window.kernel;
  for (size_t index = first_panel; index < first_panel + panels; index++) {
    const size_t group = index / group_panels, panel = index % group_panels;
    const size_t column = group * group_columns + panel * RZ_PANEL, width = rz_panel_vectors(g->group_outputs, panel) * RZ_LANES;
    const size_t left = g->group_outputs - panel * RZ_PANEL;
    const int8_t *from = weights + (group * g->group_outputs + panel * RZ_PANEL) * count;
    rz_weight *to = (rz_weight *)packed + column * depth * RZ_UNIT;
    for (size_t l = 0; l < width; l++) {
      int32_t sum = 0;
      if (l < left)
        for (size_t i = 0; i < count; i++) sum += from[l * count + i];
      correction[column + l] = -sum * c->zero;
    }
    for (size_t run = 0; run < c->runs; run++)
      for (size_t n = 0; n < c->run_units * RZ_UNIT; n++) {
        size_t place;
        const bool exists = rz_weight_place(c, run, n, &place);
        rz_weight *row = to + (run * c->run_units + n / RZ_UNIT) * width * RZ_UNIT + n % RZ_UNIT;
        for (size_t l = 0; l < width; l++) row[l * RZ_UNIT] = exists && l < left ? from[l * count + place] : 0;
      }
  }
}

static void RZ_NAME(rz_byte_convolution)(const struct rz_byte_convolution *c, const struct rz_part *part,
                                         const uint8_t *input, const void *all_weights, const size_t *offsets,
                                         const struct rz_byte_epilogue *epilogue, bool floats, const uint8_t **sources,
                                         uint8_t *rows, void *output) {
  const struct rz_window *w = &c->window;
  const struct rz_groups *g = &c->groups;
  const size_t group_panels = (g->group_outputs + RZ_PANEL - 1) / RZ_PANEL;
  const size_t group_columns = (g->group_outputs + RZ_LANES - 1) / RZ_LANES * RZ_LANES;
  const size_t channels = g->output_channels, depth = c->runs * c->run_units;
  const size_t first_row = part->first_pixel / w->output_width;
  size_t row_size = w->input_width * w->channels;
  size_t pixel_size = w->channels;
  const uint8_t *start = input + first_row * w->stride * row_size;
  if (!c->in_place) {
    rz_copy_rows(c, part->first_pixel, part->pixels, input, (rz_activation *)(void *)rows);
    row_size = rz_byte_row_size(c, sizeof(rz_activation), RZ_UNIT);
    pixel_size = row_size / (w->input_width + 2 * w->padding);
    start = rows;
  }
  const size_t sourced = (part->pixels + RZ_ROWS - 1) / RZ_ROWS * RZ_ROWS;
  size_t column = part->first_pixel % w->output_width;
  const uint8_t *row = start;
  for (size_t i = 0; i < sourced; i++) {
    // Pixels that the last tile lacks read those of the first.
    sources[i] = i < part->pixels ? row + column * w->stride * pixel_size : start;
    if (++column == w->output_width) {
      column = 0;
      row += w->stride * row_size;
    }
  }
  const size_t group_size = c->in_place ? g->group_inputs : c->run_units * RZ_UNIT * sizeof(rz_activation);
  size_t group_at_hand = 0;
  for (size_t index = part->first_panel; index < part->first_panel + part->panels; index++) {
    const size_t group = index / group_panels, panel = index % group_panels;
    if (group != group_at_hand)
      for (size_t i = 0; i < sourced; i++) sources[i] += (group - group_at_hand) * group_size;
    group_at_hand = group;
    const size_t column = group * group_columns + panel * RZ_PANEL;
    const size_t first_channel = group * g->group_outputs + panel * RZ_PANEL;
    const size_t vectors = rz_panel_vectors(g->group_outputs, panel);
    const int32_t *weights = (const int32_t *)all_weights + column * depth;
    struct rz_byte_target target = {.correction = epilogue->correction + column,
                                    .factor = epilogue->factor + column,
                                    .bias = epilogue->bias + column,
                                    .residual_factor = epilogue->residual_factor,
                                    .lowest = epilogue->lowest,
                                    .stride = channels,
                                    .last_lanes = rz_last_lanes(g->group_outputs, panel)};
    for (size_t pixel = 0; pixel < part->pixels; pixel += RZ_ROWS) {
      const size_t left = part->pixels - pixel, offset = (part->first_pixel + pixel) * channels + first_channel;
      if (floats)
        target.floats = (float *)output + offset;
      else
        target.bytes = (uint8_t *)output + offset;
      if (epilogue->byte_residual) target.byte_residual = epilogue->byte_residual + offset;
      if (epilogue->float_residual) target.float_residual = epilogue->float_residual + offset;
      rz_byte_product(left < RZ_ROWS ? left : RZ_ROWS, vectors, c->runs, c->run_units, sources + pixel, offsets,
                      weights, &target);
    }
  }
}

static void RZ_NAME(rz_quantize)(size_t n, float factor, float shift, const float *input, uint8_t *output) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) {
    rz_vector v = rz_load(input + i) * rz_broadcast(factor);
    v = v + rz_broadcast(shift);
    rz_store_bytes(output + i, rz_nearest_bytes(rz_larger(v, rz_broadcast(0))));
  }
  for (; i < n; i++) {
    float v = input[i] * factor;
    v = v + shift;
    output[i] = (uint8_t)rz_nearest_bytes(rz_larger(rz_broadcast(v), rz_broadcast(0)))[0];
  }
}

static void RZ_NAME(rz_dequantize)(size_t n, int32_t zero, float scale, const uint8_t *input, float *output) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    rz_store(output + i, __builtin_convertvector(rz_load_bytes(input + i) - zero, rz_vector) * rz_broadcast(scale));
  for (; i < n; i++) output[i] = (float)(input[i] - zero) * scale;
}

static void RZ_NAME(rz_byte_maximum)(const struct rz_window *w, size_t first, size_t count, uint8_t edge,
                                     const uint8_t *input, uint8_t *output) {
  const size_t channels = w->channels;
  for (size_t row = first; row < first + count; row++) {
    for (size_t column = 0; column < w->output_width; column++, output += channels) {
      bool hangs_over = false, any = false;
      for (size_t ky = 0; ky < w->kernel; ky++) {
        const ptrdiff_t y = (ptrdiff_t)(row * w->stride + ky * w->dilation) - (ptrdiff_t)w->padding;
        for (size_t kx = 0; kx < w->kernel; kx++) {
          const ptrdiff_t x = (ptrdiff_t)(column * w->stride + kx * w->dilation) - (ptrdiff_t)w->padding;
          if (y < 0 || y >= (ptrdiff_t)w->input_height || x < 0 || x >= (ptrdiff_t)w->input_width) {
            hangs_over = true;
            continue;
          }
          const uint8_t *from = input + ((size_t)y * w->input_width + (size_t)x) * channels;
          if (!any)
            memcpy(output, from, channels);
          else
            for (size_t c = 0; c < channels; c++) output[c] = output[c] > from[c] ? output[c] : from[c];
          any = true;
        }
      }
      if (!any) memset(output, edge, channels);
      if (hangs_over)
        for (size_t c = 0; c < channels; c++) output[c] = output[c] > edge ? output[c] : edge;
    }
  }
}

static void RZ_NAME(rz_byte_sum)(size_t pixels, size_t channels, const uint8_t *input, uint64_t *sums) {
  memset(sums, 0, channels * sizeof *sums);
  for (size_t p = 0; p < pixels; p++, input += channels)
    for (size_t c = 0; c < channels; c++) sums[c] += input[c];
}

static void RZ_NAME(rz_byte_mean)(size_t n, int64_t correction, float factor, const uint64_t *sums, bool floats,
                                  float byte_factor, float byte_shift, void *output) {
  for (size_t i = 0; i < n; i++) {
    const float mean = (float)((int64_t)sums[i] - correction) * factor;
    if (floats)
      ((float *)output)[i] = mean;
    else
      RZ_NAME(rz_quantize)(1, byte_factor, byte_shift, &mean, (uint8_t *)output + i);
  }
}

const struct rz_byte_kernels RZ_NAME(rz_byte_kernels) = {
    .name = RZ_SET,
    .lanes = RZ_LANES,
    .panel = RZ_PANEL,
    .unit = RZ_UNIT,
    .activation_bytes = sizeof(rz_activation),
    .pack = RZ_NAME(rz_pack_bytes),
    .product = RZ_NAME(rz_byte_convolution),
    .quantize = RZ_NAME(rz_quantize),
    .dequantize = RZ_NAME(rz_dequantize),
    .maximum = RZ_NAME(rz_byte_maximum),
    .sum = RZ_NAME(rz_byte_sum),
    .mean = RZ_NAME(rz_byte_mean),
};
