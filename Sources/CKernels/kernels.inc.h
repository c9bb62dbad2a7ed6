// All kernels of one instruction set. A file for the set defines RZ_NAME and RZ_SET (the suffix of names, and the set's name),
// RZ_LANES, RZ_PANEL_VECTORS (registers of a panel: RZ_ROWS times as many sums and two more must fit in the registers),
// rz_spread, rz_stream and rz_end_stream, then includes this one.
#include "vectors.inc.h"

#include "elementwise.inc.h"
#include "norms.inc.h"
#include "pooling.inc.h"

#include "convolution.inc.h"
#include "direct.inc.h"
#include "winograd.inc.h"
#include "transposed.inc.h"
#include "packing.inc.h"

#include "gradients.inc.h"
#include "winograd_gradients.inc.h"

#define RZ_BF16 RZ_NAME
#define RZ_BF16_NATIVE 0
#include "bfloat16.inc.h"
#undef RZ_BF16
#undef RZ_BF16_NATIVE

#include "updates.inc.h"

const struct rz_kernels RZ_NAME(rz_kernels) = {
    .name = RZ_SET,
    .lanes = RZ_LANES,
    .panel = RZ_PANEL,
    .bfloat16 = &RZ_NAME(rz_bfloat16_kernels),
    .packing =
        {
            .pack = RZ_NAME(rz_pack_f32),
            .pack_winograd = RZ_NAME(rz_pack_winograd_f32),
        },
    .convolution =
        {
            .product = RZ_NAME(rz_convolution_f32),
            .grouped = RZ_NAME(rz_grouped_f32),
            .direct = RZ_NAME(rz_direct_convolution_f32),
            .winograd = RZ_NAME(rz_winograd_f32),
            .phase = RZ_NAME(rz_phase_f32),
        },
    .elementwise =
        {
            .epilogue = RZ_NAME(rz_epilogue_f32),
            .affine = RZ_NAME(rz_affine_f32),
            .accumulate = RZ_NAME(rz_accumulate_f32),
            .scale_channels = RZ_NAME(rz_scaled_gradient_f32),
            .relu_gradient = RZ_NAME(rz_relu_gradient_f32),
            .dropout = RZ_NAME(rz_dropout_f32),
        },
    .pooling =
        {
            .maximum = RZ_NAME(rz_max_pool_f32),
            .average = RZ_NAME(rz_average_pool_f32),
            .maximum_taps = RZ_NAME(rz_max_pool_taps_f32),
            .maximum_gradient = RZ_NAME(rz_max_pool_gradient_f32),
        },
    .norms =
        {
            .moments = RZ_NAME(rz_channel_moments_f32),
            .pivoted_moments = RZ_NAME(rz_pivoted_moments_f32),
            .gradient_sums = RZ_NAME(rz_norm_gradient_sums_f32),
            .gradient = RZ_NAME(rz_norm_gradient_f32),
        },
    .gradients =
        {
            .weights = RZ_NAME(rz_weight_gradient_f32),
            .finish = RZ_NAME(rz_finish_gradient_f32),
            .winograd = RZ_NAME(rz_winograd_gradient_f32),
            .finish_winograd = RZ_NAME(rz_finish_winograd_gradient_f32),
        },
    .updates =
        {
            .count = sizeof RZ_NAME(all_updates) / sizeof *RZ_NAME(all_updates),
            .all = RZ_NAME(all_updates),
            .blend = RZ_NAME(blend),
            .squares = RZ_NAME(squares),
        },
};
