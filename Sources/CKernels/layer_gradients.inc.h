// Statistics of batches and gradients of layers that are no convolutions. Included by kernels.inc.h; LayerGradients.h states
// what each kernel does.
#include "LayerGradients.h"

typedef uint8_t rz_bytes __attribute__((vector_size(RZ_LANES), aligned(1), may_alias));

/// Rows whose sums stay in single precision before they join those in double precision.
enum { RZ_SUM_ROWS = 32 };

static inline void rz_widen(double *sums, rz_vector sum) {
  rz_doubles wide;
  memcpy(&wide, sums, sizeof wide);
  wide += __builtin_convertvector(sum, rz_doubles);
  memcpy(sums, &wide, sizeof wide);
}

/// `vectors` registers of channels, `unroll` rows at once.
static RZ_INLINE void rz_moments_block(const size_t vectors, const size_t unroll, size_t m, size_t n, const float *input,
                                       const float *pivot, double *sums, double *squares) {
  rz_vector pivots[4];
  _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) pivots[v] = rz_load(pivot + v * RZ_LANES);
  for (size_t first = 0; first < m; first += RZ_SUM_ROWS) {
    const size_t end = first + RZ_SUM_ROWS < m ? first + RZ_SUM_ROWS : m;
    rz_vector sum[4] = {0}, square[4] = {0};
    size_t row = first;
    for (; row + unroll <= end; row += unroll) {
      _Pragma("clang loop unroll(full)") for (size_t u = 0; u < unroll; u++) {
        _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {
          const rz_vector x = rz_load(input + (row + u) * n + v * RZ_LANES) - pivots[v];
          sum[u * vectors + v] += x;
          square[u * vectors + v] += x * x;
        }
      }
    }
    for (; row < end; row++) {
      _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {
        const rz_vector x = rz_load(input + row * n + v * RZ_LANES) - pivots[v];
        sum[v] += x;
        square[v] += x * x;
      }
    }
    _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {
      _Pragma("clang loop unroll(full)") for (size_t u = 1; u < unroll; u++) {
        sum[v] += sum[u * vectors + v];
        square[v] += square[u * vectors + v];
      }
      rz_widen(sums + v * RZ_LANES, sum[v]);
      rz_widen(squares + v * RZ_LANES, square[v]);
    }
  }
}

void RZ_NAME(rz_pivoted_moments_f32)(size_t m, size_t n, const float *input, const float *pivot, double *sums,
                                     double *squares) {
  memset(sums, 0, n * sizeof *sums);
  memset(squares, 0, n * sizeof *squares);
  size_t j = 0;
  for (; j + 4 * RZ_LANES <= n; j += 4 * RZ_LANES)
    rz_moments_block(4, 1, m, n, input + j, pivot + j, sums + j, squares + j);
  for (; j + 2 * RZ_LANES <= n; j += 2 * RZ_LANES)
    rz_moments_block(2, 2, m, n, input + j, pivot + j, sums + j, squares + j);
  for (; j + RZ_LANES <= n; j += RZ_LANES)
    rz_moments_block(1, 4, m, n, input + j, pivot + j, sums + j, squares + j);
  for (; j < n; j++) {
    for (size_t row = 0; row < m; row++) {
      const double x = (double)(input[row * n + j] - pivot[j]);
      sums[j] += x;
      squares[j] += x * x;
    }
  }
}

/// The gradient of one register behind its mask.
static RZ_INLINE rz_vector rz_masked(const int mask, rz_vector gradient, rz_vector input, rz_vector scale,
                                     rz_vector shift) {
  if (mask != RZ_MASK_INPUT) return gradient;
  const rz_mask open = input * scale + shift > 0;
  return (rz_vector)(open & (rz_mask)gradient);
}

