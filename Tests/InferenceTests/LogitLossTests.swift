import Inference
import ModelDescriptor
import ResNetModel
import Testing

@Suite struct LogitLossTests {
  @Test func aNetworkLosesNothingAgainstItself() throws {
    let model = try Model(untrained: .preset(named: "cifar_resnet20"), seed: 1)
    let loss = try LogitLoss(of: model, from: model, images: 3)
    #expect(loss.images == 3)
    #expect(loss.largest == 0)
    #expect(loss.agreeing == 3)
  }

  @Test func narrowerTypesLoseMore() throws {
    let model = try Model(untrained: .preset(named: "cifar_resnet20"), seed: 1)
    let losses = try [WeightStorage.float16, .bfloat16, .int8].map { storage in
      try LogitLoss(of: try model.stored(as: storage), from: model).largest
    }
    // The types round to 11 and 8 bits, and to 1/254 of a channel's largest weight.
    #expect(losses[0] > 0 && losses[0] < 2e-3, "\(losses)")
    #expect(losses[1] > losses[0] && losses[1] < 2e-2, "\(losses)")
    #expect(losses[2] > losses[0] && losses[2] < 5e-2, "\(losses)")
  }

  @Test func anotherNetworkIsFarAway() throws {
    let model = try Model(untrained: .preset(named: "cifar_resnet20"), seed: 1)
    let other = try Model(untrained: .preset(named: "cifar_resnet20"), seed: 2)
    #expect(try LogitLoss(of: other, from: model, images: 2).largest > 0.1)
  }
}
