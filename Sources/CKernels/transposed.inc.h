// Convolutions whose outputs may lie apart in a larger image: the phases of a transposed convolution, and linear layers. The
// body of phase in convolution.h. Included by kernels.inc.h.

/// Fills the pointers of each tile of RZ_ROWS pixels of a phase, tap by tap. Pixels that the last tile lacks read zeros.
static void rz_gather_phase(const struct rz_phase *s, size_t first, size_t count, const float *source, const float *zeros,
                            const float **sources) {
  const size_t taps = s->taps_down * s->taps_across;
  size_t row = first / s->width, column = first % s->width;
  for (size_t i = 0; i < count; i++) {
    const float **tile = sources + i / RZ_ROWS * RZ_ROWS * taps + i % RZ_ROWS;
    for (size_t ty = 0; ty < s->taps_down; ty++) {
      const ptrdiff_t y = (ptrdiff_t)row + s->top - (ptrdiff_t)(ty * s->reach);
      const bool exists = y >= 0 && y < (ptrdiff_t)s->source_height;
      for (size_t tx = 0; tx < s->taps_across; tx++, tile += RZ_ROWS) {
        const ptrdiff_t x = (ptrdiff_t)column + s->left - (ptrdiff_t)(tx * s->reach);
        const bool inside = exists && x >= 0 && x < (ptrdiff_t)s->source_width;
        *tile = inside ? source + ((size_t)y * s->source_width + (size_t)x) * s->source_stride : zeros;
      }
    }
    if (++column == s->width) column = 0, row++;
  }
  for (size_t i = count; i % RZ_ROWS != 0; i++)
    for (size_t t = 0; t < taps; t++) sources[(i / RZ_ROWS * taps + t) * RZ_ROWS + i % RZ_ROWS] = zeros;
}

/// Puts sums[pixels][width], of which `channels` exist, to their places in the target.
static void rz_scatter(const struct rz_phase *s, const struct rz_part *part, const float *sums, size_t width,
                       size_t channels, bool accumulate, float *target) {
  size_t row = part->first_pixel / s->width, column = part->first_pixel % s->width;
  for (size_t i = 0; i < part->pixels; i++, sums += width) {
    const size_t pixel = (s->first_row + row * s->stride) * s->target_width + s->first_column + column * s->stride;
    float *out = target + pixel * s->target_stride;
    size_t c = 0;
    for (; c + RZ_LANES <= channels; c += RZ_LANES)
      rz_store(out + c, accumulate ? rz_load(out + c) + rz_load(sums + c) : rz_load(sums + c));
    for (; c < channels; c++) out[c] = accumulate ? out[c] + sums[c] : sums[c];
    if (++column == s->width) column = 0, row++;
  }
}

static void RZ_NAME(rz_phase_f32)(const struct rz_phase *s, const struct rz_groups *g, const struct rz_part *part, bool spread,
                                  bool accumulate, const float *source, const float *weights, const float *bias,
                                  const float **sources, float *scratch, float *target) {
  const size_t taps = s->taps_down * s->taps_across, run = g->group_inputs, channels = g->output_channels;
  const size_t source_channels = channels / g->group_outputs * run;
  const size_t group_outputs = spread ? channels : g->group_outputs;
  const size_t panel_width = spread ? RZ_LANES : RZ_PANEL;
  const size_t group_panels = (group_outputs + panel_width - 1) / panel_width;
  const size_t group_columns = (group_outputs + RZ_LANES - 1) / RZ_LANES * RZ_LANES;
  const size_t source_count = (part->pixels + RZ_ROWS - 1) / RZ_ROWS * RZ_ROWS * taps;
  const size_t chunk = run < RZ_DEPTH && !spread ? RZ_DEPTH / run : spread ? taps + 1 : 1;
  // Pixels that lie side by side are computed in place, others on the side.
  const bool in_place = s->stride == 1;
  float *sums = scratch + source_channels;
  memset(scratch, 0, source_channels * sizeof(float));
  rz_gather_phase(s, part->first_pixel, part->pixels, source, scratch, sources);
  size_t shift = 0;
  for (size_t index = part->first_panel; index < part->first_panel + part->panels; index++) {
    const size_t group = index / group_panels, panel = index % group_panels;
    const size_t first_channel = group * group_outputs + panel * panel_width;
    const size_t offset = spread ? first_channel : group * run;
    rz_advance(sources, source_count, offset - shift);
    shift = offset;
    const size_t vectors = spread ? 1 : rz_panel_vectors(group_outputs, panel), width = vectors * RZ_LANES;
    const size_t last_lanes = spread ? RZ_LANES : rz_last_lanes(group_outputs, panel);
    const float *panel_weights =
        weights + (spread ? first_channel : (group * group_columns + panel * RZ_PANEL) * taps * run);
    // A phase without taps is all zeros.
    for (size_t tap = 0; tap == 0 || tap < taps; tap += chunk) {
      const bool last = tap + chunk >= taps;
      const size_t count = last ? taps - tap : chunk;
      struct rz_target tile = {.bias = last && bias ? bias + first_channel : NULL,
                               .stride = in_place ? s->target_stride : width,
                               .last_lanes = in_place ? last_lanes : RZ_LANES,
                               .floor = -INFINITY,
                               .resume = tap > 0 || (in_place && accumulate)};
      for (size_t pixel = 0; pixel < part->pixels; pixel += RZ_ROWS) {
        const size_t left = part->pixels - pixel, rows = left < RZ_ROWS ? left : RZ_ROWS;
        const float *const *from = sources + pixel * taps + tap * RZ_ROWS;
        tile.out = in_place ? target + (part->first_pixel + pixel) * s->target_stride + first_channel
                            : sums + pixel * width;
        if (spread)
          rz_spread_product(run, rows, taps, channels, from, panel_weights, &tile);
        else
          rz_product(rows, vectors, count, run, from, panel_weights + tap * run * width, &tile);
      }
    }
    if (!in_place)
      rz_scatter(s, part, sums, width, width - RZ_LANES + last_lanes, accumulate, target + first_channel);
  }
}
