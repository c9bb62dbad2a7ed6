import Crypto
import Foundation
import Platform
import TestSupport
import Testing

/// `pull`, and names in place of checkpoints.
@Suite struct PullCommandTests {
  /// A published network of its own index, `small`, also `tiny`.
  struct Zoo {
    let sandbox = Sandbox()
    let file: [UInt8]
    let name: String

    /// - Parameter digits: the known digits of the file's SHA-256.
    init(digits: Int = 64) throws {
      for arguments in [
        ["init", "small_resnet18", "--seed", "3", "--output", "u.rzoo"],
        ["export", "u.rzoo", "--output", "u.safetensors"],
      ] {
        let outcome = try sandbox.run(arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      file = readFile(sandbox.folder.file("u.safetensors"))
      let digest = SHA256.hash(data: file).map { String(format: "%02x", Int($0)) }.joined()
      name = "small-\(digest.prefix(8)).safetensors"
      for used in ["u.rzoo", "u.safetensors"] {
        try FileManager.default.removeItem(atPath: sandbox.folder.file(used))
      }
      let labels = #""ant", "bee", "cat", "3", "4", "5", "6", "7", "8", "9""#
      sandbox.add(
        """
        {"format": "reszoo-model-index", "version": 1, "models": [{"name": "small", "aliases": ["tiny"],
        "framework": "torchvision", "source": "test:small", "architecture": "small_resnet18",
        "address": "https://weights.invalid/\(name)", "file": "\(name)", "sha256_prefix": "\(digest.prefix(digits))",
        "license": "MIT", "labels": [\(labels)], "metrics": {"acc@1": 12.5},
        "preprocessing": {"input_size": [3, 32, 32], "mean": [0, 0, 0], "std": [1, 1, 1]}}]}
        """, as: "index.json")
    }

    /// Runs a command with the index and a cache of its own.
    func run(_ arguments: String..., mirror: String = "") throws -> Outcome {
      try sandbox.shell(
        "RESZOO_INDEX=index.json RESZOO_CACHE=cache RESZOO_MIRROR=\(mirror) exec \"$@\"", arguments)
    }

    func serve(sent: Int? = nil) -> LoopbackServer {
      LoopbackServer { [file] in LoopbackServer.response(to: $0, file: file, sent: sent) }
    }
  }

  @Test func `a pulled network is classified with by its name`() throws {
    let zoo = try Zoo()
    let server = zoo.serve()
    zoo.sandbox.addImage("photo.jpg")
    zoo.sandbox.addDataSet()
    expectFailure(
      try zoo.run("classify", "tiny", "photo.jpg"), code: 66,
      saying: "reszoo: tiny: is not in the cache; 'reszoo pull tiny' fetches it")
    let pulled = try zoo.run("pull", "tiny", mirror: server.address)
    #expect(pulled.status == 0, "\(pulled.errors)")
    #expect(pulled.text == "cache/models/small.rzoo\n")
    #expect(!pulled.errors.contains("\u{1B}"), "no bar in a pipe: \(pulled.errors)")
    #expect(pulled.errors.contains("reszoo: published: test:small, under the licence MIT"))
    for arguments in [
      ["classify", "tiny", "photo.jpg", "--format", "json"], ["inspect", "small", "--json"],
      ["verify", "tiny"],
      ["evaluate", "tiny", "set", "--format", "json"], ["bench", "tiny", "--open"],
      ["bench", "tiny", "--load"],
      ["preprocess", "tiny", "photo.jpg", "--output", "x.npy"],
      ["run", "tiny", "--input", "x.npy", "--output", "y"],
      ["export", "tiny", "--output", "again.safetensors"],
    ] {
      let outcome = try zoo.sandbox.shell("RESZOO_INDEX=index.json RESZOO_CACHE=cache exec \"$@\"", arguments)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
    }
    let again = try zoo.run("pull", "small", mirror: server.address)
    #expect(again.text == "cache/models/small.rzoo\n")
    #expect(again.errors.contains("was in the cache"))
    #expect(server.requests.count == 1)
  }

  @Test func `the cache is where the environment says`() throws {
    let zoo = try Zoo()
    let server = zoo.serve()
    let folder = zoo.sandbox.folder.path
    for (settings, place) in [
      ("XDG_CACHE_HOME=\(folder)/xdg", "\(folder)/xdg/reszoo"),
      ("XDG_CACHE_HOME=relative HOME=\(folder)/home", "\(folder)/home/.cache/reszoo"),
      ("XDG_CACHE_HOME=\(folder)/xdg RESZOO_CACHE=own", "own"),
    ] {
      let pulled = try zoo.sandbox.shell(
        "unset RESZOO_CACHE; export RESZOO_INDEX=index.json \(settings); exec \"$@\"", "pull", "tiny",
        "--mirror",
        server.address)
      #expect(pulled.status == 0, "\(pulled.errors)")
      #expect(pulled.text == "\(place)/models/small.rzoo\n")
    }
  }

  @Test func `a file wins over a published name`() throws {
    let zoo = try Zoo()
    let server = zoo.serve()
    #expect(try zoo.run("pull", "tiny", mirror: server.address).status == 0)
    zoo.sandbox.add("no checkpoint", as: "tiny")
    expectFailure(try zoo.run("inspect", "tiny"), code: 65, saying: "reszoo: tiny: ")
  }

  @Test func `an unknown name gets close names suggested`() throws {
    let sandbox = Sandbox()
    expectFailure(
      try sandbox.run("inspect", "resnet5O"), code: 66, saying: "reszoo: resnet5O: does not exist",
      "close to it: resnet50")
    expectFailure(
      try sandbox.run("pull", "resnett50"), code: 64, saying: "'resnett50'", "close to it: resnet50")
    expectFailure(try sandbox.run("pull", "vgg16"), code: 64, saying: "'vgg16'", "reszoo pull --list")
    expectFailure(try sandbox.run("pull"), code: 64, saying: "Name a network")
    expectFailure(try sandbox.run("pull", "--list", "vgg*"), code: 64, saying: "vgg*")
    expectFailure(try sandbox.run("pull", "resnet50", "--json"), code: 64, saying: "--json goes with --list")
    #expect(sandbox.folder.names.isEmpty)
  }

  @Test func `the list shows the cached networks`() throws {
    let zoo = try Zoo()
    func records() throws -> [[String: Any]] {
      let outcome = try zoo.run("pull", "--list", "--json")
      expectQuietSuccess(outcome)
      return try #require(try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [[String: Any]])
    }
    #expect(try records().map { $0["name"] as? String } == ["small"])
    #expect(try records()[0]["checkpoint"] == nil)
    let server = zoo.serve()
    #expect(try zoo.run("pull", "tiny", mirror: server.address).status == 0)
    #expect(try records()[0]["checkpoint"] as? String == "cache/models/small.rzoo")
    #expect(try records()[0]["sha256_bits"] as? Int == 256)
    let table = try zoo.run("pull", "--list")
    expectQuietSuccess(table)
    #expect(table.text.contains(#/small +tiny +small_resnet18 +12\.50 +~0\.7 +256 bits +yes\n/#))
    let own = try Sandbox().shell("RESZOO_CACHE=none exec \"$@\"", "pull", "--list")
    expectQuietSuccess(own)
    #expect(own.text.contains(#/resnet50-v2 +resnet50 +resnet50 +80\.86 +97\.8 +256 bits\n/#))
  }

  @Test func `pulling without a network explains the way by hand`() throws {
    let zoo = try Zoo()
    let address = "http://127.0.0.1:\(LoopbackServer.closedPort())"
    let outcome = try zoo.run("pull", "tiny", mirror: address)
    expectFailure(
      outcome, code: 69, saying: "\(address)/\(zoo.name): ", "is there a network?",
      "'reszoo convert \(zoo.name) --output small.rzoo'")
    #expect(outcome.output.isEmpty)
    expectFailure(
      try zoo.run("pull", "tiny", mirror: "ftp://host"), code: 64,
      saying: "ftp://host: is no mirror's address")
    let missing = LoopbackServer { _ in LoopbackServer.Response(404) }
    expectFailure(try zoo.run("pull", "tiny", mirror: missing.address), code: 69, saying: "status 404")
  }

  @Test func `a download with other bytes is refused`() throws {
    let zoo = try Zoo()
    let server = LoopbackServer { LoopbackServer.response(to: $0, file: Array("<html>Hello</html>".utf8)) }
    expectFailure(
      try zoo.run("pull", "tiny", mirror: server.address), code: 65, saying: "an HTML page", "its SHA-256 is "
    )
    expectFailure(try zoo.run("inspect", "tiny"), code: 66, saying: "is not in the cache")
  }

  @Test func `an interrupted download is continued`() throws {
    let zoo = try Zoo()
    // The first answer stops half way and leaves the connection open until the test ends.
    let hold = DispatchSemaphore(value: 0)
    defer { hold.signal() }
    let slow = LoopbackServer { [file = zoo.file] request in
      LoopbackServer.Response(200, headers: ["ETag: \"one\""], body: file, sent: 300_000, holding: hold)
    }
    let part = zoo.sandbox.folder.file("cache/downloads/\(zoo.name).part")
    let cut = try zoo.sandbox.run(
      [
        "pull", "tiny", "--mirror", slow.address, "--cache", zoo.sandbox.folder.file("cache"),
      ], environment: ["RESZOO_INDEX": zoo.sandbox.folder.file("index.json")], sending: SIGINT
    ) {
      ((try? FileManager.default.attributesOfItem(atPath: part))?[.size] as? Int ?? 0) >= 300_000
    }
    #expect(!cut.exited && cut.status == SIGINT)
    let server = zoo.serve()
    let outcome = try zoo.run("pull", "tiny", mirror: server.address)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("continuing after 300,000 bytes"))
    #expect(server.requests.map(\.firstByte) == [300_000])
  }

