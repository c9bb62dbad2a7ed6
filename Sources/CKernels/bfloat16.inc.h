// Convolutions as products of bfloat16 numbers, the bodies of bfloat16.h. Included by kernels.inc.h with rz_round and rz_dot in plain
// vectors, and once more where the processor has instructions for them. RZ_BF16 makes the names, RZ_BF16_NATIVE says which it is.

#ifndef RZ_BF16_ONCE
#define RZ_BF16_ONCE
/// One register of pairs.
typedef uint32_t rz_pairs __attribute__((vector_size(RZ_LANES * 4), aligned(4), may_alias));
typedef uint16_t rz_halves __attribute__((vector_size(RZ_LANES * 2), aligned(2), may_alias));

/// Products of one sum between two visits of the output: as much of a panel as RZ_DEPTH floats of each channel take.
enum { RZ_PAIR_DEPTH = RZ_DEPTH };

static inline uint32_t rz_pair(const uint16_t *p) {
  uint32_t pair;
  memcpy(&pair, p, sizeof pair);
  return pair;
}

/// The nearest bfloat16 number, of two the even one.
static inline uint16_t rz_bfloat16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
}

static inline size_t rz_even(size_t numbers) { return (numbers + 1) & ~(size_t)1; }
#endif

#if !RZ_BF16_NATIVE
static RZ_INLINE void RZ_BF16(rz_round)(const float *from, uint16_t *to) {
  rz_pairs bits;
  memcpy(&bits, from, sizeof bits);
  const rz_mask nan = (rz_mask)((bits & 0x7FFFFFFF) > 0x7F800000);
  const rz_pairs rounded = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
  const rz_pairs result = ((rz_pairs)nan & (bits >> 16 | 0x40)) | (~(rz_pairs)nan & rounded);
  *(rz_halves *)to = __builtin_convertvector(result, rz_halves);
}

/// sum + the products of both numbers of `value` with those of each of `weights`, the upper halves first.
static RZ_INLINE rz_vector RZ_BF16(rz_dot)(rz_vector sum, uint32_t value, rz_pairs weights) {
  float low, high;
  const uint32_t low_bits = value << 16, high_bits = value & 0xFFFF0000;
  memcpy(&low, &low_bits, sizeof low);
  memcpy(&high, &high_bits, sizeof high);
  sum += rz_broadcast(high) * (rz_vector)(weights & 0xFFFF0000);
  return sum + rz_broadcast(low) * (rz_vector)(weights << 16);
}
#endif

/// Rounds numbers that lie side by side.
static void RZ_BF16(rz_round_run)(const float *from, size_t count, uint16_t *to) {
  size_t i = 0;
  for (; i + RZ_LANES <= count; i += RZ_LANES) RZ_BF16(rz_round)(from + i, to + i);
  if (i == count) return;
  float rest[RZ_LANES] = {0};
  uint16_t rounded[RZ_LANES];
  memcpy(rest, from + i, (count - i) * sizeof(float));
  RZ_BF16(rz_round)(rest, rounded);
  memcpy(to + i, rounded, (count - i) * sizeof(uint16_t));
}

/// Sums of `runs` times `pairs` products of pairs for `rows` pixels (at most RZ_ROWS) and `vectors` registers of channels.
static RZ_INLINE void RZ_BF16(rz_pair_tile)(const size_t rows, const size_t vectors, size_t runs, size_t pairs,
                                            const uint16_t *const *sources, const uint32_t *weights,
                                            const struct rz_target *s) {
  rz_vector sums[RZ_ROWS][RZ_PANEL_VECTORS] = {0};
  if (s->resume) rz_resume_tile(rows, vectors, s, sums);
  for (size_t t = 0; t < runs; t++, sources += RZ_ROWS) {
    const uint16_t *source[RZ_ROWS];
    RZ_UNROLL for (size_t r = 0; r < rows; r++) source[r] = sources[r];
    for (size_t k = 0; k < pairs; k++, weights += vectors * RZ_LANES) {
      rz_pairs factors[RZ_PANEL_VECTORS];
      RZ_UNROLL for (size_t v = 0; v < vectors; v++) factors[v] = *(const rz_pairs *)(weights + v * RZ_LANES);
      RZ_UNROLL for (size_t r = 0; r < rows; r++) {
        const uint32_t value = rz_pair(source[r] + 2 * k);
        RZ_UNROLL for (size_t v = 0; v < vectors; v++) sums[r][v] = RZ_BF16(rz_dot)(sums[r][v], value, factors[v]);
      }
    }
  }
  rz_finish_tile(rows, vectors, s, sums);
}

