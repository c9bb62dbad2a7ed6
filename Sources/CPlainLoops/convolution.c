#include "CPlainLoops.h"

enum { CHANNELS_AT_ONCE = 32 };

// The outputs q for which 0 <= q * stride + offset < size, as [*first, *last).
static void range(ptrdiff_t offset, size_t stride, size_t size, size_t outputs, size_t *first, size_t *last) {
  size_t begin = offset >= 0 ? 0 : ((size_t)(-offset) + stride - 1) / stride;
  ptrdiff_t room = (ptrdiff_t)size - offset;
  size_t end = room <= 0 ? 0 : ((size_t)room + stride - 1) / stride;
  if (end > outputs) end = outputs;
  *first = begin < end ? begin : end;
  *last = end;
}

// sums[P, Q] += one plane * one filter.
static void add_plane(const struct rz_plain_convolution *s, const float *plane, const float *filter, float *sums) {
  for (size_t r = 0; r < s->kernel_height; r++) {
    size_t first_row, last_row;
    ptrdiff_t dy = (ptrdiff_t)(r * s->dilation_y) - (ptrdiff_t)s->padding_top;
    range(dy, s->stride_y, s->input_height, s->output_height, &first_row, &last_row);
    for (size_t c = 0; c < s->kernel_width; c++) {
      size_t first, last;
      ptrdiff_t dx = (ptrdiff_t)(c * s->dilation_x) - (ptrdiff_t)s->padding_left;
      range(dx, s->stride_x, s->input_width, s->output_width, &first, &last);
      const float weight = filter[r * s->kernel_width + c];
      for (size_t y = first_row; y < last_row; y++) {
        const float *row = plane + (size_t)((ptrdiff_t)(y * s->stride_y) + dy) * s->input_width;
        float *out = sums + y * s->output_width;
        if (s->stride_x == 1) {
          const float *shifted = row + (ptrdiff_t)first + dx;
          for (size_t x = first; x < last; x++) out[x] += weight * shifted[x - first];
        } else {
          for (size_t x = first; x < last; x++) out[x] += weight * row[(ptrdiff_t)(x * s->stride_x) + dx];
        }
      }
    }
  }
}

void rz_plain_convolve(const struct rz_plain_convolution *s, const float *input, const float *weights,
                       const float *bias, float *output, double *scratch, size_t first, size_t last) {
  const size_t pixels = s->output_height * s->output_width;
  const size_t inputs = s->input_channels / s->groups;
  const size_t outputs = s->output_channels / s->groups;
  const size_t plane = s->input_height * s->input_width;
  const size_t filter = s->kernel_height * s->kernel_width;
  double *totals = scratch;
  float *sums = (float *)(scratch + pixels);
  for (size_t k = first; k < last; k++) {
    for (size_t i = 0; i < pixels; i++) totals[i] = bias ? bias[k] : 0;
    const float *group = input + (k / outputs) * inputs * plane;
    for (size_t begin = 0; begin < inputs; begin += CHANNELS_AT_ONCE) {
      const size_t end = begin + CHANNELS_AT_ONCE < inputs ? begin + CHANNELS_AT_ONCE : inputs;
      for (size_t i = 0; i < pixels; i++) sums[i] = 0;
      for (size_t c = begin; c < end; c++) {
        add_plane(s, group + c * plane, weights + (k * inputs + c) * filter, sums);
      }
      for (size_t i = 0; i < pixels; i++) totals[i] += sums[i];
    }
    for (size_t i = 0; i < pixels; i++) output[(k - first) * pixels + i] = (float)totals[i];
  }
}