static RZ_INLINE void rz_norm_sums_block(const int mask, const size_t vectors, const size_t unroll, size_t m, size_t n,
                                         const struct rz_norm *norm, size_t start, size_t j, float *gradient,
                                         double *sums, double *products) {
  rz_vector mean[4], scale[4] = {0}, shift[4] = {0};
  _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {
    mean[v] = rz_load(norm->mean + j + v * RZ_LANES);
    if (mask == RZ_MASK_INPUT) {
      scale[v] = rz_load(norm->scale + j + v * RZ_LANES);
      shift[v] = rz_load(norm->shift + j + v * RZ_LANES);
    }
  }
  const float *input = norm->input + start + j;
  const float *output = mask == RZ_MASK_OUTPUT ? norm->output + start + j : NULL;
  gradient += j;
  for (size_t first = 0; first < m; first += RZ_SUM_ROWS) {
    const size_t end = first + RZ_SUM_ROWS < m ? first + RZ_SUM_ROWS : m;
    rz_vector sum[4] = {0}, product[4] = {0};
    size_t row = first;
#define RZ_ADD_ROW(u)                                                                                          \
  _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {                                    \
    const size_t at = (row + u) * n + v * RZ_LANES;                                                            \
    const rz_vector x = rz_load(input + at);                                                                   \
    rz_vector g = rz_load(gradient + at);                                                                      \
    if (mask == RZ_MASK_OUTPUT) {                                                                              \
      const rz_mask open = rz_load(output + at) > 0;                                                           \
      g = (rz_vector)(open & (rz_mask)g);                                                                      \
      rz_store(gradient + at, g);                                                                              \
    } else {                                                                                                   \
      g = rz_masked(mask, g, x, scale[v], shift[v]);                                                           \
    }                                                                                                          \
    sum[u * vectors + v] += g;                                                                                 \
    product[u * vectors + v] += g * (x - mean[v]);                                                             \
  }
    for (; row + unroll <= end; row += unroll) {
      _Pragma("clang loop unroll(full)") for (size_t u = 0; u < unroll; u++) { RZ_ADD_ROW(u) }
    }
    for (; row < end; row++) { RZ_ADD_ROW(0) }
#undef RZ_ADD_ROW
    _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {
      _Pragma("clang loop unroll(full)") for (size_t u = 1; u < unroll; u++) {
        sum[v] += sum[u * vectors + v];
        product[v] += product[u * vectors + v];
      }
      rz_widen(sums + j + v * RZ_LANES, sum[v]);
      rz_widen(products + j + v * RZ_LANES, product[v]);
    }
  }
}

static RZ_INLINE void rz_norm_sums(const int mask, size_t m, size_t n, const struct rz_norm *norm, size_t start,
                                   float *gradient, double *sums, double *products) {
  size_t j = 0;
  for (; j + 4 * RZ_LANES <= n; j += 4 * RZ_LANES)
    rz_norm_sums_block(mask, 4, 1, m, n, norm, start, j, gradient, sums, products);
  for (; j + 2 * RZ_LANES <= n; j += 2 * RZ_LANES)
    rz_norm_sums_block(mask, 2, 2, m, n, norm, start, j, gradient, sums, products);
  for (; j + RZ_LANES <= n; j += RZ_LANES)
    rz_norm_sums_block(mask, 1, 4, m, n, norm, start, j, gradient, sums, products);
  for (; j < n; j++) {
    for (size_t row = 0; row < m; row++) {
      const size_t at = row * n + j;
      const float x = norm->input[start + at];
      if (mask == RZ_MASK_OUTPUT && !(norm->output[start + at] > 0)) gradient[at] = 0;
      const bool closed = mask == RZ_MASK_INPUT && !(x * norm->scale[j] + norm->shift[j] > 0);
      const double g = closed ? 0 : (double)gradient[at];
      sums[j] += g;
      products[j] += g * (double)(x - norm->mean[j]);
    }
  }
}

