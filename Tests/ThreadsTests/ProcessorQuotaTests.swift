import Foundation
import TestSupport
import Testing

@testable import Threads

/// The files of control groups as they look on machines and in containers.
@Suite struct ProcessorQuotaTests {
  private let folder = TemporaryFolder()

  private func write(_ text: String, _ path: String) throws {
    let url = URL(fileURLWithPath: folder.path + "/" + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  /// - Parameter mounts: for each hierarchy its root, the folder where it is mounted, and what follows the dash.
  private func count(group: String, mounts: [(root: String, folder: String, kind: String)]) throws -> Int? {
    try write(group, "proc/cgroup")
    let lines = mounts.map {
      "31 23 0:26 \($0.root) \(folder.path)/\($0.folder) rw,nosuid shared:9 - \($0.kind)\n"
    }
    try write("22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n" + lines.joined(), "proc/mountinfo")
    return ProcessorQuota.count(processFolder: folder.path + "/proc")
  }

  private let second = (root: "/", folder: "sys", kind: "cgroup2 cgroup2 rw,nsdelegate")
  private let first = (root: "/", folder: "sys/cpu", kind: "cgroup cgroup rw,cpu,cpuacct")

  @Test(arguments: [
    ("200000 100000\n", 2), ("150000 100000", 2), ("1000 100000", 1), ("100001 100000", 2),
    ("max 100000\n", nil),
    ("", nil), ("200000", nil), ("0 100000", nil), ("5 0", nil), ("-1 100000", nil),
    ("99999999999999999999 100000", nil), ("9223372036854775807 1", Int.max),
  ])
  func `a quota is rounded up to whole processors`(text: String, expected: Int?) throws {
    try write(text, "sys/job/cpu.max")
    #expect(try count(group: "0::/job\n", mounts: [second]) == expected)
  }

  @Test func `the groups above limit too`() throws {
    try write("800000 100000\n", "sys/a/b/c/cpu.max")
    try write("max 100000\n", "sys/a/b/cpu.max")
    try write("300000 100000\n", "sys/a/cpu.max")
    #expect(try count(group: "0::/a/b/c\n", mounts: [second]) == 3)
  }

  @Test func `a group within a namespace of its own lies at the mount point`() throws {
    try write("400000 100000\n", "sys/cpu.max")
    #expect(try count(group: "0::/\n", mounts: [second]) == 4)
    #expect(try count(group: "0::/../other\n", mounts: [second]) == 4)
  }

  @Test func `the root of a mount is taken off a group's path`() throws {
    try write("400000 100000\n", "sys/inner/cpu.max")
    let mount = (root: "/docker/1234", folder: "sys", kind: "cgroup2 cgroup2 rw")
    #expect(try count(group: "0::/docker/1234/inner\n", mounts: [mount]) == 4)
    #expect(try count(group: "0::/docker/12345/inner\n", mounts: [mount]) == nil)
  }

  @Test func `version 1 keeps quota and period in two files`() throws {
    try write("250000\n", "sys/cpu/job/cpu.cfs_quota_us")
    try write("100000\n", "sys/cpu/job/cpu.cfs_period_us")
    try write("-1\n", "sys/cpu/cpu.cfs_quota_us")
    try write("100000\n", "sys/cpu/cpu.cfs_period_us")
    let group = "5:memory:/else\n4:cpu,cpuacct:/job\n1:name=systemd:/else\n0::/\n"
    #expect(try count(group: group, mounts: [first, second]) == 3)
    #expect(try count(group: "4:cpu,cpuacct:/\n", mounts: [first, second]) == nil)
  }

  @Test func `without control groups nothing is limited`() throws {
    #expect(ProcessorQuota.count(processFolder: folder.path + "/nowhere") == nil)
    #expect(try count(group: "0::/job\n", mounts: []) == nil)
    #expect(try count(group: "nonsense\n::\n\n", mounts: [second]) == nil)
  }
}