  @Test func `a full disk is an error that keeps the first part`() throws {
    let zoo = try Zoo()
    let server = zoo.serve()
    let outcome = try zoo.sandbox.shell(
      "ulimit -f 400; RESZOO_INDEX=index.json RESZOO_CACHE=cache exec \"$@\"", "pull", "tiny", "--mirror",
      server.address)
    expectFailure(
      outcome, code: 74, saying: "cache/downloads/\(zoo.name).part: cannot grow", "free some space")
    #expect(try zoo.run("pull", "tiny", mirror: server.address).status == 0)
    #expect(server.requests.last?.firstByte ?? 0 > 0)
  }

  @Test func `a file of which 32 bits are known is not taken from an unencrypted mirror`() throws {
    let zoo = try Zoo(digits: 8)
    let server = zoo.serve()
    expectFailure(
      try zoo.run("pull", "tiny", mirror: server.address), code: 64,
      saying: "only 32 bits of its SHA-256 are known",
      "https://", "--allow-weak-check")
    #expect(server.requests.isEmpty)
    let table = try zoo.run("pull", "--list")
    #expect(table.text.contains(" 32 bits"))
    let asked = try zoo.run("pull", "tiny", "--allow-weak-check", mirror: server.address)
    #expect(asked.status == 0, "\(asked.errors)")
    #expect(asked.errors.contains("checked: only 32 bits of its SHA-256"))
    let digest = try zoo.run("inspect", "tiny", "--json").json["origin"] as? [String: Any]
    #expect((digest?["sha256"] as? String)?.count == 64)
  }

