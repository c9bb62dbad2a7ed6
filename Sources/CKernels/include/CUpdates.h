// What an optimizer does to weights, over flat arrays of float32. The suffix of a name says for which instruction set it is.
// Pointers need the alignment of a float, arrays do not overlap, and each element is treated alike wherever it lies.
#pragma once
#include <stdbool.h>
#include <stddef.h>

/// Stochastic gradient descent, as torch.optim.SGD without dampening.
struct rz_descent {
  float rate, momentum;
  /// Times the weight, added to the gradient.
  float decay;
  /// Times the gradient, before everything else.
  float scale;
  bool nesterov;
};

/// Adam and AdamW, as torch.optim has them.
struct rz_adaption {
  /// The learning rate over 1 - beta1^t.
  float rate;
  /// 1 - beta1 and 1 - beta2, which single precision cannot compute from the betas without loss.
  float first_share, second_share;
  float beta2;
  /// The root of 1 - beta2^t.
  float root;
  float epsilon;
  /// Times the weight, added to the gradient.
  float decay;
  /// Times the weight, before everything else.
  float shrinkage;
  /// Times the gradient, before everything else.
  float scale;
};

#define RZ_DECLARE(isa)                                                                                                      \
  /* velocity = momentum * velocity + g, weights -= rate * velocity; velocity may be null, which is one of zeros. */         \
  void rz_descend_f32__##isa(const struct rz_descent *step, size_t n, const float *gradient, float *weights,                 \
                             float *velocity);                                                                               \
  /* first += first_share * (g - first), second = beta2 * second + second_share * g * g,                                      \
     weights -= rate * first / (sqrt(second) / root + epsilon). */                                                           \
  void rz_adapt_f32__##isa(const struct rz_adaption *step, size_t n, const float *gradient, float *weights, float *first,    \
                           float *second);                                                                                   \
  /* average += share * (values - average) */                                                                                \
  void rz_blend_f32__##isa(size_t n, float share, const float *values, float *average);                                      \
  /* The sum of the squares in double precision: finite exactly when every value is. */                                      \
  double rz_squares_f32__##isa(size_t n, const float *values);

RZ_DECLARE(portable)
#if defined(__x86_64__)
RZ_DECLARE(avx2)
RZ_DECLARE(avx512)
#endif
#undef RZ_DECLARE
