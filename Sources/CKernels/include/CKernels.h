// Kernels on float32 feature maps in NHWC layout: [height][width][channels], channels contiguous.
//
// Every kernel exists once for each instruction set; a table holds those of one set. A kernel is a member of its subject's
// struct with its contract (convolution.h, pooling.h, …), a body in the file of the same name (convolution.inc.h, …) and a
// line in the table at the end of kernels.inc.h. Strides count ELEMENTS, never bytes. Pointers need the alignment of a float,
// inputs and outputs do not overlap, and no kernel allocates.
#pragma once
#include "bfloat16.h"
#include "bytes.h"
#include "convolution.h"
#include "elementwise.h"
#include "geometry.h"
#include "gradients.h"
#include "norms.h"
#include "packing.h"
#include "pooling.h"
#include "updates.h"

#pragma clang assume_nonnull begin

/// The kernels of one instruction set.
struct rz_kernels {
  /// portable, avx2 or avx512.
  const char *name;
  /// Floats of a register, and output channels of a panel of packed weights.
  size_t lanes, panel;
  /// Products of bfloat16 numbers in plain vectors.
  const struct rz_bfloat16_kernels *bfloat16;
  struct rz_packing_kernels packing;
  struct rz_convolution_kernels convolution;
  struct rz_elementwise_kernels elementwise;
  struct rz_pooling_kernels pooling;
  struct rz_norm_kernels norms;
  struct rz_gradient_kernels gradients;
  struct rz_update_kernels updates;
};

/// The tables that this processor, and the operating system's saving of registers, can run, the narrowest first: that of an
/// index, or null past the last. There is always the first.
const struct rz_kernels *_Nullable rz_kernels_at(size_t index);

/// The products of bfloat16 numbers for a table: by the processor's own instructions, where it has them for the table's registers.
const struct rz_bfloat16_kernels *rz_bfloat16_kernels_of(const struct rz_kernels *kernels);

#pragma clang assume_nonnull end
