// The bodies of all kernels. A file for one instruction set defines RZ_NAME, RZ_LANES, RZ_PANEL_VECTORS (registers of a
// panel: RZ_ROWS times as many sums and two more must fit in the registers), rz_spread, rz_stream and rz_end_stream, then
// includes this one. CKernels.h states what each kernel does.
#include <math.h>
#include <string.h>

/// One register of floats, loaded and stored without alignment.
typedef float rz_vector __attribute__((vector_size(RZ_LANES * 4), aligned(4), may_alias));
typedef int32_t rz_mask __attribute__((vector_size(RZ_LANES * 4)));
typedef double rz_doubles __attribute__((vector_size(RZ_LANES * 8)));

/// For functions whose constant arguments select code.
#define RZ_INLINE inline __attribute__((always_inline))

static inline rz_vector rz_load(const float *p) { return *(const rz_vector *)p; }
static inline void rz_store(float *p, rz_vector v) { *(rz_vector *)p = v; }
/// x - 0 is x for every x, and compilers know it.
static inline rz_vector rz_broadcast(float x) { return x - (rz_vector){0}; }
/// The larger of both; v where it is NaN.
static inline rz_vector rz_at_least(rz_vector v, rz_vector floor) {
  rz_mask below = v < floor;
  return (rz_vector)((below & (rz_mask)floor) | (~below & (rz_mask)v));
}
static inline float rz_at_least_scalar(float v, float floor) { return v < floor ? floor : v; }

void RZ_NAME(rz_epilogue_f32)(size_t m, size_t n, float *c, const float *bias, const float *residual, size_t stride,
                              bool relu) {
  // ReLU as a maximum with a floor; -inf changes nothing, and NaN stays.
  const float floor = relu ? 0.0f : -INFINITY;
  const rz_vector floors = rz_broadcast(floor);
  for (size_t row = 0; row < m; row++) {
    float *out = c + row * stride;
    const float *add = residual ? residual + row * stride : NULL;
    size_t j = 0;
    for (; j + RZ_LANES <= n; j += RZ_LANES) {
      rz_vector v = rz_load(out + j) + rz_load(bias + j);
      if (add) v += rz_load(add + j);
      rz_store(out + j, rz_at_least(v, floors));
    }
    for (; j < n; j++) {
      float v = out[j] + bias[j];
      if (add) v += add[j];
      out[j] = rz_at_least_scalar(v, floor);
    }
  }
}

void RZ_NAME(rz_max_pool_f32)(const struct rz_window *w, size_t first, size_t count, const float *input, float *output) {
  const size_t channels = w->channels;
  for (size_t row = first; row < first + count; row++) {
    for (size_t column = 0; column < w->output_width; column++, output += channels) {
      size_t c = 0;
      const ptrdiff_t top = (ptrdiff_t)(row * w->stride) - (ptrdiff_t)w->padding;
      const ptrdiff_t left = (ptrdiff_t)(column * w->stride) - (ptrdiff_t)w->padding;
      for (; c < channels; c += RZ_LANES) {
        const bool whole = c + RZ_LANES <= channels;
        rz_vector best = rz_broadcast(-INFINITY);
        float tail[RZ_LANES];
        for (size_t i = 0; i < RZ_LANES; i++) tail[i] = -INFINITY;
        for (size_t ky = 0; ky < w->kernel; ky++) {
          const ptrdiff_t y = top + (ptrdiff_t)ky;
          if (y < 0 || y >= (ptrdiff_t)w->input_height) continue;
          for (size_t kx = 0; kx < w->kernel; kx++) {
            const ptrdiff_t x = left + (ptrdiff_t)kx;
            if (x < 0 || x >= (ptrdiff_t)w->input_width) continue;
            const float *p = input + ((size_t)y * w->input_width + (size_t)x) * channels + c;
            if (whole)
              best = rz_at_least(rz_load(p), best);
            else
              for (size_t i = 0; i < channels - c; i++) tail[i] = rz_at_least_scalar(p[i], tail[i]);
          }
        }
        if (whole)
          rz_store(output + c, best);
        else
          for (size_t i = 0; i < channels - c; i++) output[c + i] = tail[i];
      }
    }
  }
}

/// Means of `vectors` registers of channels.
static RZ_INLINE void rz_average_block(const size_t vectors, size_t pixels, size_t stride, const float *input,
                                       float *output) {
  const float scale = 1.0f / (float)pixels;
  rz_vector sums[8] = {0};
  for (size_t p = 0; p < pixels; p++, input += stride)
    _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) sums[v] += rz_load(input + v * RZ_LANES);
  _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) rz_store(output + v * RZ_LANES, sums[v] * scale);
}

