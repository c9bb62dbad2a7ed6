// Convolutions as products of gathered pixels with packed weights, the bodies of product and grouped in convolution.h.
// Included by kernels.inc.h.

#include "panels.inc.h"

/// Products of one sum between two visits of the output: a panel's part, 576 KiB of 64 channels, stays in the second-level cache
/// of 1 MiB beside a tile's pixels (`reszoo bench MODEL --plan`, 3×3 product layers).
enum { RZ_DEPTH = 2304 };

/// The way of a tile's sums into the output.
struct rz_target {
  float *out;
  /// Added before ReLU, laid out like `out`; may be null.
  const float *residual;
  /// The panel's biases; null as long as sums go on later.
  const float *bias;
  /// Floats between two pixels of `out` and `residual`.
  size_t stride;
  /// Lanes of the last register that exist.
  size_t last_lanes;
  float floor;
  /// True if `out` holds the sums so far.
  bool resume;
};

static RZ_INLINE void rz_finish(const struct rz_target *s, size_t offset, rz_vector sum, rz_vector bias) {
  if (s->bias) {
    sum += bias;
    if (s->residual) sum += rz_load(s->residual + offset);
    sum = rz_at_least(sum, rz_broadcast(s->floor));
  }
  rz_store(s->out + offset, sum);
}

/// As rz_finish, for a register of which only some lanes exist.
static void rz_finish_part(const struct rz_target *s, size_t offset, rz_vector sum, rz_vector bias) {
  for (size_t lane = 0; lane < s->last_lanes; lane++) {
    float value = sum[lane];
    if (s->bias) {
      value += bias[lane];
      if (s->residual) value += s->residual[offset + lane];
      value = rz_at_least_scalar(value, s->floor);
    }
    s->out[offset + lane] = value;
  }
}

/// Takes up a tile's sums where an earlier part of them left off.
static RZ_INLINE void rz_resume_tile(const size_t rows, const size_t vectors, const struct rz_target *s,
                                     rz_vector (*sums)[RZ_PANEL_VECTORS]) {
  RZ_UNROLL for (size_t r = 0; r < rows; r++) RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
    const float *p = s->out + r * s->stride + v * RZ_LANES;
    if (v + 1 < vectors || s->last_lanes == RZ_LANES) {
      sums[r][v] = rz_load(p);
    } else {
      float part[RZ_LANES] = {0};
      memcpy(part, p, s->last_lanes * sizeof(float));
      sums[r][v] = rz_load(part);
    }
  }
}

/// Brings a tile's sums into the output.
static RZ_INLINE void rz_finish_tile(const size_t rows, const size_t vectors, const struct rz_target *s,
                                     rz_vector (*sums)[RZ_PANEL_VECTORS]) {
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
    const rz_vector bias = s->bias ? rz_load(s->bias + v * RZ_LANES) : (rz_vector){0};
    const bool whole = v + 1 < vectors || s->last_lanes == RZ_LANES;
    RZ_UNROLL for (size_t r = 0; r < rows; r++) {
      const size_t offset = r * s->stride + v * RZ_LANES;
      if (whole)
        rz_finish(s, offset, sums[r][v], bias);
      else
        rz_finish_part(s, offset, sums[r][v], bias);
    }
  }
}

/// Asks the caches for what the sums of the tile behind a target's, of some rows, are added to and written over.
static RZ_INLINE void rz_fetch_target(const struct rz_target *s, size_t rows, size_t vectors) {
  const size_t first = RZ_ROWS * s->stride;
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < vectors; v++) __builtin_prefetch(s->out + first + r * s->stride + v * RZ_LANES, 1, 2);
  if (!s->residual || s->residual == s->out) return;
  for (size_t r = 0; r < rows; r++)
    for (size_t v = 0; v < vectors; v++) __builtin_prefetch(s->residual + first + r * s->stride + v * RZ_LANES, 0, 2);
}

