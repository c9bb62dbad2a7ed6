import Kernels
import TestSupport
import Testing
import Threads

/// Training's passes against their definitions, for every instruction set.
@Suite struct GradientTests {
  static let shapes: [ConvolutionCase] =
    ConvolutionCase.all + [
      // Phases of other strides and dilations, some without taps or pixels.
      .init(inputs: 20, outputs: 24, height: 10, width: 9, kernel: 3, stride: 3, padding: 1),
      .init(inputs: 16, outputs: 18, height: 9, width: 12, kernel: 3, stride: 2, padding: 3, dilation: 3),
      .init(inputs: 5, outputs: 4, height: 7, width: 8, kernel: 3, stride: 2, padding: 2, dilation: 2),
      .init(inputs: 4, outputs: 3, height: 1, width: 1, kernel: 3, stride: 2, padding: 1),
      .init(inputs: 6, outputs: 70, height: 6, width: 7, kernel: 2, stride: 2),
      .init(inputs: 80, outputs: 160, height: 4, width: 4, kernel: 1, stride: 2),
      // Sums of input gradients in several parts.
      .init(inputs: 20, outputs: 300, height: 4, width: 5, kernel: 3, padding: 1),
      .init(inputs: 20, outputs: 400, height: 5, width: 5, kernel: 3, stride: 2, padding: 1),
      // Several slices and ranges of inputs; blocks enough for one run of pixels.
      .init(inputs: 150, outputs: 70, height: 5, width: 4, kernel: 3, padding: 1),
      .init(inputs: 700, outputs: 65, height: 3, width: 2, kernel: 1),
      .init(inputs: 130, outputs: 260, height: 3, width: 3, kernel: 3, padding: 1),
      // Rows wider than what is summed up at once, and long sums.
      .init(inputs: 3, outputs: 9, height: 6, width: 150, kernel: 3, padding: 1),
      .init(inputs: 16, outputs: 16, height: 40, width: 33, kernel: 3, padding: 1),
    ]

  @Test(arguments: shapes) func everyPassAgreesWithItsReference(shape: ConvolutionCase) {
    let problem = GradientProblem(shape, images: 2)
    let want = problem.answer()
    for table in KernelTable.available {
      let got = problem.run(kernels: table, threads: 1)
      expect(got, agreesWith: want, in: problem, by: table)
      #expect(problem.run(kernels: table, threads: 3) == got, "\(table.name): threads change the sums")
    }
  }