#define RZ_PAIR_TILE(r, v)                                                  \
  case (r) * 8 + (v):                                                       \
    RZ_BF16(rz_pair_tile)(r, v, runs, pairs, sources, weights, s); \
    break;
#define RZ_PAIR_TILES(v) \
  RZ_PAIR_TILE(1, v) RZ_PAIR_TILE(2, v) RZ_PAIR_TILE(3, v) RZ_PAIR_TILE(4, v) RZ_PAIR_TILE(5, v) RZ_PAIR_TILE(6, v)

/// rz_pair_tile for the given numbers of rows and registers.
static void RZ_BF16(rz_pair_product)(size_t rows, size_t vectors, size_t runs, size_t pairs, const uint16_t *const *sources,
                                     const uint32_t *weights, const struct rz_target *s) {
  switch (rows * 8 + vectors) {
    RZ_PAIR_TILES(1)
    RZ_PAIR_TILES(2)
#if RZ_PANEL_VECTORS == 4
    RZ_PAIR_TILES(3)
    RZ_PAIR_TILES(4)
#endif
  }
}
#undef RZ_PAIR_TILE
#undef RZ_PAIR_TILES

#ifndef RZ_BF16_TWICE
#define RZ_BF16_TWICE
/// The rounded inputs of a part.
struct rz_rounded {
  /// Groups that the part has to do with.
  size_t first_group, groups;
  /// Numbers between two pixels and, in each, between two groups.
  size_t pixel, group;
};
#endif

/// Rounds the groups at hand of pixels that lie side by side.
static void RZ_BF16(rz_round_pixels)(const struct rz_rounded *c, const struct rz_window *w, const struct rz_groups *g,
                                     size_t pixels, const float *from, uint16_t *to) {
  const size_t inputs = g->group_inputs;
  if (c->group == inputs && c->groups * inputs == w->channels) {
    RZ_BF16(rz_round_run)(from, pixels * c->pixel, to);
    return;
  }
  from += c->first_group * inputs;
  for (size_t i = 0; i < pixels; i++, from += w->channels, to += c->pixel) {
    if (c->group == inputs) {
      RZ_BF16(rz_round_run)(from, c->groups * inputs, to);
      continue;
    }
    for (size_t k = 0; k < c->groups; k++) {
      RZ_BF16(rz_round_run)(from + k * inputs, inputs, to + k * c->group);
      to[k * c->group + inputs] = 0;
    }
  }
}

/// The first input of a pixel of a 1×1 window without padding.
static RZ_INLINE const float *RZ_BF16(rz_pixel)(const struct rz_window *w, size_t pixel, const float *input) {
  if (w->stride == 1) return input + pixel * w->channels;
  const size_t row = pixel / w->output_width, column = pixel % w->output_width;
  return input + (row * w->input_width + column) * w->stride * w->channels;
}

/// Rounds `count` pixels from the part's pixel `first` on, for a 1×1 window without padding, and asks the caches for as many more.
static void RZ_BF16(rz_round_tile)(const struct rz_rounded *c, const struct rz_window *w, const struct rz_groups *g,
                                   const struct rz_part *part, size_t first, size_t count, const float *input, uint16_t *copy) {
  enum { line = 16 };
  for (size_t i = first; i < first + count; i++) {
    RZ_BF16(rz_round_pixels)(c, w, g, 1, RZ_BF16(rz_pixel)(w, part->first_pixel + i, input), copy + i * c->pixel);
    if (i + count >= part->pixels) continue;
    const float *later = RZ_BF16(rz_pixel)(w, part->first_pixel + i + count, input);
    for (size_t k = 0; k < w->channels; k += line) __builtin_prefetch(later + k, 0, 2);
  }
}

