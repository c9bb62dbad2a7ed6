// Weights as the kernels read them, the bodies of packing.h. Included by kernels.inc.h.

/// One weight of a column, times its scale if there is one.
static RZ_INLINE float rz_scaled(float weight, const double *scale, size_t column) {
  return scale ? (float)(weight * scale[column]) : weight;
}

static void RZ_NAME(rz_pack_f32)(const struct rz_columns *s, const size_t *taps, const float *weights, const double *scale,
                                 float *packed) {
  for (size_t column = 0; column < s->width; column += RZ_LANES) {
    const size_t left = column < s->columns ? s->columns - column : 0, lanes = left < RZ_LANES ? left : RZ_LANES;
    for (size_t d = s->first; d < s->first + s->count; d++)
      for (size_t t = 0; t < s->taps; t++) {
        const float *from = weights + column * s->column_stride + d * s->depth_stride + taps[t];
        float *row = packed + (t * s->depth + d) * s->stride + column;
        if (lanes == RZ_LANES && s->column_stride == 1 && !scale) {
          rz_store(row, rz_load(from));
        } else if (lanes == RZ_LANES) {
          for (size_t l = 0; l < RZ_LANES; l++) row[l] = rz_scaled(from[l * s->column_stride], scale, column + l);
        } else {
          for (size_t l = 0; l < lanes; l++) row[l] = rz_scaled(from[l * s->column_stride], scale, column + l);
          for (size_t l = lanes; l < RZ_LANES && column + l < s->width; l++) row[l] = 0;
        }
      }
  }
}

/// G g for one column of the filter.
static RZ_INLINE void rz_transform_filter(rz_vector g0, rz_vector g1, rz_vector g2, rz_vector *out, size_t stride) {
  const rz_vector even = g0 + g2, wide = g0 + 4.0f * g2;
  out[0 * stride] = 0.25f * g0;
  out[1 * stride] = (even + g1) * (-1.0f / 6);
  out[2 * stride] = (even - g1) * (-1.0f / 6);
  out[3 * stride] = (wide + 2.0f * g1) * (1.0f / 24);
  out[4 * stride] = (wide - 2.0f * g1) * (1.0f / 24);
  out[5 * stride] = g2;
}

/// Stores one register of transformed filters, which are not read soon.
static RZ_INLINE void rz_store_filters(const rz_vector filter[9], size_t inputs, size_t width, float *packed) {
  rz_vector half[RZ_TILE_EDGE * 3];
  RZ_UNROLL for (size_t x = 0; x < 3; x++)
      rz_transform_filter(filter[x], filter[3 + x], filter[6 + x], half + x, 3);
  RZ_UNROLL for (size_t y = 0; y < RZ_TILE_EDGE; y++) {
    rz_vector row[RZ_TILE_EDGE];
    rz_transform_filter(half[y * 3], half[y * 3 + 1], half[y * 3 + 2], row, 1);
    RZ_UNROLL for (size_t x = 0; x < RZ_TILE_EDGE; x++)
        rz_stream(packed + (y * RZ_TILE_EDGE + x) * inputs * width, row[x]);
  }
}

static void RZ_NAME(rz_pack_winograd_f32)(const struct rz_columns *s, const size_t *taps, const float *weights,
                                          const double *scale, float *packed) {
  const size_t registers = s->width / RZ_LANES;
  for (size_t i = 0; i < s->count * registers; i++) {
    // Filters that lie side by side are visited one after another.
    const bool by_column = s->column_stride < s->depth_stride;
    const size_t d = s->first + (by_column ? i / registers : i % s->count);
    const size_t column = (by_column ? i % registers : i / s->count) * RZ_LANES;
    const float *from = weights + column * s->column_stride + d * s->depth_stride;
    float lanes[9][RZ_LANES];
    for (size_t l = 0; l < RZ_LANES; l++)
      for (size_t t = 0; t < 9; t++) lanes[t][l] = from[l * s->column_stride + taps[t]];
    rz_vector filter[9];
    RZ_UNROLL for (size_t t = 0; t < 9; t++) filter[t] = rz_load(lanes[t]);
    if (scale) {
      rz_doubles factors;
      memcpy(&factors, scale + column, sizeof factors);
      RZ_UNROLL for (size_t t = 0; t < 9; t++)
          filter[t] = __builtin_convertvector(__builtin_convertvector(filter[t], rz_doubles) * factors, rz_vector);
    }
    rz_store_filters(filter, s->depth, s->stride, packed + d * s->stride + column);
  }
  rz_end_stream();
}
