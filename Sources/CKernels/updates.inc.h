// The bodies of what CUpdates.h declares, for one instruction set: RZ_NAME, RZ_LANES and RZ_SQRT, the roots of a register, are
// defined by who includes it. What is left over at the end of an array goes through a register of its own, so that every element
// is computed alike.

typedef float RZ_NAME(floats) __attribute__((vector_size(RZ_LANES * 4), aligned(4), may_alias));
typedef double RZ_NAME(doubles) __attribute__((vector_size(RZ_LANES * 8)));
#define VECTOR RZ_NAME(floats)
#define AT(p) (*(VECTOR *)(p))
#define READ(p) (*(const VECTOR *)(p))

static inline __attribute__((always_inline)) void RZ_NAME(descend)(const struct rz_descent *step, const float *gradient,
                                                                   float *weights, float *velocity) {
  VECTOR g = READ(gradient) * step->scale + AT(weights) * step->decay;
  if (velocity) {
    const VECTOR v = AT(velocity) * step->momentum + g;
    AT(velocity) = v;
    g = step->nesterov ? g + v * step->momentum : v;
  }
  AT(weights) -= g * step->rate;
}

void RZ_NAME(rz_descend_f32_)(const struct rz_descent *step, size_t n, const float *gradient, float *weights, float *velocity) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    RZ_NAME(descend)(step, gradient + i, weights + i, velocity ? velocity + i : NULL);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  if (velocity) memcpy(v, velocity + i, bytes);
  RZ_NAME(descend)(step, g, w, velocity ? v : NULL);
  memcpy(weights + i, w, bytes);
  if (velocity) memcpy(velocity + i, v, bytes);
}

static inline __attribute__((always_inline)) void RZ_NAME(adapt)(const struct rz_adaption *step, const float *gradient,
                                                                 float *weights, float *first, float *second) {
  const VECTOR w = AT(weights) * step->shrinkage;
  const VECTOR g = READ(gradient) * step->scale + w * step->decay;
  const VECTOR m = AT(first) + (g - AT(first)) * step->first_share;
  const VECTOR v = AT(second) * step->beta2 + g * g * step->second_share;
  AT(first) = m;
  AT(second) = v;
  AT(weights) = w - m * step->rate / (RZ_SQRT(v) / step->root + step->epsilon);
}

void RZ_NAME(rz_adapt_f32_)(const struct rz_adaption *step, size_t n, const float *gradient, float *weights, float *first,
                            float *second) {
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) RZ_NAME(adapt)(step, gradient + i, weights + i, first + i, second + i);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, m[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  memcpy(m, first + i, bytes);
  memcpy(v, second + i, bytes);
  RZ_NAME(adapt)(step, g, w, m, v);
  memcpy(weights + i, w, bytes);
  memcpy(first + i, m, bytes);
  memcpy(second + i, v, bytes);
}

void RZ_NAME(rz_blend_f32_)(size_t n, float share, const float *values, float *average) {
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

double RZ_NAME(rz_squares_f32_)(size_t n, const float *values) {
  RZ_NAME(doubles) sums = {0};
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) {
    const RZ_NAME(doubles) x = __builtin_convertvector(READ(values + i), RZ_NAME(doubles));
    sums += x * x;
  }
  double sum = 0;
  for (size_t lane = 0; lane < RZ_LANES; lane++) sum += sums[lane];
  for (; i < n; i++) sum += (double)values[i] * values[i];
  return sum;
}

#undef VECTOR
#undef AT
#undef READ
#undef RZ_NAME
#undef RZ_LANES
