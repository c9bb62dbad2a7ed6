// The bodies of elementwise.h. Included by kernels.inc.h.

static void RZ_NAME(rz_epilogue_f32)(size_t m, size_t n, float *c, const float *bias, const float *residual, size_t stride,
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

static void RZ_NAME(rz_affine_f32)(size_t m, size_t n, const float *input, const float *scale, const float *shift,
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

static void RZ_NAME(rz_accumulate_f32)(size_t n, float factor, const float *input, bool more, float *output) {
  const rz_vector factors = rz_broadcast(factor);
  size_t j = 0;
  for (; j + RZ_LANES <= n; j += RZ_LANES) {
    const rz_vector product = rz_load(input + j) * factors;
    rz_store(output + j, more ? rz_load(output + j) + product : product);
  }
  for (; j < n; j++) output[j] = more ? output[j] + input[j] * factor : input[j] * factor;
}

static void RZ_NAME(rz_scaled_gradient_f32)(size_t m, size_t n, const float *factor, const float *gradient, bool more,
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

static void RZ_NAME(rz_relu_gradient_f32)(size_t n, const float *output, float *gradient) {
  size_t j = 0;
  for (; j + RZ_LANES <= n; j += RZ_LANES) {
    const rz_mask open = rz_load(output + j) > 0;
    rz_store(gradient + j, (rz_vector)(open & (rz_mask)rz_load(gradient + j)));
  }
  for (; j < n; j++) gradient[j] = output[j] > 0 ? gradient[j] : 0;
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

static void RZ_NAME(rz_dropout_f32)(size_t n, uint64_t key, uint32_t threshold, float factor, const float *input, bool more,
                                    float *output) {
  for (size_t j = 0; j < n; j++) {
    const float kept = rz_hash((uint32_t)j, key) >= threshold ? factor * input[j] : 0;
    output[j] = more ? output[j] + kept : kept;
  }
}
