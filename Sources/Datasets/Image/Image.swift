import CJPEG
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// A color image in memory: 8-bit RGB.
package struct Image: Equatable, Sendable {
  /// Width and height in pixels.
  package let size: ImageSize
  /// Red, green and blue of each pixel, rows from the top: shape (H, W, 3).
  package let pixels: [UInt8]

  /// - Precondition: There are three bytes for every pixel.
  package init(size: ImageSize, pixels: [UInt8]) {
    precondition(
      pixels.count == size.width * size.height * 3, "\(pixels.count) bytes for \(size) pixels")
    self.size = size
    self.pixels = pixels
  }

  /// An image whose pixels `fill` writes, all of them, into memory of shape (H, W, 3).
  init(size: ImageSize, fill: (UnsafeMutableBufferPointer<UInt8>) throws -> Void) rethrows {
    self.size = size
    let count = size.width * size.height * 3
    pixels = try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let exact = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      try fill(exact)
      initialized = count
    }
  }

  /// The largest number of pixels of an image, decoded or resized. Pillow takes a larger image for a
  /// decompression bomb.
  package static let pixelLimit = Int(CJPEG_PIXEL_LIMIT)

  /// The width in pixels.
  package var width: Int { size.width }
  /// The height in pixels.
  package var height: Int { size.height }

  /// The image as a PPM file (P6).
  package var ppm: [UInt8] {
    Array("P6\n\(width) \(height)\n255\n".utf8) + pixels
  }
}

// MARK: - JPEG

extension Image {
  /// The library that decodes and encodes JPEG files, with its version: `libjpeg-turbo 2.1.5`.
  package static var library: String { String(cString: cjpeg_version()) }

  /// Decodes a JPEG file.
  ///
  /// The pixels are those of Pillow's `Image.open(path).convert("RGB")`: gray values are repeated,
  /// CMYK is converted in integers, and an orientation in the metadata is not applied. A truncated file
  /// is an error; damaged data within a file are decoded as far as possible.
  ///
  /// - Parameters:
  ///   - jpeg: The whole file.
  ///   - path: The file's name in errors.
  /// - Throws: `Failure` with code 65 for a file that cannot be decoded or that declares more than
  ///   178,956,970 pixels, 74 if memory runs out.
  package init(jpeg: [UInt8], path: String) throws {
    let size = try Self.size(jpeg: jpeg, path: path)
    try self.init(size: size) { pixels in
      try jpeg.withUnsafeBufferPointer { file in
        try Self.call("\(path): cannot decode") { message in
          cjpeg_decode(
            file.baseAddress, file.count, Int32(size.width), Int32(size.height),
            pixels.baseAddress, message)
        }
      }
    }
  }

  /// The size that a JPEG file declares in its header; the part of the file up to there is enough.
  ///
  /// - Throws: As `init(jpeg:path:)`.
  package static func size(jpeg: [UInt8], path: String) throws -> ImageSize {
    try jpeg.withUnsafeBufferPointer { file in
      var (width, height) = (Int32(0), Int32(0))
      try call("\(path): cannot decode") { message in
        cjpeg_read_size(file.baseAddress, file.count, &width, &height, message)
      }
      return ImageSize(width: Int(width), height: Int(height))
    }
  }

  /// The size that a JPEG file declares, reading no more of it than needed.
  ///
  /// - Throws: As `init(contentsOf:)`.
  static func size(ofFileAt path: String) throws -> ImageSize {
    // In some files a preview or a color profile comes before the size.
    let beginning = try Files.read(path, atMost: 1 << 14)
    if let size = try? size(jpeg: beginning, path: path) { return size }
    return try size(jpeg: try Files.read(path), path: path)
  }

  /// Reads and decodes a JPEG file.
  ///
  /// - Throws: `Failure` with code 66 if the file cannot be read, otherwise as `init(jpeg:path:)`.
  package init(contentsOf path: String) throws {
    try self.init(jpeg: try Files.read(path), path: path)
  }

  /// Encodes the image as a JPEG file with chroma at half resolution.
  ///
  /// - Parameter quality: libjpeg's quality, 1 to 100.
  /// - Returns: The whole file.
  /// - Throws: `Failure` with code 65 if a side has more than 65,500 pixels, 74 if memory runs out.
  package func jpeg(quality: Int) throws -> [UInt8] {
    precondition((1...100).contains(quality), "a quality of 1 to 100")
    var encoded: UnsafeMutablePointer<UInt8>?
    var count = 0
    try pixels.withUnsafeBufferPointer { pixels in
      try Self.call("cannot encode an image of \(size)") { message in
        cjpeg_encode(
          pixels.baseAddress, Int32(width), Int32(height), Int32(quality), &encoded, &count,
          message)
      }
    }
    defer { free(encoded) }
    return Array(UnsafeBufferPointer(start: encoded, count: count))
  }

  /// Calls one of the C functions and throws its error message, if any.
  private static func call(
    _ what: String, _ body: (UnsafeMutablePointer<CChar>?) -> cjpeg_code
  ) throws {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(CJPEG_MESSAGE_SIZE)) { text in
      let code = body(text.baseAddress)
      guard code != CJPEG_OK else { return }
      let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      var reason = String(decoding: bytes, as: UTF8.self)
      // Messages are lower case, but libjpeg's sentences start with a capital. Abbreviations stay.
      if reason.dropFirst().first?.isLowercase == true {
        reason = reason.prefix(1).lowercased() + reason.dropFirst()
      }
      throw Failure(code == CJPEG_OUT_OF_MEMORY ? .inputOutput : .corrupt, "\(what): \(reason)")
    }
  }
}

/// Width and height in pixels.
package struct ImageSize: Equatable, Hashable, Sendable, CustomStringConvertible {
  /// Pixels from left to right.
  package var width: Int
  /// Pixels from top to bottom.
  package var height: Int

  /// - Precondition: Both are above 0.
  package init(width: Int, height: Int) {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    self.width = width
    self.height = height
  }

  /// The smaller of width and height.
  package var shortSide: Int { min(width, height) }

  package var description: String { "\(width)x\(height)" }
}