void RZ_NAME(rz_norm_gradient_sums_f32)(size_t m, size_t n, const struct rz_norm *norm, size_t start, float *gradient,
                                        double *sums, double *products) {
  memset(sums, 0, n * sizeof *sums);
  memset(products, 0, n * sizeof *products);
  switch (norm->mask) {
    case RZ_MASK_OUTPUT: rz_norm_sums(RZ_MASK_OUTPUT, m, n, norm, start, gradient, sums, products); break;
    case RZ_MASK_INPUT: rz_norm_sums(RZ_MASK_INPUT, m, n, norm, start, gradient, sums, products); break;
    default: rz_norm_sums(RZ_MASK_NONE, m, n, norm, start, gradient, sums, products);
  }
}

/// `vectors` registers of channels, `unroll` rows at once, so that what the channels are multiplied by stays in registers.
static RZ_INLINE void rz_norm_gradient_block(const int mask, const bool more, const size_t vectors, const size_t unroll,
                                             size_t m, size_t n, const struct rz_norm *norm,
                                             const float *input, const float *gradient, const float *by_gradient,
                                             const float *by_input, const float *constant, size_t j,
                                             float *input_gradient) {
  rz_vector mean[4], scale[4] = {0}, shift[4] = {0}, of_gradient[4], of_input[4], plus[4];
  _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {
    const size_t at = j + v * RZ_LANES;
    mean[v] = rz_load(norm->mean + at);
    if (mask == RZ_MASK_INPUT) {
      scale[v] = rz_load(norm->scale + at);
      shift[v] = rz_load(norm->shift + at);
    }
    of_gradient[v] = rz_load(by_gradient + at);
    of_input[v] = rz_load(by_input + at);
    plus[v] = rz_load(constant + at);
  }
#define RZ_ROW(u)                                                                \
  _Pragma("clang loop unroll(full)") for (size_t v = 0; v < vectors; v++) {      \
    const size_t at = (row + u) * n + j + v * RZ_LANES;                          \
    const rz_vector x = rz_load(input + at);                                     \
    const rz_vector g = rz_masked(mask, rz_load(gradient + at), x, scale[v], shift[v]); \
    rz_vector sum = plus[v] + g * of_gradient[v];                                \
    sum += (x - mean[v]) * of_input[v];                                          \
    if (more) sum += rz_load(input_gradient + at);                               \
    rz_store(input_gradient + at, sum);                                          \
  }
  size_t row = 0;
  for (; row + unroll <= m; row += unroll) {
    _Pragma("clang loop unroll(full)") for (size_t u = 0; u < unroll; u++) { RZ_ROW(u) }
  }
  for (; row < m; row++) { RZ_ROW(0) }
#undef RZ_ROW
}

static RZ_INLINE void rz_norm_gradient(const int mask, const bool more, size_t m, size_t n, const struct rz_norm *norm,
                                       size_t start, const float *gradient, const float *by_gradient,
                                       const float *by_input, const float *constant, float *input_gradient) {
  const float *input = norm->input + start;
  size_t j = 0;
#define RZ_BLOCKS(vectors, unroll)                                                                                  \
  for (; j + vectors * RZ_LANES <= n; j += vectors * RZ_LANES)                                                      \
    rz_norm_gradient_block(mask, more, vectors, unroll, m, n, norm, input, gradient, by_gradient, by_input, constant, j, \
                           input_gradient);
  RZ_BLOCKS(4, 1)
  RZ_BLOCKS(2, 2)
  RZ_BLOCKS(1, 4)
#undef RZ_BLOCKS
  for (; j < n; j++) {
    for (size_t at = j; at < m * n; at += n) {
      const bool closed = mask == RZ_MASK_INPUT && !(input[at] * norm->scale[j] + norm->shift[j] > 0);
      const float g = closed ? 0 : gradient[at];
      const float sum = constant[j] + g * by_gradient[j] + (input[at] - norm->mean[j]) * by_input[j];
      input_gradient[at] = more ? input_gradient[at] + sum : sum;
    }
  }
}

