import CKernels
import TensorCore

/// A group norm over [pixels, channels] of each image with optional residual and ReLU, and its gradients, image by image.
@safe package final class TrainedGroupNorm: Sendable {
  private let pixels: Int
  private let channels: Int
  private let groups: Int
  private let epsilon: Double
  private let kernels: KernelTable
  /// For each image mean, scale, shift of each channel, and the coefficients of the input's gradient.
  private let vectors: AlignedBuffer
  /// For each image the inverse deviation of each channel's group.
  private let inverses: AlignedBuffer
  /// For each image two sums of each channel.
  private let sums: AlignedBuffer

  /// - Parameters:
  ///   - pixels: of an image.
  ///   - epsilon: added to the variance.
  ///   - capacity: most images.
  package init(
    pixels: Int, channels: Int, groups: Int, epsilon: Double, capacity: Int, kernels: KernelTable = .current
  ) {
    precondition(channels % groups == 0, "\(groups) groups of \(channels) channels")
    self.pixels = pixels
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
    self.kernels = kernels
    vectors = AlignedBuffer(floatCount: 6 * channels * capacity)
    inverses = AlignedBuffer(byteCount: channels * capacity * MemoryLayout<Double>.stride)
    sums = AlignedBuffer(byteCount: 2 * channels * capacity * MemoryLayout<Double>.stride)
  }

  private func vector(_ index: Int, of image: Int) -> UnsafeMutablePointer<Float> {
    unsafe vectors.baseAddress.assumingMemoryBound(to: Float.self) + (6 * image + index) * channels
  }

  private func inverse(of image: Int) -> UnsafeMutablePointer<Double> {
    unsafe inverses.baseAddress.assumingMemoryBound(to: Double.self) + image * channels
  }

  private func sums(of image: Int) -> UnsafeMutablePointer<Double> {
    unsafe sums.baseAddress.assumingMemoryBound(to: Double.self) + 2 * image * channels
  }

  /// The channels of a group.
  private func channels(of group: Int) -> Range<Int> {
    group * (channels / groups)..<(group + 1) * (channels / groups)
  }

  /// output = relu?(norm of the input + residual) for one image. Without weights they are 1, without biases 0.
  package func forward(
    image: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, relu: Bool,
    output: UnsafeMutablePointer<Float>, weight: UnsafePointer<Float>?, bias: UnsafePointer<Float>?
  ) {
    let (mean, scale, shift) = unsafe (
      vector(0, of: image), vector(1, of: image), vector(2, of: image)
    )
    let sums = unsafe sums(of: image)
    unsafe kernels.c.pointee.norms.pivoted_moments(pixels, channels, input, input, sums, sums + channels)
    for group in 0..<groups {
      let members = channels(of: group)
      let count = Double(pixels)
      // The mean of the channels' means, and of their deviations from it.
      var center = 0.0
      for channel in members { unsafe center += Double(input[channel]) + sums[channel] / count }
      center /= Double(members.count)
      var variance = 0.0
      for channel in members {
        let offset = unsafe sums[channel] / count
        let distance = unsafe Double(input[channel]) + offset - center
        unsafe variance += max(sums[channels + channel] / count - offset * offset, 0) + distance * distance
      }
      let inverse = 1 / (variance / Double(members.count) + epsilon).squareRoot()
      for channel in members {
        let factor = unsafe weight.map { unsafe Double($0[channel]) * inverse } ?? inverse
        unsafe self.inverse(of: image)[channel] = inverse
        unsafe mean[channel] = Float(center)
        unsafe scale[channel] = Float(factor)
        let summand = unsafe bias.map { unsafe Double($0[channel]) } ?? 0
        unsafe shift[channel] = Float(summand - center * factor)
      }
    }
    unsafe kernels.c.pointee.elementwise.affine(
      pixels, channels, input, scale, shift, residual, channels, relu, output)
  }

  /// The gradient of one image's input after `forward`, and the image's part of those of the parameters.
  ///
  /// The output's gradient is masked where it lies, if there was a ReLU, and then is the residual's.
  ///
  /// - Parameters:
  ///   - output: of the forward pass, if there was a ReLU.
  ///   - inputGradient: nil where nothing asks for it; may be the output's gradient.
  package func backward(
    image: Int, outputGradient: UnsafeMutablePointer<Float>, input: UnsafePointer<Float>,
    output: UnsafePointer<Float>?, inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool
  ) {
    var norm = unsafe rz_norm()
    unsafe norm.input = input
    unsafe norm.output = output
    unsafe norm.mean = UnsafePointer(vector(0, of: image))
    let isMasked = unsafe output != nil
    unsafe norm.mask = Int32(isMasked ? RZ_MASK_OUTPUT : RZ_MASK_NONE)
    let sums = unsafe sums(of: image)
    unsafe kernels.c.pointee.norms.gradient_sums(
      pixels, channels, &norm, 0, outputGradient, sums, sums + channels)
    guard let inputGradient = unsafe inputGradient else { return }
    let scale = unsafe vector(1, of: image)
    let (byInput, constant) = unsafe (vector(4, of: image), vector(5, of: image))
    for group in 0..<groups {
      let members = channels(of: group)
      let count = Double(pixels * members.count)
      // Sums of weight times inverse times gradient.
      var sum = 0.0
      var product = 0.0
      for channel in members {
        unsafe sum += Double(scale[channel]) * sums[channel]
        unsafe product += Double(scale[channel]) * sums[channels + channel]
      }
      for channel in members {
        let inverse = unsafe inverse(of: image)[channel]
        unsafe byInput[channel] = Float(-inverse * inverse * product / count)
        unsafe constant[channel] = Float(-sum / count)
      }
    }
    unsafe kernels.c.pointee.norms.gradient(
      pixels, channels, &norm, 0, outputGradient, scale, byInput, constant, accumulates, inputGradient)
  }

  /// The gradients of the parameters: the images' parts added in order.
  package func addParameterGradients(
    images: Int, weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>
  ) {
    for channel in 0..<channels {
      var sum = 0.0
      var product = 0.0
      for image in 0..<images {
        unsafe sum += sums(of: image)[channel]
        unsafe product += sums(of: image)[channels + channel] * inverse(of: image)[channel]
      }
      unsafe weightGradient[channel] = Float(product)
      unsafe biasGradient[channel] = Float(sum)
    }
  }
}