void RZ_NAME(rz_average_pool_f32)(size_t pixels, size_t channels, size_t stride, const float *input, float *output) {
  size_t c = 0;
  for (; c + 8 * RZ_LANES <= channels; c += 8 * RZ_LANES) rz_average_block(8, pixels, stride, input + c, output + c);
  for (; c + RZ_LANES <= channels; c += RZ_LANES) rz_average_block(1, pixels, stride, input + c, output + c);
  for (; c < channels; c++) {
    float sum = 0;
    for (size_t p = 0; p < pixels; p++) sum += input[p * stride + c];
    output[c] = sum * (1.0f / (float)pixels);
  }
}

void RZ_NAME(rz_affine_f32)(size_t m, size_t n, const float *input, const float *scale, const float *shift,
                            const float *residual, size_t stride, bool relu, float *output) {
  const float floor = relu ? 0.0f : -INFINITY;
  const rz_vector floors = rz_broadcast(floor);
  for (size_t row = 0; row < m; row++) {
    const float *in = input + row * stride;
    const float *add = residual ? residual + row * stride : NULL;
    float *out = output + row * stride;
    size_t j = 0;
    for (; j + RZ_LANES <= n; j += RZ_LANES) {
      rz_vector v = rz_load(in + j) * rz_load(scale + j);
      if (shift) v += rz_load(shift + j);
      if (add) v += rz_load(add + j);
      rz_store(out + j, rz_at_least(v, floors));
    }
    for (; j < n; j++) {
      float v = in[j] * scale[j];
      if (shift) v += shift[j];
      if (add) v += add[j];
      out[j] = rz_at_least_scalar(v, floor);
    }
  }
}

void RZ_NAME(rz_accumulate_f32)(size_t n, float factor, const float *input, bool more, float *output) {
  const rz_vector factors = rz_broadcast(factor);
  size_t j = 0;
  for (; j + RZ_LANES <= n; j += RZ_LANES) {
    const rz_vector product = rz_load(input + j) * factors;
    rz_store(output + j, more ? rz_load(output + j) + product : product);
  }
  for (; j < n; j++) output[j] = more ? output[j] + input[j] * factor : input[j] * factor;
}

void RZ_NAME(rz_channel_moments_f32)(size_t m, size_t n, const float *input, size_t stride, double *sums,
                                     double *squares) {
  size_t j = 0;
  for (; j + RZ_LANES <= n; j += RZ_LANES) {
    rz_doubles sum = {0}, square = {0};
    for (size_t row = 0; row < m; row++) {
      const rz_doubles v = __builtin_convertvector(rz_load(input + row * stride + j), rz_doubles);
      sum += v;
      square += v * v;
    }
    memcpy(sums + j, &sum, sizeof sum);
    memcpy(squares + j, &square, sizeof square);
  }
  for (; j < n; j++) {
    double sum = 0, square = 0;
    for (size_t row = 0; row < m; row++) {
      const double v = input[row * stride + j];
      sum += v;
      square += v * v;
    }
    sums[j] = sum;
    squares[j] = square;
  }
}

/// Pixels of one output row that a direct convolution computes together, sharing each load of weights.
enum { RZ_PIXELS = 4 };

/// Where the window of each of RZ_PIXELS pixels reads for one tap, or zeros.
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

void RZ_NAME(rz_direct_convolution_f32)(const struct rz_window *w, const struct rz_groups *g, size_t first,
                                        size_t count, bool exact, const float *input, const float *weights,
                                        const float *zeros, float *output) {
  if (exact)
    rz_direct_rows(w, g, first, count, true, input, weights, zeros, output);
  else
    rz_direct_rows(w, g, first, count, false, input, weights, zeros, output);
}

void RZ_NAME(rz_pack_weights_f32)(size_t outputs, size_t inputs, size_t taps, size_t first, size_t count,
                                  const float *weights, const double *scale, float *packed, size_t stride) {
  // Square blocks, so that both the rows read and the rows written stay in cache.
  enum { block = 16 };
  for (size_t o = 0; o < outputs; o += block) {
    const size_t o_end = o + block < outputs ? o + block : outputs;
    for (size_t i = first; i < first + count; i++)
      for (size_t t = 0; t < taps; t++) {
        float *row = packed + (t * inputs + i) * stride;
        for (size_t k = o; k < o_end; k++) row[k] = (float)(weights[(k * inputs + i) * taps + t] * scale[k]);
      }
  }
}

#include "product.inc.h"
#include "winograd.inc.h"
#include "layer_gradients.inc.h"
#include "transposed.inc.h"
#include "gradients.inc.h"