void RZ_NAME(rz_norm_gradient_f32)(size_t m, size_t n, const struct rz_norm *norm, size_t start, const float *gradient,
                                   const float *by_gradient, const float *by_input, const float *constant, bool more,
                                   float *input_gradient) {
#define RZ_CALL(mask, more) \
  rz_norm_gradient(mask, more, m, n, norm, start, gradient, by_gradient, by_input, constant, input_gradient)
  if (norm->mask == RZ_MASK_INPUT) {
    if (more) RZ_CALL(RZ_MASK_INPUT, true); else RZ_CALL(RZ_MASK_INPUT, false);
  } else {
    if (more) RZ_CALL(RZ_MASK_NONE, true); else RZ_CALL(RZ_MASK_NONE, false);
  }
#undef RZ_CALL
}

void RZ_NAME(rz_scaled_gradient_f32)(size_t m, size_t n, const float *factor, const float *gradient, bool more,
                                     float *input_gradient) {
  for (size_t row = 0; row < m; row++, gradient += n, input_gradient += n) {
    size_t j = 0;
    for (; j + RZ_LANES <= n; j += RZ_LANES) {
      const rz_vector product = rz_load(gradient + j) * rz_load(factor + j);
      rz_store(input_gradient + j, more ? rz_load(input_gradient + j) + product : product);
    }
    for (; j < n; j++) {
      const float product = gradient[j] * factor[j];
      input_gradient[j] = more ? input_gradient[j] + product : product;
    }
  }
}

void RZ_NAME(rz_relu_gradient_f32)(size_t n, const float *output, float *gradient) {
  size_t j = 0;
  for (; j + RZ_LANES <= n; j += RZ_LANES) {
    const rz_mask open = rz_load(output + j) > 0;
    rz_store(gradient + j, (rz_vector)(open & (rz_mask)rz_load(gradient + j)));
  }
  for (; j < n; j++) gradient[j] = output[j] > 0 ? gradient[j] : 0;
}

/// The first maximum of one window, for up to a register of channels from `c` on.
static RZ_INLINE void rz_window_maximum(const struct rz_window *w, size_t row, size_t column, bool zeros, size_t c,
                                        const float *input, float *best, uint8_t *tap_of_best, const size_t lanes) {
  const ptrdiff_t top = (ptrdiff_t)(row * w->stride) - (ptrdiff_t)w->padding;
  const ptrdiff_t left = (ptrdiff_t)(column * w->stride) - (ptrdiff_t)w->padding;
  rz_vector most = rz_broadcast(-INFINITY);
  rz_mask taps = {0};
  for (size_t ky = 0; ky < w->kernel; ky++) {
    for (size_t kx = 0; kx < w->kernel; kx++) {
      const ptrdiff_t y = top + (ptrdiff_t)ky, x = left + (ptrdiff_t)kx;
      const bool inside = y >= 0 && y < (ptrdiff_t)w->input_height && x >= 0 && x < (ptrdiff_t)w->input_width;
      if (!inside && !zeros) continue;
      const float *p = inside ? input + ((size_t)y * w->input_width + (size_t)x) * w->channels + c : input;
      rz_vector value = {0};
      if (inside && lanes == RZ_LANES) value = rz_load(p);
      if (inside && lanes < RZ_LANES) memcpy(&value, p, lanes * sizeof *p);
      // A value that is NaN is taken, and stays.
      const rz_mask takes = ~(value <= most) & (most == most);
      const rz_mask tap = (rz_mask){0} + (int32_t)(ky * w->kernel + kx);
      most = (rz_vector)((takes & (rz_mask)value) | (~takes & (rz_mask)most));
      taps = (takes & tap) | (~takes & taps);
    }
  }
  const rz_bytes bytes = __builtin_convertvector(taps, rz_bytes);
  memcpy(best, &most, lanes * sizeof *best);
  memcpy(tap_of_best, &bytes, lanes);
}