/// Sums of `taps` times `run` products for `rows` pixels (at most RZ_ROWS) and `vectors` registers of channels.
///
/// - sources: for each tap RZ_ROWS pointers, each to `run` floats.
/// - weights: [taps][run][vectors of RZ_LANES].
static RZ_INLINE void rz_product_tile(const size_t rows, const size_t vectors, size_t taps, size_t run,
                                      const float *const *sources, const float *weights, const struct rz_target *s) {
  rz_vector sums[RZ_ROWS][RZ_PANEL_VECTORS] = {0};
  if (s->resume) rz_resume_tile(rows, vectors, s, sums);
  for (size_t t = 0; t < taps; t++, sources += RZ_ROWS) {
    const float *source[RZ_ROWS];
    RZ_UNROLL for (size_t r = 0; r < rows; r++) source[r] = sources[r];
    for (size_t k = 0; k < run; k++, weights += vectors * RZ_LANES) {
      rz_vector factors[RZ_PANEL_VECTORS];
      RZ_UNROLL for (size_t v = 0; v < vectors; v++) factors[v] = rz_load(weights + v * RZ_LANES);
      RZ_UNROLL for (size_t r = 0; r < rows; r++) {
        const rz_vector value = rz_broadcast(source[r][k]);
        RZ_UNROLL for (size_t v = 0; v < vectors; v++) sums[r][v] += value * factors[v];
      }
    }
  }
  rz_finish_tile(rows, vectors, s, sums);
}

#define RZ_TILE(r, v)                                               \
  case (r) * 8 + (v):                                               \
    rz_product_tile(r, v, taps, run, sources, weights, s); \
    break;
#define RZ_TILES(v) RZ_TILE(1, v) RZ_TILE(2, v) RZ_TILE(3, v) RZ_TILE(4, v) RZ_TILE(5, v) RZ_TILE(6, v)

/// rz_product_tile for the given numbers of rows and registers.
static void rz_product(size_t rows, size_t vectors, size_t taps, size_t run, const float *const *sources,
                       const float *weights, const struct rz_target *s) {
  switch (rows * 8 + vectors) {
    RZ_TILES(1)
    RZ_TILES(2)
#if RZ_PANEL_VECTORS == 4
    RZ_TILES(3)
    RZ_TILES(4)
#endif
  }
}

/// The input pixel of one tap of one output pixel, or zeros.
static inline const float *rz_tap(const struct rz_window *w, size_t row, size_t column, size_t ky, size_t kx,
                                  const float *input, const float *zeros) {
  const ptrdiff_t y = (ptrdiff_t)(row * w->stride + ky * w->dilation) - (ptrdiff_t)w->padding;
  const ptrdiff_t x = (ptrdiff_t)(column * w->stride + kx * w->dilation) - (ptrdiff_t)w->padding;
  const bool inside = y >= 0 && y < (ptrdiff_t)w->input_height && x >= 0 && x < (ptrdiff_t)w->input_width;
  return inside ? input + ((size_t)y * w->input_width + (size_t)x) * w->channels : zeros;
}

/// Fills the pointers of each tile of RZ_ROWS pixels, tap by tap: those of a whole window. Pixels that the last tile lacks
/// read zeros.
static void rz_gather(const struct rz_window *w, size_t first, size_t count, const float *input, const float *zeros,
                      const float **sources) {
  const size_t taps = w->kernel * w->kernel;
  for (size_t i = 0; i < count; i++) {
    const size_t row = (first + i) / w->output_width, column = (first + i) % w->output_width;
    const float **tile = sources + i / RZ_ROWS * RZ_ROWS * taps + i % RZ_ROWS;
    for (size_t ky = 0; ky < w->kernel; ky++)
      for (size_t kx = 0; kx < w->kernel; kx++, tile += RZ_ROWS) *tile = rz_tap(w, row, column, ky, kx, input, zeros);
  }
  for (size_t i = count; i % RZ_ROWS != 0; i++)
    for (size_t t = 0; t < taps; t++) sources[(i / RZ_ROWS * taps + t) * RZ_ROWS + i % RZ_ROWS] = zeros;
}