  @Test(arguments: shapes) func productsOfBFloat16NumbersAgreeWithTheReference(shape: ConvolutionCase) {
    let problem = GradientProblem(shape, images: 2, isRounded: true)
    let want = problem.answer()
    for table in KernelTable.available {
      let got = problem.run(kernels: table, arithmetic: .bfloat16, threads: 1)
      expect(got, agreesWith: want, in: problem, by: table)
      #expect(
        problem.run(kernels: table, arithmetic: .bfloat16, threads: 3) == got,
        "\(table.name): threads change the sums")
    }
  }

  @Test(arguments: [(33, 20, 1), (64, 130, 1), (700, 65, 2), (5, 300, 1)])
  func allThatOneByOneWindowsMultiplyIsRounded(shape: (Int, Int, Int)) {
    let shape = ConvolutionCase(
      inputs: shape.0, outputs: shape.1, height: 7, width: 5, kernel: 1, stride: shape.2)
    for table in KernelTable.available {
      let plain = GradientProblem(shape, images: 3).run(kernels: table, arithmetic: .bfloat16, threads: 1)
      let rounded = GradientProblem(shape, images: 3, isRounded: true)
        .run(kernels: table, arithmetic: .bfloat16, threads: 1)
      #expect(plain.output == rounded.output && plain.weightGradient == rounded.weightGradient)
      if shape.stride == 1 { #expect(plain.inputGradient == rounded.inputGradient) }
      // Nothing is multiplied by the gradients whose sums are those of the bias.
      #expect(plain.biasGradient != rounded.biasGradient)
    }
  }

  @Test(arguments: shapes) func sumsInDoublePrecisionAreNearerToTheReference(shape: ConvolutionCase) {
    let problem = GradientProblem(shape, images: 2)
    let want = problem.answer()
    for table in KernelTable.available {
      let got = problem.run(kernels: table, arithmetic: .double, threads: 2)
      #expect(worstError(got.output, want.output).error <= 4 * 0x1p-24, "\(table.name)")
      expect(got, agreesWith: want, in: problem, by: table)
    }
  }

  @Test(arguments: [(1, 1), (7, 17), (64, 10), (300, 70), (2400, 12)])
  func linearLayersAgreeWithTheirReferences(sizes: (Int, Int)) {
    let shape = ConvolutionCase(inputs: sizes.0, outputs: sizes.1, height: 1, width: 1, kernel: 1)
    for images in [1, 7, 200] {
      let problem = GradientProblem(shape, images: images)
      let want = problem.answer()
      for table in KernelTable.available {
        let got = problem.runLinear(kernels: table, threads: 1)
        expect(got, agreesWith: want, in: problem, by: table)
        #expect(
          problem.runLinear(kernels: table, threads: 3) == got, "\(table.name): threads change the sums")
      }
    }
  }

  @Test func manyImagesAreSummedUpTogether() {
    for shape in [
      ConvolutionCase(inputs: 4, outputs: 8, height: 4, width: 4, kernel: 3, padding: 1),
      ConvolutionCase(inputs: 33, outputs: 20, height: 7, width: 7, kernel: 1),
      ConvolutionCase(inputs: 32, outputs: 32, height: 5, width: 5, kernel: 3, padding: 1, groups: 8),
    ] {
      let problem = GradientProblem(shape, images: 50)
      let want = problem.answer()
      for table in KernelTable.available {
        expect(problem.run(kernels: table, threads: 2), agreesWith: want, in: problem, by: table)
      }
    }
  }

  @Test func aStepAllocatesNothing() {
    let shapes = [
      ConvolutionCase(inputs: 32, outputs: 32, height: 8, width: 8, kernel: 3, padding: 1),
      ConvolutionCase(inputs: 20, outputs: 70, height: 8, width: 8, kernel: 3, stride: 2, padding: 1),
      ConvolutionCase(inputs: 32, outputs: 32, height: 8, width: 8, kernel: 3, padding: 1, groups: 8),
      ConvolutionCase(inputs: 70, outputs: 20, height: 1, width: 1, kernel: 1),
    ]
    for shape in shapes {
      let problem = GradientProblem(shape, images: 2)
      // One worker, the caller, so that this thread's count is all there is.
      let workspace = TrainingWorkspace(pool: WorkerPool(threads: 1))
      let convolution = TrainableOperator(convolution: problem.geometry, workspace: workspace)
      #expect(problem.allocations(convolution) == 0)
      guard shape.kernel == 1 else { continue }
      let linear = TrainableOperator(inputs: shape.inputs, outputs: shape.outputs, workspace: workspace)
      #expect(problem.allocations(linear) == 0)
    }
  }

  private func expect(
    _ got: GradientProblem.Answer, agreesWith want: GradientProblem.Answer, in problem: GradientProblem,
    by table: KernelTable
  ) {
    let (shape, window) = (problem.shape, problem.window)
    let taps = shape.kernel * shape.kernel
    // Winograd's transforms enlarge what they round, as ConvolutionTests says.
    let enlarged: Float = shape.kernel == 3 && shape.stride == 1 ? 16 : 1
    func check(_ name: String, _ got: [Float], _ want: [Float], terms: Int, enlarged: Float) {
      let worst = worstError(got, want)
      #expect(
        worst.error <= enlarged * Float(max(16, terms)) * 0x1p-24,
        "\(table.name), \(name), index \(worst.index): \(got[worst.index]) for \(want[worst.index])")
    }
    let (forward, backward) = (taps * shape.inputs / shape.groups, taps * shape.outputs / shape.groups)
    check("output", got.output, want.output, terms: forward, enlarged: enlarged)
    check("input gradient", got.inputGradient, want.inputGradient, terms: backward, enlarged: enlarged)
    check("accumulated", got.accumulated, want.accumulated, terms: backward, enlarged: enlarged)
    let pixels = problem.images * window.outputPixels
    check("weight gradient", got.weightGradient, want.weightGradient, terms: pixels, enlarged: enlarged)
    check("bias gradient", got.biasGradient, want.biasGradient, terms: pixels, enlarged: 1)
  }
}
