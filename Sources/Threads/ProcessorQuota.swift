import Platform

/// The processor time that Linux's control groups leave this process, as containers limit it.
enum ProcessorQuota {
  /// The quota in whole processors, rounded up; nil where nothing limits it.
  ///
  /// The group of the process and all above it count, in a hierarchy of version 2 (`cpu.max`) and in one of version 1
  /// (`cpu.cfs_quota_us`, `cpu.cfs_period_us`).
  ///
  /// - Parameter processFolder: the system's account of the process, as `proc(5)` describes it.
  static func count(processFolder: String = "/proc/self") -> Int? {
    guard let groups = text(processFolder + "/cgroup"), let mounts = text(processFolder + "/mountinfo") else {
      return nil
    }
    let hierarchies = mounts.split(separator: "\n").compactMap(Hierarchy.init)
    var least: Int?
    for line in groups.split(separator: "\n") {
      guard let group = Group(line) else { continue }
      for hierarchy in hierarchies where hierarchy.version == group.version {
        for folder in hierarchy.folders(of: group.path) {
          if let count = hierarchy.quota(in: folder) { least = min(count, least ?? count) }
        }
      }
    }
    return least
  }

  private enum Version {
    case one, two
  }

  /// A line of `/proc/self/cgroup`: the group of the process in the hierarchy that accounts for processor time.
  private struct Group {
    let version: Version
    let path: String

    init?(_ line: Substring) {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3 else { return nil }
      if fields[0] == "0", fields[1].isEmpty {
        version = .two
      } else if fields[1].split(separator: ",").contains("cpu") {
        version = .one
      } else {
        return nil
      }
      path = String(fields[2])
    }
  }

  /// A line of `/proc/self/mountinfo`: where such a hierarchy can be seen.
  private struct Hierarchy {
    let version: Version
    /// The group that lies at the mount point.
    let root: String
    let mountPoint: String

    init?(_ line: Substring) {
      let fields = line.split(separator: " ")
      guard let dash = fields.firstIndex(of: "-"), dash >= 6, fields.count > dash + 3 else { return nil }
      switch fields[dash + 1] {
      case "cgroup2": version = .two
      case "cgroup" where fields[dash + 3].split(separator: ",").contains("cpu"): version = .one
      default: return nil
      }
      root = String(fields[3])
      mountPoint = String(fields[4])
    }

    /// The folders of a group and of all above it that can be seen.
    func folders(of group: String) -> [String] {
      var inside = group
      if root != "/" {
        // Within a namespace of its own a process may be told a group that lies elsewhere; the mount point is
        // nearest then.
        inside = group.hasPrefix(root + "/") ? String(group.dropFirst(root.count)) : "/"
      }
      var names = inside.split(separator: "/")
      if names.contains("..") { names = [] }
      return (0...names.count).map { count in
        names.prefix(count).reduce(mountPoint) { $0 + "/" + $1 }
      }
    }

    /// The quota of one group alone.
    func quota(in folder: String) -> Int? {
      let numbers: [Substring]
      switch version {
      case .two:
        numbers = text(folder + "/cpu.max")?.split(whereSeparator: \.isWhitespace) ?? []
      case .one:
        let files = [text(folder + "/cpu.cfs_quota_us"), text(folder + "/cpu.cfs_period_us")]
        numbers = files.flatMap { $0?.split(whereSeparator: \.isWhitespace) ?? [] }
      }
      // Without a quota the first word is "max", or -1 in version 1.
      guard numbers.count == 2, let quota = Int(numbers[0]), let period = Int(numbers[1]), quota > 0,
        period > 0
      else { return nil }
      return quota / period + (quota % period == 0 ? 0 : 1)
    }
  }

  /// A file of the kernel's, whose size it does not say; nil when it cannot be read.
  private static func text(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 12)
    while bytes.count < byteLimit {
      let count = unsafe piece.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += piece.prefix(count)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Most bytes that are read of one file: thousands of mounts.
  private static let byteLimit = 1 << 20
}