/// Rounds the input rows under a part, with their padding, and fills the pointers run by run.
static void RZ_BF16(rz_gather_windows)(const struct rz_rounded *c, const struct rz_window *w, const struct rz_groups *g,
                                       const struct rz_part *part, bool row_runs, const float *input, uint16_t *copy,
                                       const uint16_t **sources) {
  const size_t first = part->first_pixel / w->output_width;
  const size_t last = (part->first_pixel + part->pixels - 1) / w->output_width;
  const size_t width = (w->input_width + 2 * w->padding) * c->pixel;
  const size_t used = w->input_width * c->pixel, edge = w->padding * c->pixel;
  const size_t height = (last - first) * w->stride + (w->kernel - 1) * w->dilation + 1;
  for (size_t i = 0; i < height; i++) {
    uint16_t *row = copy + i * width;
    const ptrdiff_t y = (ptrdiff_t)(first * w->stride + i) - (ptrdiff_t)w->padding;
    if (y < 0 || y >= (ptrdiff_t)w->input_height) {
      memset(row, 0, width * sizeof *row);
    } else {
      memset(row, 0, edge * sizeof *row);
      RZ_BF16(rz_round_pixels)(c, w, g, w->input_width, input + (size_t)y * w->input_width * w->channels, row + edge);
      memset(row + edge + used, 0, edge * sizeof *row);
    }
  }
  // The end of the last run, if it is odd.
  memset(copy + height * width, 0, 2 * sizeof *copy);
  const size_t across = row_runs ? 1 : w->kernel, runs = w->kernel * across;
  const size_t rounded = (part->pixels + RZ_ROWS - 1) / RZ_ROWS * RZ_ROWS;
  size_t row = 0, column = part->first_pixel % w->output_width;
  for (size_t i = 0; i < rounded; i++) {
    const uint16_t **tile = sources + i / RZ_ROWS * RZ_ROWS * runs + i % RZ_ROWS;
    for (size_t ky = 0; ky < w->kernel; ky++)
      for (size_t kx = 0; kx < across; kx++, tile += RZ_ROWS)
        *tile = copy + (row * w->stride + ky * w->dilation) * width + (column * w->stride + kx * w->dilation) * c->pixel;
    // Pixels that the last tile lacks read what its last one does.
    if (i + 1 < part->pixels && ++column == w->output_width) column = 0, row++;
  }
}

