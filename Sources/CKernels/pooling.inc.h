// The bodies of pooling.h. Included by kernels.inc.h.

typedef uint8_t rz_bytes __attribute__((vector_size(RZ_LANES), aligned(1), may_alias));

static void RZ_NAME(rz_max_pool_f32)(const struct rz_window *w, size_t first, size_t count, const float *input, float *output) {
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
    RZ_UNROLL for (size_t v = 0; v < vectors; v++) sums[v] += rz_load(input + v * RZ_LANES);
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) rz_store(output + v * RZ_LANES, sums[v] * scale);
}

static void RZ_NAME(rz_average_pool_f32)(size_t pixels, size_t channels, size_t stride, const float *input, float *output) {
  size_t c = 0;
  for (; c + 8 * RZ_LANES <= channels; c += 8 * RZ_LANES) rz_average_block(8, pixels, stride, input + c, output + c);
  for (; c + RZ_LANES <= channels; c += RZ_LANES) rz_average_block(1, pixels, stride, input + c, output + c);
  for (; c < channels; c++) {
    float sum = 0;
    for (size_t p = 0; p < pixels; p++) sum += input[p * stride + c];
    output[c] = sum * (1.0f / (float)pixels);
  }
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

static void RZ_NAME(rz_max_pool_taps_f32)(const struct rz_window *w, size_t first, size_t count, bool zeros,
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

static void RZ_NAME(rz_max_pool_gradient_f32)(const struct rz_window *w, size_t first, size_t count, const float *gradient,
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
