// Steps of optimizers over flat arrays of weights. Arrays do not overlap, and each element is treated alike wherever it lies.
#pragma once
#include "geometry.h"

#pragma clang assume_nonnull begin

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
struct rz_adam {
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

struct rz_update_kernels {
  /// velocity = momentum * velocity + g, weights -= rate * velocity; velocity may be null, which is one of zeros.
  void (*descend)(const struct rz_descent *step, size_t n, const float *gradient, float *weights,
                  float *_Nullable velocity);
  /// first += first_share * (g - first), second = beta2 * second + second_share * g * g,
  /// weights -= rate * first / (sqrt(second) / root + epsilon).
  void (*adam)(const struct rz_adam *step, size_t n, const float *gradient, float *weights, float *first, float *second);
  /// average += share * (values - average)
  void (*blend)(size_t n, float share, const float *values, float *average);
  /// The sum of the squares in double precision: finite exactly when every value is.
  double (*squares)(size_t n, const float *values);
};

#pragma clang assume_nonnull end