  @Test func `a password in the mirror's address is not printed`() throws {
    let zoo = try Zoo()
    let server = zoo.serve()
    let closed = LoopbackServer.closedPort()
    for mirror in ["http://user:secret@127.0.0.1:\(closed)", "http://user:secret@127.0.0.1:\(server.port)"] {
      let outcome = try zoo.run("pull", "tiny", "--verbose", mirror: mirror)
      #expect(!(outcome.errors + outcome.text).contains("secret"), "\(outcome.errors)")
    }
    let inspected = try zoo.run("inspect", "tiny", "--json")
    #expect(inspected.status == 0 && !inspected.text.contains("secret"))
  }

  @Test func `a redirect to another protocol is the server's fault`() throws {
    let zoo = try Zoo()
    let server = LoopbackServer { _ in LoopbackServer.Response(302, headers: ["Location: file:///etc/passwd"])
    }
    expectFailure(
      try zoo.run("pull", "tiny", mirror: server.address), code: 69, saying: "the server leads to an address")
  }

  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")))
  func `an encrypted mirror cannot lead to an unencrypted one`() throws {
    let zoo = try Zoo()
    let plain = zoo.serve()
    zoo.sandbox.add(
      "HTTP/1.0 302 Found\r\nLocation: \(plain.address)/\(zoo.name)\r\nContent-Length: 0\r\n\r\n",
      as: zoo.name)
    let outcome = try zoo.sandbox.shell(
      """
      openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 2 -subj /CN=127.0.0.1 \\
        -addext subjectAltName=IP:127.0.0.1 2>log || exit 99
      openssl s_server -accept 127.0.0.1:0 -cert c.pem -key k.pem -HTTP >log 2>&1 &
      for i in 1 2 3 4 5 6 7 8 9; do sleep 0.2; grep -q '^ACCEPT ' log && break; done
      port=$(sed -n 's/^ACCEPT .*://p' log)
      CURL_CA_BUNDLE=c.pem RESZOO_INDEX=index.json RESZOO_CACHE=cache "$@" --mirror https://127.0.0.1:$port
      status=$?
      kill $!
      exit $status
      """, "pull", "tiny")
    expectFailure(
      outcome, code: 69, saying: "the server leads to an address that is not followed", "only https:// is")
    #expect(plain.requests.isEmpty)
  }

