import Charts
import ImageInput

/// Images that are odd by their light, sharpness, size, shape or colour: in the manner of CleanVision (Cleanlab 2023), whose limits of
/// light and of information these are too.
struct OddImages {
  let findings: [AuditFinding]

  /// Limits, of luminance from 0 to 255.
  private enum Limit {
    /// 99 % of the pixels of a dark image are at most so bright: CleanVision's 0.32 of 255.
    static let dark = 81
    /// 95 % of the pixels of a bright image are brighter: CleanVision's 0.95 of 255.
    static let bright = 242
    /// The deviation of luminance in an image of one tone.
    static let flat = 4.0
    /// The bits of entropy of an image with few tones: CleanVision's 0.3 of 10.
    static let information = 3.0
    /// The sharpness of a blurred image, as a share of the set's median, and in any set.
    static let sharpness = (share: 0.05, least: 10.0)
    /// The mean side of a tiny image as a share of the set's median, and in any set, in pixels.
    static let side = (share: 0.25, least: 12.0)
    /// Longer over shorter side of an odd shape, where most images are less long.
    static let aspect = 3.0
    /// The share of images up to which grey ones, or coloured ones, are odd.
    static let colour = 0.2
  }

  /// - Parameter measures: those of each image; nil for images that cannot be read.
  /// - Complexity: O(images · log images).
  init(_ measures: [ImageMeasures?], of images: AuditedImages) {
    let all = measures.compactMap(\.self)
    let medianSharpness = Self.median(all.map(\.sharpness))
    let sharpness = max(Limit.sharpness.least, Limit.sharpness.share * medianSharpness)
    let medianSide = Self.median(all.map(\.meanSide))
    let side = max(Limit.side.least, Limit.side.share * medianSide)
    let medianAspect = Self.median(all.map(\.aspect))
    let grayShare = Double(all.count(where: \.isGray)) / Double(max(1, all.count))
    var findings: [AuditFinding] = []
    for (place, one) in measures.enumerated() {
      guard let one else { continue }
      func add(_ kind: AuditFinding.Kind, _ score: Double, _ reason: String) {
        findings.append(images.finding(kind, place, score: min(1, max(0, score)), reason: reason))
      }
      if let warning = one.warning { add(.damaged, 1, warning) }
      if one.highLuminance <= Limit.dark {
        add(
          .dark, 1 - Double(one.highLuminance) / 255,
          "99 % of the pixels are darker than \(Self.share(one.highLuminance)) of full light")
      }
      if one.lowLuminance >= Limit.bright {
        add(
          .bright, Double(one.lowLuminance) / 255,
          "95 % of the pixels are brighter than \(Self.share(one.lowLuminance)) of full light")
      }
      if one.deviation < Limit.flat {
        add(.flat, 1 - one.deviation / Limit.flat, "nearly all pixels are of one tone")
      } else {
        if one.entropy < Limit.information {
          add(
            .lowInformation, 1 - one.entropy / 8,
            "few tones: \(NumberText.fixed(one.entropy, decimals: 1)) of 8 bits")
        }
        if one.sharpness < sharpness {
          add(
            .blurred, 1 - one.sharpness / sharpness,
            "no sharp edges: \(NumberText.short(one.sharpness)), where half of the images have "
              + "\(NumberText.short(medianSharpness)) or more")
        }
      }
      if one.meanSide < side {
        add(
          .tiny, 1 - one.meanSide / max(1, medianSide),
          "\(one.width)×\(one.height) pixels, where half of the images have \(NumberText.fixed(medianSide, decimals: 0)) or more a side"
        )
      }
      if one.aspect >= Limit.aspect, medianAspect < Limit.aspect {
        add(
          .shape, 1 - 1 / one.aspect,
          "\(one.width)×\(one.height) pixels: one side is \(NumberText.fixed(one.aspect, decimals: 1)) times the other"
        )
      }
      if one.isGray, grayShare <= Limit.colour {
        add(
          .colour, 1 - grayShare, "grey, and \(NumberText.percent(1 - grayShare)) of the images are coloured")
      } else if !one.isGray, grayShare >= 1 - Limit.colour {
        add(.colour, grayShare, "coloured, and \(NumberText.percent(grayShare)) of the images are grey")
      }
      if one.orientation != 1 {
        add(
          .rotated, 1,
          "stored turned or mirrored, as EXIF says (orientation \(one.orientation)): programs that ignore it see another image"
        )
      }
    }
    self.findings = findings
  }

  private static func share(_ level: Int) -> String {
    NumberText.percent(Double(level + 1) / 256, decimals: 0)
  }

  private static func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    return sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}
