// The passes over flat arrays that updates.h declares. Included by kernels.inc.h. A remainder at the end of an array goes through a
// register of its own, so that every element is computed alike. A new optimizer is a struct of constants, a body, a pass, and a line
// in the table at the end.

#define AT(p) (*(rz_vector *)(p))
#define READ(p) (*(const rz_vector *)(p))
#define BODY static inline __attribute__((always_inline)) void

// sgd: torch.optim.SGD without dampening. Memories: the velocity, or none.
struct RZ_NAME(sgd) {
  // The learning rate; the momentum; times the weight, added to the gradient; times the gradient, before everything else; 1 for
  // Nesterov's momentum.
  float rate, momentum, decay, scale, nesterov;
};

BODY RZ_NAME(descend)(const struct RZ_NAME(sgd) *step, const float *gradient, float *weights, float *velocity) {
  rz_vector g = READ(gradient) * step->scale + AT(weights) * step->decay;
  if (velocity) {
    const rz_vector v = AT(velocity) * step->momentum + g;
    AT(velocity) = v;
    g = step->nesterov != 0 ? g + v * step->momentum : v;
  }
  AT(weights) -= g * step->rate;
}

static void RZ_NAME(run_sgd)(const float *constants, size_t n, const float *gradient, float *weights, float *const *memories,
                             double *sums) {
  (void)sums;
  const struct RZ_NAME(sgd) step = *(const struct RZ_NAME(sgd) *)constants;
  float *const velocity = memories ? memories[0] : NULL;
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    RZ_NAME(descend)(&step, gradient + i, weights + i, velocity ? velocity + i : NULL);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  if (velocity) memcpy(v, velocity + i, bytes);
  RZ_NAME(descend)(&step, g, w, velocity ? v : NULL);
  memcpy(weights + i, w, bytes);
  if (velocity) memcpy(velocity + i, v, bytes);
}

// adam: torch.optim.Adam and AdamW. Memories: the running means of the gradients and of their squares.
//
// first += first_share * (g - first), second = beta2 * second + second_share * g * g,
// weights -= rate * first / (sqrt(second) / root + epsilon)
struct RZ_NAME(adam) {
  // The learning rate over 1 - beta1^t; 1 - beta1 and 1 - beta2, which single precision cannot compute from the betas without
  // loss; beta2; the root of 1 - beta2^t; epsilon.
  float rate, first_share, second_share, beta2, root, epsilon;
  // Times the weight, added to the gradient; times the weight, before everything else; times the gradient, before everything else.
  float decay, shrinkage, scale;
};

BODY RZ_NAME(adapt)(const struct RZ_NAME(adam) *step, const float *gradient, float *weights, float *first, float *second) {
  const rz_vector w = AT(weights) * step->shrinkage;
  const rz_vector g = READ(gradient) * step->scale + w * step->decay;
  const rz_vector m = AT(first) + (g - AT(first)) * step->first_share;
  const rz_vector v = AT(second) * step->beta2 + g * g * step->second_share;
  AT(first) = m;
  AT(second) = v;
  AT(weights) = w - m * step->rate / (__builtin_elementwise_sqrt(v) / step->root + step->epsilon);
}

static void RZ_NAME(run_adam)(const float *constants, size_t n, const float *gradient, float *weights, float *const *memories,
                              double *sums) {
  (void)sums;
  const struct RZ_NAME(adam) step = *(const struct RZ_NAME(adam) *)constants;
  float *const first = memories[0], *const second = memories[1];
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES) RZ_NAME(adapt)(&step, gradient + i, weights + i, first + i, second + i);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, m[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  memcpy(m, first + i, bytes);
  memcpy(v, second + i, bytes);
  RZ_NAME(adapt)(&step, g, w, m, v);
  memcpy(weights + i, w, bytes);
  memcpy(first + i, m, bytes);
  memcpy(second + i, v, bytes);
}

// rmsprop: torch.optim.RMSprop. Memories: the running mean of the squares; that of the gradients when centered; the velocity with
// momentum.
struct RZ_NAME(rmsprop) {
  // The learning rate; alpha; 1 - alpha; epsilon; the momentum; times the weight, added to the gradient; times the gradient, before
  // everything else; 1 for centered.
  float rate, alpha, share, epsilon, momentum, decay, scale, centered;
};

BODY RZ_NAME(propagate)(const struct RZ_NAME(rmsprop) *step, const float *gradient, float *weights, float *square, float *mean,
                        float *velocity) {
  const rz_vector g = READ(gradient) * step->scale + AT(weights) * step->decay;
  const rz_vector s = AT(square) * step->alpha + g * g * step->share;
  rz_vector variance = s;
  AT(square) = s;
  if (mean) {
    const rz_vector m = AT(mean) + (g - AT(mean)) * step->share;
    AT(mean) = m;
    // Rounding may leave a little less than 0, whose root PyTorch gives as NaN.
    variance = __builtin_elementwise_max(s - m * m, (rz_vector){0});
  }
  rz_vector change = g / (__builtin_elementwise_sqrt(variance) + step->epsilon);
  if (velocity) {
    change = AT(velocity) * step->momentum + change;
    AT(velocity) = change;
  }
  AT(weights) -= change * step->rate;
}