static void RZ_BF16(rz_convolution_bf16)(const struct rz_window *w, const struct rz_groups *g, const struct rz_part *part,
                                         bool row_runs, const float *input, const uint32_t *weights,
                                         const struct rz_epilogue *epilogue, const uint16_t **sources, uint16_t *scratch,
                                         float *output) {
  const size_t runs = row_runs ? w->kernel : w->kernel * w->kernel;
  const size_t pairs = rz_even(row_runs ? w->kernel * w->channels : g->group_inputs) / 2;
  const size_t group_panels = (g->group_outputs + RZ_PANEL - 1) / RZ_PANEL;
  const size_t group_columns = (g->group_outputs + RZ_LANES - 1) / RZ_LANES * RZ_LANES;
  const size_t source_count = (part->pixels + RZ_ROWS - 1) / RZ_ROWS * RZ_ROWS * runs;
  const bool alone = w->kernel == 1 && w->padding == 0;
  const size_t first_group = part->first_panel / group_panels;
  const size_t groups = (part->first_panel + part->panels - 1) / group_panels - first_group + 1;
  const size_t group = row_runs && !alone ? g->group_inputs : rz_even(g->group_inputs);
  const struct rz_rounded copy = {.first_group = first_group, .groups = groups, .pixel = groups * group, .group = group};
  if (alone)
    for (size_t i = 0; i < source_count; i++) sources[i] = scratch + (i < part->pixels ? i : 0) * copy.pixel;
  else
    RZ_BF16(rz_gather_windows)(&copy, w, g, part, row_runs, input, scratch, sources);
  const size_t channels = g->output_channels;
  const size_t chunk = pairs < RZ_PAIR_DEPTH ? RZ_PAIR_DEPTH / pairs : 1;
  size_t group_at_hand = first_group;
  for (size_t index = part->first_panel; index < part->first_panel + part->panels; index++) {
    const size_t group_index = index / group_panels, panel = index % group_panels;
    for (size_t i = 0; i < source_count && group_index > group_at_hand; i++) sources[i] += group;
    group_at_hand = group_index;
    const size_t first_channel = group_index * g->group_outputs + panel * RZ_PANEL;
    const size_t vectors = rz_panel_vectors(g->group_outputs, panel);
    const uint32_t *panel_weights = weights + (group_index * group_columns + panel * RZ_PANEL) * runs * pairs;
    for (size_t run = 0; run < runs; run += chunk) {
      const bool last = run + chunk >= runs;
      const size_t count = last ? runs - run : chunk;
      struct rz_target target = {.bias = last ? epilogue->bias + first_channel : NULL,
                                 .stride = channels,
                                 .last_lanes = rz_last_lanes(g->group_outputs, panel),
                                 .floor = epilogue->relu ? 0.0f : -INFINITY,
                                 .resume = run > 0};
      for (size_t pixel = 0; pixel < part->pixels; pixel += RZ_ROWS) {
        const size_t left = part->pixels - pixel, rows = left < RZ_ROWS ? left : RZ_ROWS;
        const size_t offset = (part->first_pixel + pixel) * channels + first_channel;
        target.out = output + offset;
        target.residual = epilogue->residual ? epilogue->residual + offset : NULL;
        if (run == 0) {
          // The products leave the memory idle: what the next tile reads and writes comes meanwhile.
          if (alone && index == part->first_panel)
            RZ_BF16(rz_round_tile)(&copy, w, g, part, pixel, rows, input, scratch);
          const size_t more = left - rows < RZ_ROWS ? left - rows : RZ_ROWS;
          rz_fetch_target(&target, more, vectors);
        }
        RZ_BF16(rz_pair_product)(rows, vectors, count, pairs,
                                 sources + pixel * runs + run * RZ_ROWS,
                                 panel_weights + run * pairs * vectors * RZ_LANES, &target);
      }
    }
  }
}

#if !RZ_BF16_NATIVE
static void RZ_BF16(rz_pack_bf16)(const struct rz_columns *s, const size_t *taps, size_t run_taps, const float *weights,
                                  const double *scale, uint32_t *packed) {
  const size_t pairs = rz_even(run_taps * s->depth) / 2;
  for (size_t d = s->first; d < s->first + s->count; d++)
    for (size_t t = 0; t < s->taps; t++) {
      const float *from = weights + d * s->depth_stride + taps[t];
      const size_t place = t % run_taps * s->depth + d, row = t / run_taps * pairs + place / 2;
      uint16_t *to = (uint16_t *)(packed + row * s->stride) + place % 2;
      for (size_t column = 0; column < s->columns; column++)
        to[2 * column] = rz_bfloat16(rz_scaled(from[column * s->column_stride], scale, column));
    }
}
#endif

#include "bfloat16_gradients.inc.h"

const struct rz_bfloat16_kernels RZ_BF16(rz_bfloat16_kernels) = {
    .is_native = RZ_BF16_NATIVE,
    .product = RZ_BF16(rz_convolution_bf16),
    .pack = RZ_NAME(rz_pack_bf16),
    .weight_gradient = RZ_BF16(rz_weight_gradient_bf16),
};