/// Fills the pointers with one tap for each row of the window, whose pixels lie side by side in copies of the input's
/// rows that have their padding.
static void rz_gather_rows(const struct rz_window *w, size_t first, size_t count, const float *input, float *rows,
                           const float **sources) {
  const size_t first_row = first / w->output_width, last_row = (first + count - 1) / w->output_width;
  const size_t width = (w->input_width + 2 * w->padding) * w->channels;
  const size_t used = w->input_width * w->channels, edge = w->padding * w->channels;
  const size_t height = (last_row - first_row) * w->stride + w->kernel;
  for (size_t i = 0; i < height; i++) {
    float *row = rows + i * width;
    const ptrdiff_t y = (ptrdiff_t)(first_row * w->stride + i) - (ptrdiff_t)w->padding;
    if (y < 0 || y >= (ptrdiff_t)w->input_height) {
      memset(row, 0, width * sizeof(float));
    } else {
      memset(row, 0, edge * sizeof(float));
      memcpy(row + edge, input + (size_t)y * used, used * sizeof(float));
      memset(row + edge + used, 0, edge * sizeof(float));
    }
  }
  for (size_t i = 0; i < count; i++) {
    const size_t row = (first + i) / w->output_width - first_row, column = (first + i) % w->output_width;
    const float **tile = sources + i / RZ_ROWS * RZ_ROWS * w->kernel + i % RZ_ROWS;
    for (size_t ky = 0; ky < w->kernel; ky++, tile += RZ_ROWS)
      *tile = rows + (row * w->stride + ky) * width + column * w->stride * w->channels;
  }
}

/// Moves every source by some floats.
static void rz_advance(const float **sources, size_t count, size_t floats) {
  for (size_t i = 0; i < count; i++) sources[i] += floats;
}

static void RZ_NAME(rz_convolution_f32)(const struct rz_window *w, const struct rz_groups *g, const struct rz_part *part,
                                        bool row_copies, const float *input, const float *weights,
                                        const struct rz_epilogue *epilogue, const float **sources, float *scratch,
                                        float *output) {
  const size_t taps = row_copies ? w->kernel : w->kernel * w->kernel;
  const size_t run = row_copies ? w->kernel * w->channels : g->group_inputs;
  const size_t group_panels = (g->group_outputs + RZ_PANEL - 1) / RZ_PANEL;
  const size_t group_columns = (g->group_outputs + RZ_LANES - 1) / RZ_LANES * RZ_LANES;
  const size_t source_count = (part->pixels + RZ_ROWS - 1) / RZ_ROWS * RZ_ROWS * taps;
  if (row_copies) {
    rz_gather_rows(w, part->first_pixel, part->pixels, input, scratch, sources);
  } else {
    memset(scratch, 0, w->channels * sizeof(float));
    rz_gather(w, part->first_pixel, part->pixels, input, scratch, sources);
  }
  const size_t channels = g->output_channels;
  const size_t chunk = run < RZ_DEPTH ? RZ_DEPTH / run : 1;
  size_t group_at_hand = 0;
  for (size_t index = part->first_panel; index < part->first_panel + part->panels; index++) {
    const size_t group = index / group_panels, panel = index % group_panels;
    rz_advance(sources, source_count, (group - group_at_hand) * g->group_inputs);
    group_at_hand = group;
    const size_t first_channel = group * g->group_outputs + panel * RZ_PANEL;
    const size_t vectors = rz_panel_vectors(g->group_outputs, panel);
    const float *panel_weights = weights + (group * group_columns + panel * RZ_PANEL) * taps * run;
    for (size_t tap = 0; tap < taps; tap += chunk) {
      const bool last = tap + chunk >= taps;
      const size_t count = last ? taps - tap : chunk;
      struct rz_target target = {.bias = last ? epilogue->bias + first_channel : NULL,
                               .stride = channels,
                               .last_lanes = rz_last_lanes(g->group_outputs, panel),
                               .floor = epilogue->relu ? 0.0f : -INFINITY,
                               .resume = tap > 0};
      for (size_t pixel = 0; pixel < part->pixels; pixel += RZ_ROWS) {
        const size_t left = part->pixels - pixel, rows = left < RZ_ROWS ? left : RZ_ROWS;
        const size_t offset = (part->first_pixel + pixel) * channels + first_channel;
        target.out = output + offset;
        target.residual = epilogue->residual ? epilogue->residual + offset : NULL;
        // The products leave the memory idle: what the next tile's are added to comes meanwhile.
        if (tap == 0) rz_fetch_target(&target, left - rows < RZ_ROWS ? left - rows : RZ_ROWS, vectors);
        rz_product(rows, vectors, count, run, sources + pixel * taps + tap * RZ_ROWS,
                   panel_weights + tap * run * vectors * RZ_LANES, &target);
      }
    }
  }
}