  @Test func `what lies in the cache in place of a checkpoint is named`() throws {
    let zoo = try Zoo()
    let server = zoo.serve()
    try FileManager.default.createDirectory(
      atPath: zoo.sandbox.folder.file("cache/models"), withIntermediateDirectories: true)
    zoo.sandbox.add("garbage", as: "cache/models/small.rzoo")
    zoo.sandbox.addImage("photo.jpg")
    for arguments in [["pull", "tiny"], ["classify", "tiny", "photo.jpg"], ["inspect", "small"]] {
      let outcome = try zoo.sandbox.shell(
        "RESZOO_INDEX=index.json RESZOO_CACHE=cache RESZOO_MIRROR=\(server.address) exec \"$@\"", arguments)
      expectFailure(
        outcome, code: 65, saying: "cache/models/small.rzoo: ",
        "'reszoo pull small --force' downloads it again")
    }
    #expect(try zoo.run("pull", "tiny", "--force", mirror: server.address).status == 0)
    #expect(try zoo.run("inspect", "tiny").status == 0)
  }

  @Test func `convert recognises a published file`() throws {
    let zoo = try Zoo()
    zoo.sandbox.folder.write(zoo.file, to: zoo.name)
    let outcome = try zoo.run("convert", zoo.name, "--output", "net.rzoo")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.errors.contains("published: test:small"))
    let record = try zoo.run("inspect", "net.rzoo", "--json").json
    #expect((record["metrics"] as? [String: Double]) == ["acc@1": 12.5])
  }

  @Test func `a broken list of networks is refused`() throws {
    let zoo = try Zoo()
    zoo.sandbox.add("{}", as: "index.json")
    expectFailure(try zoo.run("pull", "tiny"), code: 65, saying: "reszoo: index.json: ")
    try FileManager.default.removeItem(atPath: zoo.sandbox.folder.file("index.json"))
    expectFailure(try zoo.run("inspect", "tiny"), code: 66, saying: "reszoo: index.json: does not exist")
  }
}
