import Foundation
import TestSupport
import Testing

/// What commands say of a quantized network, keep of it and refuse. `tools/fixtures/make_network_vectors.py` makes it.
@Suite struct QuantizedCommandTests {
  private func sandbox() -> Sandbox {
    let sandbox = Sandbox()
    sandbox.folder.write(readFile(VectorFolder.path + "/networks/quantized.rzoo"), to: "net.rzoo")
    sandbox.folder.write(readFile(VectorFolder.path + "/networks/quantized-kept.rzoo"), to: "kept.rzoo")
    return sandbox
  }

  private func architecture(_ name: String, in sandbox: Sandbox) throws -> [String: Any] {
    let record = try sandbox.run("inspect", name, "--json").json
    return try #require(record["architecture"] as? [String: Any])
  }

  @Test func `inspect shows the layers of integers and those of real numbers`() throws {
    let sandbox = sandbox()
    let all = try sandbox.run("inspect", "net.rzoo")
    expectQuietSuccess(all)
    #expect(all.text.contains("\nquantized       9 of 9 layers in int8, 9 maps of 8 bits\n"), "\(all.text)")
    let kept = try sandbox.run("inspect", "kept.rzoo").text
    #expect(kept.contains("\nquantized       6 of 8 layers in int8, "), "\(kept)")
    #expect(kept.contains("\nreal numbers    conv1\n                fc\n"), "\(kept)")
    let record = try sandbox.run("inspect", "kept.rzoo", "--json").json
    let quantization = try #require(record["quantization"] as? [String: Any])
    #expect(quantization["layers"] as? Int == 8 && quantization["integer_layers"] as? Int == 6)
    #expect(
      (quantization["kept"] as? [[String: Any]])?.compactMap { $0["name"] as? String } == ["conv1", "fc"])
    let maps = try #require(
      (try architecture("kept.rzoo", in: sandbox)["quantization"] as? [String: Any])?["maps"]
        as? [String: Any])
    #expect(quantization["maps"] as? Int == maps.count && maps["layer1.0.relu1"] != nil)
  }

  @Test func `inspect shows how the maps were found`() throws {
    let sandbox = Sandbox()
    sandbox.folder.write(readFile(VectorFolder.path + "/networks/metadata.rzoo"), to: "net.rzoo")
    let text = try sandbox.run("inspect", "net.rzoo").text
    #expect(
      text.contains("\ncalibration       1,024 images, ranges by mse, biases corrected, val\n"), "\(text)")
    let record = try sandbox.run("inspect", "net.rzoo", "--json").json
    #expect(
      (record["calibration"] as? [String: Any])?["kept"] as? [String: String] == ["conv1": "few channels"])
  }

  @Test func `convert keeps integers, or makes a network of real numbers when it is asked to`() throws {
    let sandbox = sandbox()
    expectFailure(
      try sandbox.run("convert", "net.rzoo", "--dtype", "f16", "--output", "f16.rzoo"), code: 64,
      saying: "net.rzoo: is quantized, and 9 layers of it must stay i8; --dequantize makes a network")
    let same = try sandbox.run("convert", "net.rzoo", "--output", "same.rzoo")
    #expect(same.status == 0)
    #expect(
      try architecture("same.rzoo", in: sandbox) as NSDictionary == architecture("net.rzoo", in: sandbox)
        as NSDictionary)
    let plain = try sandbox.run("convert", "net.rzoo", "--dequantize", "--output", "plain.rzoo")
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(plain.errors.contains("quantization left out: 9 layers in int8, 9 maps of 8 bits"))
    #expect(plain.errors.contains("the golden trace is that of the former weights and is left out"))
    #expect(try architecture("plain.rzoo", in: sandbox)["quantization"] == nil)
    expectQuietSuccess(try sandbox.run("verify", "plain.rzoo"))
    let half = try sandbox.run(
      "convert", "net.rzoo", "--dequantize", "--dtype", "f16", "--output", "f16.rzoo")
    #expect(half.status == 0, "\(half.errors)")
    expectFailure(
      try sandbox.run("convert", "plain.rzoo", "--dequantize", "--output", "again.rzoo"), code: 65,
      saying: "plain.rzoo: is not quantized")
  }

  @Test func `what changes no weights keeps the record`() throws {
    let sandbox = sandbox()
    let before = try architecture("net.rzoo", in: sandbox) as NSDictionary
    expectQuietSuccess(try sandbox.run("edit", "net.rzoo", "--note", "A note.", "--output", "noted.rzoo"))
    #expect(try architecture("noted.rzoo", in: sandbox) as NSDictionary == before)
    _ = try sandbox.run("convert", "net.rzoo", "--dequantize", "--output", "plain.rzoo")
    let delta = try sandbox.run("diff", "plain.rzoo", "net.rzoo", "--output", "delta.rzoo")
    #expect(delta.status == 0, "\(delta.errors)")
    #expect(
      delta.errors.contains("quantization: net.rzoo has 9 layers in int8, 9 maps of 8 bits, plain.rzoo none"),
      "\(delta.errors)")
    #expect(
      try sandbox.run("merge", "delta.rzoo", "--base", "plain.rzoo", "--output", "merged.rzoo").status == 0)
    #expect(try architecture("merged.rzoo", in: sandbox) as NSDictionary == before)
    #expect(
      try sandbox.run("inspect", "merged.rzoo", "--json").json["content_root"] as? String
        == sandbox.run("inspect", "net.rzoo", "--json").json["content_root"] as? String)
    let other = try sandbox.run("diff", "kept.rzoo", "net.rzoo", "--output", "other.rzoo")
    #expect(other.errors.contains("of net.rzoo differ from those of kept.rzoo"), "\(other.errors)")
  }

  @Test func `it leaves in an ONNX file and comes back, and other exports say what they are`() throws {
    let sandbox = sandbox()
    let file = try sandbox.run("export", "net.rzoo", "--output", "net.onnx")
    #expect(file.status == 0 && file.errors.contains("quantization: kept. The weights of 9 layers are int8"))
    #expect(file.errors.contains("other programs compute faster with --fold"), "\(file.errors)")
    let back = try sandbox.run("convert", "net.onnx", "--output", "back.rzoo")
    #expect(back.status == 0, "\(back.errors)")
    #expect(back.errors.contains("quantization: kept, with the file's own scales: the weights of 9 layers"))
    let all = try sandbox.run("inspect", "back.rzoo")
    #expect(all.text.contains("\nquantized       9 of 9 layers in int8, 9 maps of 8 bits\n"), "\(all.text)")
    let plain = try sandbox.run("convert", "net.onnx", "--dequantize", "--output", "plain.rzoo")
    #expect(plain.status == 0, "\(plain.errors)")
    #expect(try !sandbox.run("inspect", "plain.rzoo").text.contains("quantized "))
    let weights = try sandbox.run("export", "net.rzoo", "--output", "net.safetensors")
    #expect(weights.status == 0)
    #expect(weights.errors.contains("quantization: left out. The export is a network of real numbers"))
  }

  @Test func `a training starts from real numbers`() throws {
    let sandbox = sandbox()
    sandbox.addDataSet()
    for (command, options) in [("finetune", []), ("train", ["--lr", "0.01"])] {
      let source = command == "train" ? ["set", "--from", "net.rzoo"] : ["net.rzoo", "set"]
      let outcome = try sandbox.run(
        [command] + source + options + [
          "--epochs", "1", "--batch", "2", "--validation-split", "0", "--output", "\(command).rzoo",
        ])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(
        outcome.errors.contains(
          "net.rzoo: is quantized; the training starts from its weights as real numbers"))
      #expect(try architecture("\(command).rzoo", in: sandbox)["quantization"] == nil)
    }
  }

  @Test func `a quantized network classifies`() throws {
    let sandbox = sandbox()
    sandbox.addImage("photo.jpg")
    expectQuietSuccess(try sandbox.run("classify", "net.rzoo", "photo.jpg"))
    expectQuietSuccess(try sandbox.run("verify", "--run", "net.rzoo", "kept.rzoo"))
  }

  @Test func `a signature covers the record`() throws {
    let sandbox = sandbox()
    #expect(try sandbox.run("keygen", "--key", "a.pem", "--public-key", "a.pub").status == 0)
    #expect(try sandbox.run("sign", "net.rzoo", "--key", "a.pem").status == 0)
    expectQuietSuccess(try sandbox.run("verify", "net.rzoo", "--public-key", "a.pub"))
    var bytes = readFile(sandbox.folder.file("net.rzoo"))
    let record = Array(#""zero_point":"#.utf8)
    let place = try #require(
      (0..<bytes.count - record.count).first { Array(bytes[$0..<$0 + record.count]) == record })
    bytes[place + record.count] ^= 1
    sandbox.folder.write(bytes, to: "changed.rzoo")
    #expect(try sandbox.run("verify", "changed.rzoo").status != 0)
  }
}