void RZ_NAME(rz_max_pool_taps_f32)(const struct rz_window *w, size_t first, size_t count, bool zeros,
                                   const float *input, float *output, uint8_t *taps) {
  const size_t channels = w->channels;
  for (size_t row = first; row < first + count; row++) {
    for (size_t column = 0; column < w->output_width; column++, output += channels, taps += channels) {
      size_t c = 0;
      for (; c + RZ_LANES <= channels; c += RZ_LANES)
        rz_window_maximum(w, row, column, zeros, c, input, output + c, taps + c, RZ_LANES);
      if (c < channels)
        rz_window_maximum(w, row, column, zeros, c, input, output + c, taps + c, channels - c);
    }
  }
}

/// The first window that reaches a position of the padded input.
static inline size_t rz_first_window(size_t position, const struct rz_window *w) {
  return position < w->kernel ? 0 : (position - w->kernel) / w->stride + 1;
}

static inline size_t rz_window_end(size_t position, const struct rz_window *w, size_t windows) {
  const size_t end = position / w->stride + 1;
  return end < windows ? end : windows;
}

void RZ_NAME(rz_max_pool_gradient_f32)(const struct rz_window *w, size_t first, size_t count, const float *gradient,
                                       const uint8_t *taps, bool more, float *input_gradient) {
  const size_t channels = w->channels;
  for (size_t row = first; row < first + count; row++) {
    const size_t y = row + w->padding;
    const size_t top = rz_first_window(y, w), bottom = rz_window_end(y, w, w->output_height);
    for (size_t column = 0; column < w->input_width; column++) {
      const size_t x = column + w->padding;
      const size_t left = rz_first_window(x, w), right = rz_window_end(x, w, w->output_width);
      float *target = input_gradient + (row * w->input_width + column) * channels;
      for (size_t c = 0; c < channels; c += RZ_LANES) {
        const bool whole = c + RZ_LANES <= channels;
        rz_vector sum = {0};
        if (more && whole) sum = rz_load(target + c);
        if (more && !whole) memcpy(&sum, target + c, (channels - c) * sizeof *target);
        for (size_t oy = top; oy < bottom; oy++) {
          for (size_t ox = left; ox < right; ox++) {
            const int32_t tap = (int32_t)((y - oy * w->stride) * w->kernel + (x - ox * w->stride));
            const size_t at = (oy * w->output_width + ox) * channels + c;
            rz_bytes bytes = {0};
            rz_vector g = {0};
            if (whole) {
              bytes = *(const rz_bytes *)(taps + at);
              g = rz_load(gradient + at);
            } else {
              memcpy(&bytes, taps + at, channels - c);
              memcpy(&g, gradient + at, (channels - c) * sizeof *gradient);
            }
            const rz_mask is_maximum = __builtin_convertvector(bytes, rz_mask) == (rz_mask){0} + tap;
            sum += (rz_vector)(is_maximum & (rz_mask)g);
          }
        }
        if (whole)
          rz_store(target + c, sum);
        else
          memcpy(target + c, &sum, (channels - c) * sizeof *target);
      }
    }
  }
}

/// Two rounds of xor-shifts and multiplications, each as good as 32 bits allow.
static inline uint32_t rz_hash(uint32_t index, uint64_t key) {
  uint32_t h = index ^ (uint32_t)key;
  for (int round = 0; round < 2; round++) {
    h ^= h >> 16;
    h *= 0x7FEB352Du;
    h ^= h >> 15;
    h *= 0x846CA68Bu;
    h ^= h >> 16;
    h += (uint32_t)(key >> 32);
  }
  return h;
}

void RZ_NAME(rz_dropout_f32)(size_t n, uint64_t key, uint32_t threshold, float factor, const float *input, bool more,
                             float *output) {
  for (size_t j = 0; j < n; j++) {
    const float kept = rz_hash((uint32_t)j, key) >= threshold ? factor * input[j] : 0;
    output[j] = more ? output[j] + kept : kept;
  }
}