static void RZ_NAME(run_rmsprop)(const float *constants, size_t n, const float *gradient, float *weights, float *const *memories,
                                 double *sums) {
  (void)sums;
  const struct RZ_NAME(rmsprop) step = *(const struct RZ_NAME(rmsprop) *)constants;
  float *const square = memories[0], *const mean = step.centered != 0 ? memories[1] : NULL;
  float *const velocity = step.momentum != 0 ? memories[mean ? 2 : 1] : NULL;
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    RZ_NAME(propagate)(&step, gradient + i, weights + i, square + i, mean ? mean + i : NULL, velocity ? velocity + i : NULL);
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, s[RZ_LANES] = {0}, m[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(g, gradient + i, bytes);
  memcpy(w, weights + i, bytes);
  memcpy(s, square + i, bytes);
  if (mean) memcpy(m, mean + i, bytes);
  if (velocity) memcpy(v, velocity + i, bytes);
  RZ_NAME(propagate)(&step, g, w, s, mean ? m : NULL, velocity ? v : NULL);
  memcpy(weights + i, w, bytes);
  memcpy(square + i, s, bytes);
  if (mean) memcpy(mean + i, m, bytes);
  if (velocity) memcpy(velocity + i, v, bytes);
}

// lamb_moments and lamb: timm.optim.Lamb, a step of which needs the norms of a tensor's weights and of their change. The first pass
// renews the moments and sums the squares of the weights and of the change; the second makes the change. Memories: as adam.
struct RZ_NAME(lamb) {
  // The learning rate times the trust ratio, which the first pass does not read; 1 - beta1; 1 - beta2; beta2; 1 over 1 - beta1^t;
  // the root of 1 - beta2^t; epsilon; times the weight, added to the change; times the gradient, before everything else.
  float rate, first_share, second_share, beta2, correction, root, epsilon, decay, scale;
};

static inline __attribute__((always_inline)) rz_vector RZ_NAME(lamb_change)(const struct RZ_NAME(lamb) *step, rz_vector w, rz_vector m,
                                                                         rz_vector v) {
  return m * step->correction / (__builtin_elementwise_sqrt(v) / step->root + step->epsilon) + w * step->decay;
}

BODY RZ_NAME(renew_moments)(const struct RZ_NAME(lamb) *step, const float *gradient, const float *weights, float *first,
                            float *second, rz_doubles squares[2]) {
  const rz_vector g = READ(gradient) * step->scale, w = READ(weights);
  const rz_vector m = AT(first) + (g - AT(first)) * step->first_share;
  const rz_vector v = AT(second) * step->beta2 + g * g * step->second_share;
  AT(first) = m;
  AT(second) = v;
  const rz_doubles x = __builtin_convertvector(w, rz_doubles);
  const rz_doubles u = __builtin_convertvector(RZ_NAME(lamb_change)(step, w, m, v), rz_doubles);
  squares[0] += x * x;
  squares[1] += u * u;
}

static void RZ_NAME(run_lamb_moments)(const float *constants, size_t n, const float *gradient, float *weights,
                                      float *const *memories, double *sums) {
  const struct RZ_NAME(lamb) step = *(const struct RZ_NAME(lamb) *)constants;
  float *const first = memories[0], *const second = memories[1];
  rz_doubles squares[2] = {{0}, {0}};
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    RZ_NAME(renew_moments)(&step, gradient + i, weights + i, first + i, second + i, squares);
  if (i < n) {
    const size_t bytes = (n - i) * sizeof(float);
    float g[RZ_LANES] = {0}, w[RZ_LANES] = {0}, m[RZ_LANES] = {0}, v[RZ_LANES] = {0};
    memcpy(g, gradient + i, bytes);
    memcpy(w, weights + i, bytes);
    memcpy(m, first + i, bytes);
    memcpy(v, second + i, bytes);
    RZ_NAME(renew_moments)(&step, g, w, m, v, squares);
    memcpy(first + i, m, bytes);
    memcpy(second + i, v, bytes);
  }
  for (size_t sum = 0; sum < 2; sum++)
    for (size_t lane = 0; lane < RZ_LANES; lane++) sums[sum] += squares[sum][lane];
}

static void RZ_NAME(run_lamb)(const float *constants, size_t n, const float *gradient, float *weights, float *const *memories,
                              double *sums) {
  (void)gradient, (void)sums;
  const struct RZ_NAME(lamb) step = *(const struct RZ_NAME(lamb) *)constants;
  const float *const first = memories[0], *const second = memories[1];
  size_t i = 0;
  for (; i + RZ_LANES <= n; i += RZ_LANES)
    AT(weights + i) -= RZ_NAME(lamb_change)(&step, AT(weights + i), READ(first + i), READ(second + i)) * step.rate;
  if (i == n) return;
  const size_t bytes = (n - i) * sizeof(float);
  float w[RZ_LANES] = {0}, m[RZ_LANES] = {0}, v[RZ_LANES] = {0};
  memcpy(w, weights + i, bytes);
  memcpy(m, first + i, bytes);
  memcpy(v, second + i, bytes);
  AT(w) -= RZ_NAME(lamb_change)(&step, READ(w), READ(m), READ(v)) * step.rate;
  memcpy(weights + i, w, bytes);
}

static void RZ_NAME(blend)(size_t n, float share, const float *values, float *average) {
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

static double RZ_NAME(squares)(size_t n, const float *values) {
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

// A pass, its struct of constants, and how many memories and sums it has.
#define UPDATE(name, step, memories, sums)                                                                                   \
  { #name, sizeof(struct RZ_NAME(step)) / sizeof(float), memories, sums, RZ_NAME(run_##name) }
static const struct rz_update RZ_NAME(all_updates)[] = {
  UPDATE(sgd, sgd, 1, 0),
  UPDATE(adam, adam, 2, 0),
  UPDATE(rmsprop, rmsprop, 3, 0),
  UPDATE(lamb_moments, lamb, 2, 2),
  UPDATE(lamb, lamb, 2, 0),
};

#undef UPDATE
#undef BODY
#undef AT
#undef READ
