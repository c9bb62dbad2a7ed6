// The bodies of updates.h. Included by kernels.inc.h. A remainder at the end of an array goes through a register of its own, so
// that every element is computed alike.

#define AT(p) (*(rz_vector *)(p))
#define READ(p) (*(const rz_vector *)(p))

static RZ_INLINE void rz_descend(const struct rz_descent *step, const float *gradient, float *weights, float *velocity) {
  rz_vector g = READ(gradient) * step->scale + AT(weights) * step->decay;
  if (velocity) {
    const rz_vector v = AT(velocity) * step->momentum + g;
    AT(velocity) = v;
    g = step->nesterov ? g + v * step->momentum : v;
  }
  AT(weights) -= g * step->rate;
}

static void RZ_NAME(rz_descend_f32)(const struct rz_descent *step, size_t n, const float *gradient, float *weights,
                                    float *velocity) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    rz_descend(step, gradient + i, weights + i, velocity ? velocity + i : NULL);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  if (velocity) memcpy(v, velocity + i, bytes);
  rz_descend(step, g, w, velocity ? v : NULL);
  memcpy(weights + i, w, bytes);
  if (velocity) memcpy(velocity + i, v, bytes);
}

static RZ_INLINE void rz_adam(const struct rz_adam *step, const float *gradient, float *weights, float *first, float *second) {
  const rz_vector w = AT(weights) * step->shrinkage;
  const rz_vector g = READ(gradient) * step->scale + w * step->decay;
  const rz_vector m = AT(first) + (g - AT(first)) * step->first_share;
  const rz_vector v = AT(second) * step->beta2 + g * g * step->second_share;
  AT(first) = m;
  AT(second) = v;
  AT(weights) = w - m * step->rate / (__builtin_elementwise_sqrt(v) / step->root + step->epsilon);
}

static void RZ_NAME(rz_adam_f32)(const struct rz_adam *step, size_t n, const float *gradient, float *weights, float *first,
                                 float *second) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) rz_adam(step, gradient + i, weights + i, first + i, second + i);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, m[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  memcpy(m, first + i, bytes);
  memcpy(v, second + i, bytes);
  rz_adam(step, g, w, m, v);
  memcpy(weights + i, w, bytes);
  memcpy(first + i, m, bytes);
  memcpy(second + i, v, bytes);
}

static void RZ_NAME(rz_blend_f32)(size_t n, float share, const float *values, float *average) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) AT(average + i) += (READ(values + i) - AT(average + i)) * share;
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float x[RZ_LANES] = {0}, a[RZ_LANES] = {0};
  memcpy(x, values + i, bytes);
  memcpy(a, average + i, bytes);
  AT(a) += (READ(x) - AT(a)) * share;
  memcpy(average + i, a, bytes);
}

static double RZ_NAME(rz_squares_f32)(size_t n, const float *values) {
  rz_doubles sums = {0};
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) {
    const rz_doubles x = __builtin_convertvector(READ(values + i), rz_doubles);
    sums += x * x;
  }
  double sum = 0;
  for (size_t lane = 0; lane < RZ_LANES; lane++) sum += sums[lane];
  for (; i < n; i++) sum += (double)values[i] * values[i];
  return sum;
}

#undef AT
#undef READ
