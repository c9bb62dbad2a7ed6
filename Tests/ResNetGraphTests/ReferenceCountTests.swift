import ModelDescriptor
import ResNetGraph
import Testing

/// Parameter counts of timm's constructors, and of the papers' nets for CIFAR.
@Suite struct ReferenceCountTests {
  static let counts: [(String, Int)] = [
    ("resnet10t", 5_435_488), ("resnet14t", 10_081_632), ("resnet18d", 11_708_744),
    ("resnet26", 15_995_176), ("resnet26d", 16_014_408), ("resnet26t", 16_011_872),
    ("resnet34d", 21_816_904), ("resnet50c", 25_576_264), ("resnet50d", 25_576_264),
    ("resnet50s", 25_680_808), ("resnet50t", 25_573_728), ("resnet50_gn", 25_557_032),
    ("resnet101d", 44_568_392), ("resnet101s", 44_672_936), ("resnet152d", 60_212_040),
    ("resnet152s", 60_316_584), ("resnet200", 64_673_832), ("resnet200d", 64_693_064),
    ("resnetaa50d", 25_576_264), ("resnetblur50d", 25_576_264), ("resnext50d_32x4d", 25_048_136),
    ("resnext101_32x4d", 44_177_704), ("resnext101_32x16d", 194_026_792),
    ("resnext101_32x32d", 468_530_472), ("senet154", 115_088_984), ("seresnet18", 11_779_624),
    ("seresnet34", 21_960_416), ("seresnet50", 28_088_024), ("seresnet50t", 28_104_720),
    ("seresnet101", 49_326_872), ("seresnet152", 66_821_848), ("seresnet152d", 66_841_080),
    ("seresnet200d", 71_855_096), ("seresnet269d", 113_672_760), ("seresnext26d_32x4d", 16_809_512),
    ("seresnext26t_32x4d", 16_806_976), ("seresnext50_32x4d", 27_559_896),
    ("seresnext101_32x4d", 48_955_416), ("seresnext101_32x8d", 93_569_048),
    ("seresnext101_64x4d", 88_232_984), ("seresnextaa101d_32x8d", 93_588_280),
    ("seresnextaa201d_32x8d", 149_394_904), ("ecaresnet26t", 16_011_916), ("ecaresnet50t", 25_573_814),
    ("ecaresnet50d", 25_576_350), ("ecaresnet101d", 44_568_563), ("ecaresnet200d", 64_693_400),
    ("ecaresnet269d", 102_093_077), ("ecaresnetlight", 30_162_046), ("ecaresnet50d_pruned", 19_939_713),
    ("ecaresnet101d_pruned", 24_876_040), ("resnetrs50", 35_691_912), ("resnetrs101", 63_618_696),
    ("resnetrs152", 86_621_576), ("resnetrs200", 93_209_992), ("resnetrs270", 129_861_448),
    ("resnetrs350", 163_956_168), ("resnetrs420", 191_891_656), ("resnetv2_18", 11_687_720),
    ("resnetv2_18d", 11_706_952), ("resnetv2_34", 21_795_880), ("resnetv2_34d", 21_815_112),
    ("resnetv2_50", 25_549_352), ("resnetv2_50d", 25_568_584), ("resnetv2_50t", 25_566_048),
    ("resnetv2_101", 44_541_480), ("resnetv2_101d", 44_560_712), ("resnetv2_152", 60_185_128),
    ("resnetv2_152d", 60_204_360), ("resnetv2_50x1_bit", 25_549_352), ("resnetv2_50x3_bit", 217_319_080),
    ("resnetv2_101x1_bit", 44_541_480), ("resnetv2_101x3_bit", 387_934_888),
    ("resnetv2_152x2_bit", 236_335_208), ("resnetv2_152x4_bit", 936_533_224),
    ("resnetv2_50d_gn", 25_568_584), ("test_resnet", 469_688), ("wrn_16_4", 2_748_890),
    ("wrn_28_10", 36_479_194), ("wrn_40_2", 2_243_546), ("wrn_40_4", 8_949_210), ("wrn_16_8", 10_961_370),
  ]

  @Test(arguments: counts)
  func aNetHasAsManyParametersAsItsReference(name: String, count: Int) throws {
    #expect(try Graph(.preset(named: name)).parameterCount == count)
  }

  @Test(arguments: [("wrn_16_4", 2_772_020), ("wrn_28_10", 36_536_884)])
  func aHundredClassesWidenTheHead(name: String, count: Int) throws {
    #expect(try Graph(.preset(named: name, classes: 100)).parameterCount == count)
  }

  @Test(arguments: ["sknet50", "skresnet18", "res2net50_26w_4s", "resnest50d", "resnetv2_50d_evos"])
  func aCousinThatNoDescriptorExpressesIsRefusedWithTheReason(name: String) {
    #expect(throws: DescriptorError(.unsupported, field: "", "")) { try Architecture.preset(named: name) }
  }

  @Test func theOriginalRoundingOfSqueezeAndExcitationIsExpressible() throws {
    var net = try Architecture.preset(named: "seresnet18")
    net.attention = .squeezeExcitation(innerChannels: [4, 8, 16, 32], bias: true)
    #expect(try Graph(net).parameterCount == 11_778_592)
  }
}
