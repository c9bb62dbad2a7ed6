// The one loop of the ONNX interpreter that Swift would run too slowly where nothing is optimised.
#pragma once
#include <stddef.h>

// The geometry of a convolution over one image. Sizes are of the input as it is; padding is added to it.
struct rz_plain_convolution {
  size_t input_channels, input_height, input_width;
  size_t output_channels, output_height, output_width;
  size_t kernel_height, kernel_width;
  size_t stride_y, stride_x, dilation_y, dilation_x;
  size_t padding_top, padding_left;
  size_t groups;
};

// output[k - first] = bias[k] + sum over the channels of k's group of input * weights[k], for first <= k < last.
// input: [C, H, W].  weights: [K, C / groups, R, S].  bias: [K], or NULL.  output: [last - first, P, Q].
// scratch: P * Q doubles and as many floats. Sums of 32 channels are in single precision, those of all in double.
void rz_plain_convolve(const struct rz_plain_convolution *shape, const float *input, const float *weights,
                       const float *bias, float *output, double *scratch, size_t first, size_t last);
