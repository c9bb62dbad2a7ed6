// The bodies of norms.h. Included by kernels.inc.h.

static void RZ_NAME(rz_channel_moments_f32)(size_t m, size_t n, const float *input, size_t stride, double *sums,
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
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) pivots[v] = rz_load(pivot + v * RZ_LANES);
  for (size_t first = 0; first < m; first += RZ_SUM_ROWS) {
    const size_t end = first + RZ_SUM_ROWS < m ? first + RZ_SUM_ROWS : m;
    rz_vector sum[4] = {0}, square[4] = {0};
    size_t row = first;
    for (; row + unroll <= end; row += unroll) {
      RZ_UNROLL for (size_t u = 0; u < unroll; u++) {
        RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
          const rz_vector x = rz_load(input + (row + u) * n + v * RZ_LANES) - pivots[v];
          sum[u * vectors + v] += x;
          square[u * vectors + v] += x * x;
        }
      }
    }
    for (; row < end; row++) {
      RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
        const rz_vector x = rz_load(input + row * n + v * RZ_LANES) - pivots[v];
        sum[v] += x;
        square[v] += x * x;
      }
    }
    RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
      RZ_UNROLL for (size_t u = 1; u < unroll; u++) {
        sum[v] += sum[u * vectors + v];
        square[v] += square[u * vectors + v];
      }
      rz_widen(sums + v * RZ_LANES, sum[v]);
      rz_widen(squares + v * RZ_LANES, square[v]);
    }
  }
}

static void RZ_NAME(rz_pivoted_moments_f32)(size_t m, size_t n, const float *input, const float *pivot, double *sums,
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

/// The gradient of one register after its mask.
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
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
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
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {                                    \
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
      RZ_UNROLL for (size_t u = 0; u < unroll; u++) { RZ_ADD_ROW(u) }
    }
    for (; row < end; row++) { RZ_ADD_ROW(0) }
#undef RZ_ADD_ROW
    RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
      RZ_UNROLL for (size_t u = 1; u < unroll; u++) {
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

static void RZ_NAME(rz_norm_gradient_sums_f32)(size_t m, size_t n, const struct rz_norm *norm, size_t start, float *gradient,
                                               double *sums, double *products) {
  memset(sums, 0, n * sizeof *sums);
  memset(products, 0, n * sizeof *products);
  switch (norm->mask) {
    case RZ_MASK_OUTPUT: rz_norm_sums(RZ_MASK_OUTPUT, m, n, norm, start, gradient, sums, products); break;
    case RZ_MASK_INPUT: rz_norm_sums(RZ_MASK_INPUT, m, n, norm, start, gradient, sums, products); break;
    default: rz_norm_sums(RZ_MASK_NONE, m, n, norm, start, gradient, sums, products);
  }
}

/// `vectors` registers of channels, `unroll` rows at once, so that the factors of the channels stay in registers.
static RZ_INLINE void rz_norm_gradient_block(const int mask, const bool more, const size_t vectors, const size_t unroll,
                                             size_t m, size_t n, const struct rz_norm *norm,
                                             const float *input, const float *gradient, const float *by_gradient,
                                             const float *by_input, const float *constant, size_t j,
                                             float *input_gradient) {
  rz_vector mean[4], scale[4] = {0}, shift[4] = {0}, of_gradient[4], of_input[4], plus[4];
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {
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
  RZ_UNROLL for (size_t v = 0; v < vectors; v++) {      \
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
    RZ_UNROLL for (size_t u = 0; u < unroll; u++) { RZ_ROW(u) }
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

static void RZ_NAME(rz_norm_gradient_f32)(size_t m, size_t n, const struct rz_norm *norm, size_t start, const float *gradient,
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
