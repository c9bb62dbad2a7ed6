// Panels of packed weights, in which the output channels of a group lie side by side. Included by convolution.inc.h and bytes.inc.h.

/// Output channels of a panel.
enum { RZ_PANEL = RZ_PANEL_VECTORS * RZ_LANES };

/// Registers of a panel, the last of which may be narrower than the others.
static inline size_t rz_panel_vectors(size_t channels, size_t panel) {
  const size_t left = channels - panel * RZ_PANEL;
  return left >= RZ_PANEL ? RZ_PANEL_VECTORS : (left + RZ_LANES - 1) / RZ_LANES;
}

static inline size_t rz_last_lanes(size_t channels, size_t panel) {
  const size_t left = channels - panel * RZ_PANEL;
  return left >= RZ_PANEL || left % RZ_LANES == 0 ? RZ_LANES : left % RZ_LANES;
}
