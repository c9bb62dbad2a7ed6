// Convolutions window by window, the body of direct in convolution.h. Included by kernels.inc.h.

/// Pixels of one output row that a direct convolution computes together, sharing each load of weights.
enum { RZ_PIXELS = 4 };

/// The input pixels of one tap for each of RZ_PIXELS output pixels, or zeros.
static inline void rz_tap_sources(const struct rz_window *w, ptrdiff_t y, size_t column, size_t kx, size_t pixels,
                                  const float *input, const float *zeros, const float *sources[RZ_PIXELS]) {
  for (size_t p = 0; p < RZ_PIXELS; p++) {
    const ptrdiff_t x = (ptrdiff_t)((column + p) * w->stride + kx * w->dilation) - (ptrdiff_t)w->padding;
    const bool inside =
        p < pixels && y >= 0 && y < (ptrdiff_t)w->input_height && x >= 0 && x < (ptrdiff_t)w->input_width;
    sources[p] = inside ? input + ((size_t)y * w->input_width + (size_t)x) * w->channels : zeros;
  }
}

/// Sums of one register's channels for RZ_PIXELS pixels, in single or in double precision.
struct rz_sums {
  rz_vector single[RZ_PIXELS];
  rz_doubles wide[RZ_PIXELS];
};

static RZ_INLINE void rz_add_product(struct rz_sums *sums, size_t p, rz_vector a, rz_vector b, bool exact) {
  if (exact)
    sums->wide[p] += __builtin_convertvector(a, rz_doubles) * __builtin_convertvector(b, rz_doubles);
  else
    sums->single[p] += a * b;
}

/// One register of output channels from `channel` on, for up to RZ_PIXELS pixels. The register lies within one group
/// (`spread` false), or holds whole groups whose inputs are as many as their outputs (`spread` true).
static RZ_INLINE void rz_direct_tile(const struct rz_window *w, const struct rz_groups *g, size_t row, size_t column,
                                     size_t pixels, size_t channel, bool spread, bool exact, const float *input,
                                     const float *weights, const float *zeros, float *output) {
  struct rz_sums sums = {0};
  const size_t source_channel = spread ? channel : channel / g->group_outputs * g->group_inputs;
  const float *weight = weights + channel;
  for (size_t ky = 0; ky < w->kernel; ky++) {
    const ptrdiff_t y = (ptrdiff_t)(row * w->stride + ky * w->dilation) - (ptrdiff_t)w->padding;
    for (size_t kx = 0; kx < w->kernel; kx++) {
      const float *sources[RZ_PIXELS];
      rz_tap_sources(w, y, column, kx, pixels, input, zeros, sources);
      rz_vector loaded[RZ_PIXELS];
      for (size_t p = 0; spread && p < RZ_PIXELS; p++) loaded[p] = rz_load(sources[p] + source_channel);
      for (size_t i = 0; i < g->group_inputs; i++, weight += g->output_channels) {
        const rz_vector factor = rz_load(weight);
        for (size_t p = 0; p < RZ_PIXELS; p++) {
          const rz_vector value =
              spread ? rz_spread(loaded[p], g->group_outputs, i) : rz_broadcast(sources[p][source_channel + i]);
          rz_add_product(&sums, p, value, factor, exact);
        }
      }
    }
  }
  for (size_t p = 0; p < pixels; p++) {
    const rz_vector sum = exact ? __builtin_convertvector(sums.wide[p], rz_vector) : sums.single[p];
    rz_store(output + p * g->output_channels + channel, sum);
  }
}

/// One output channel of one pixel, whatever the groups, summed in double precision.
static float rz_direct_scalar(const struct rz_window *w, const struct rz_groups *g, size_t row, size_t column,
                              size_t channel, const float *input, const float *weights, const float *zeros) {
  double sum = 0;
  const float *weight = weights + channel;
  for (size_t ky = 0; ky < w->kernel; ky++) {
    const ptrdiff_t y = (ptrdiff_t)(row * w->stride + ky * w->dilation) - (ptrdiff_t)w->padding;
    for (size_t kx = 0; kx < w->kernel; kx++) {
      const float *sources[RZ_PIXELS];
      rz_tap_sources(w, y, column, kx, 1, input, zeros, sources);
      const float *source = sources[0] + channel / g->group_outputs * g->group_inputs;
      for (size_t i = 0; i < g->group_inputs; i++, weight += g->output_channels)
        sum += (double)source[i] * (double)*weight;
    }
  }
  return (float)sum;
}

static RZ_INLINE void rz_direct_rows(const struct rz_window *w, const struct rz_groups *g, size_t first, size_t count,
                                     bool exact, const float *input, const float *weights, const float *zeros,
                                     float *output) {
  const bool within = g->group_outputs % RZ_LANES == 0;
  const bool spread = !within && RZ_LANES % g->group_outputs == 0 && g->group_inputs == g->group_outputs;
  const size_t vector_channels = within || spread ? g->output_channels / RZ_LANES * RZ_LANES : 0;
  for (size_t row = first; row < first + count; row++) {
    for (size_t column = 0; column < w->output_width; column += RZ_PIXELS) {
      const size_t left = w->output_width - column, pixels = left < RZ_PIXELS ? left : RZ_PIXELS;
      for (size_t channel = 0; channel < vector_channels; channel += RZ_LANES) {
        if (spread)
          rz_direct_tile(w, g, row, column, pixels, channel, true, exact, input, weights, zeros, output);
        else
          rz_direct_tile(w, g, row, column, pixels, channel, false, exact, input, weights, zeros, output);
      }
      for (size_t p = 0; p < pixels; p++)
        for (size_t channel = vector_channels; channel < g->output_channels; channel++)
          output[p * g->output_channels + channel] =
              rz_direct_scalar(w, g, row, column + p, channel, input, weights, zeros);
      output += pixels * g->output_channels;
    }
  }
}

static void RZ_NAME(rz_direct_convolution_f32)(const struct rz_window *w, const struct rz_groups *g, size_t first,
                                               size_t count, bool exact, const float *input, const float *weights,
                                               const float *zeros, float *output) {
  if (exact)
    rz_direct_rows(w, g, first, count, true, input, weights, zeros, output);
  else
    rz_direct_rows(w, g, first, count, false, input, weights, zeros, output);
}