/// Sums of one register of output channels for RZ_ROWS pixels, where the register holds whole groups of `group` inputs
/// and as many outputs. Outputs beyond `rows` are not stored.
static RZ_INLINE void rz_spread_tile(const size_t group, size_t rows, size_t taps, size_t stride,
                                     const float *const *sources, const float *weights, const struct rz_target *s) {
  rz_vector sums[RZ_ROWS] = {0};
  if (s->resume) RZ_UNROLL for (size_t r = 0; r < RZ_ROWS; r++) if (r < rows) sums[r] = rz_load(s->out + r * s->stride);
  for (size_t t = 0; t < taps; t++, sources += RZ_ROWS) {
    rz_vector values[RZ_ROWS];
    RZ_UNROLL for (size_t r = 0; r < RZ_ROWS; r++) values[r] = rz_load(sources[r]);
    RZ_UNROLL for (size_t i = 0; i < group; i++, weights += stride) {
      const rz_vector factors = rz_load(weights);
      RZ_UNROLL for (size_t r = 0; r < RZ_ROWS; r++) sums[r] += rz_spread(values[r], group, i) * factors;
    }
  }
  const rz_vector bias = s->bias ? rz_load(s->bias) : (rz_vector){0};
  RZ_UNROLL for (size_t r = 0; r < RZ_ROWS; r++) if (r < rows) rz_finish(s, r * s->stride, sums[r], bias);
}

/// rz_spread_tile for the given width of groups.
static void rz_spread_product(size_t group, size_t rows, size_t taps, size_t stride, const float *const *sources,
                              const float *weights, const struct rz_target *s) {
  switch (group) {
    case 1: rz_spread_tile(1, rows, taps, stride, sources, weights, s); break;
    case 2: rz_spread_tile(2, rows, taps, stride, sources, weights, s); break;
    case 4: rz_spread_tile(4, rows, taps, stride, sources, weights, s); break;
#if RZ_LANES > 8
    case 8: rz_spread_tile(8, rows, taps, stride, sources, weights, s); break;
#endif
  }
}

static void RZ_NAME(rz_grouped_f32)(const struct rz_window *w, const struct rz_groups *g, const struct rz_part *part,
                                    const float *input, const float *weights, const struct rz_epilogue *epilogue,
                                    const float **sources, float *scratch, float *output) {
  const size_t taps = w->kernel * w->kernel, channels = g->output_channels;
  const size_t source_count = (part->pixels + RZ_ROWS - 1) / RZ_ROWS * RZ_ROWS * taps;
  memset(scratch, 0, w->channels * sizeof(float));
  rz_gather(w, part->first_pixel, part->pixels, input, scratch, sources);
  rz_advance(sources, source_count, part->first_panel * RZ_LANES);
  for (size_t index = part->first_panel; index < part->first_panel + part->panels; index++) {
    const size_t channel = index * RZ_LANES;
    for (size_t pixel = 0; pixel < part->pixels; pixel += RZ_ROWS) {
      const size_t left = part->pixels - pixel, rows = left < RZ_ROWS ? left : RZ_ROWS;
      const size_t offset = (part->first_pixel + pixel) * channels + channel;
      const struct rz_target target = {.out = output + offset,
                                       .residual = epilogue->residual ? epilogue->residual + offset : NULL,
                                       .bias = epilogue->bias + channel,
                                       .stride = channels,
                                       .last_lanes = RZ_LANES,
                                       .floor = epilogue->relu ? 0.0f : -INFINITY};
      rz_spread_product(g->group_inputs, rows, taps, channels, sources + pixel * taps, weights + channel, &target);
    }
    rz_advance(sources, source_count, RZ_LANES);
  }
}
