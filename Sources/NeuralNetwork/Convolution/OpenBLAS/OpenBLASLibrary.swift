import COpenBLAS
import Foundation
import Support

#if canImport(Glibc)
  import Glibc
#endif

/// The functions of the system's OpenBLAS, which is loaded when they are first needed.
///
/// A program that does not use it is spared its threads and memory. Besides, OpenBLAS chooses its
/// kernels while it is loaded, by environment variables, which can thus be set before.
struct OpenBLASLibrary: @unchecked Sendable {
  /// The family of kernels in use, `SkylakeX` or `Haswell` for example.
  let family: String
  /// The version and build options.
  let version: String
  private let sgemm: cblas_sgemm_function

  /// The library, or the failure to load it, with code 66.
  static let shared = Result { try OpenBLASLibrary() }

  private init() throws {
    let file = "libopenblas.so.0"
    func failure(_ reason: String) -> Failure {
      Failure(.missing, "cannot load OpenBLAS: \(reason); apt install libopenblas-dev")
    }
    if let family = Self.suitableFamily { setenv("OPENBLAS_CORETYPE", family, 0) }
    // Its own threads would only idle: threads share the blocks of a batch.
    setenv("OPENBLAS_NUM_THREADS", "1", 0)
    guard let library = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      throw failure(String(cString: dlerror()))
    }
    func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
      guard let address = dlsym(library, name) else { throw failure("\(file) has no \(name)") }
      return unsafeBitCast(address, to: type)
    }
    func text(_ name: String) throws -> String {
      try function(name, as: openblas_text_function.self)().map { String(cString: $0) } ?? ""
    }
    try function("openblas_set_num_threads", as: openblas_set_number_function.self)(1)
    sgemm = try function("cblas_sgemm", as: cblas_sgemm_function.self)
    family = try text("openblas_get_corename")
    version = try text("openblas_get_config").split(separator: " ").prefix(2)
      .joined(separator: " ")
  }

  /// A matrix in memory, row by row, or the transpose of one.
  struct Matrix<Pointer> {
    let first: Pointer
    let rows: Int
    let columns: Int
    /// The stride between rows in memory, in elements.
    let stride: Int
    private(set) var isTransposed = false

    init(first: Pointer, rows: Int, columns: Int, stride: Int) {
      (self.first, self.rows, self.columns, self.stride) = (first, rows, columns, stride)
    }

    var transposed: Matrix {
      var matrix = Matrix(first: first, rows: columns, columns: rows, stride: stride)
      matrix.isTransposed = !isTransposed
      return matrix
    }

    fileprivate var order: CBLAS_TRANSPOSE { isTransposed ? CblasTrans : CblasNoTrans }
  }

  /// Computes the product of two matrices on the calling thread.
  ///
  /// - Parameters:
  ///   - a: The left factor.
  ///   - b: The right factor.
  ///   - product: The result, of as many rows as `a` and as many columns as `b`.
  ///   - adds: Whether the product is added to what `product` holds.
  func multiply(
    _ a: Matrix<UnsafePointer<Float>>, _ b: Matrix<UnsafePointer<Float>>,
    to product: Matrix<UnsafeMutablePointer<Float>>, adds: Bool = false
  ) {
    sgemm(
      CblasRowMajor, a.order, b.order, blasint(a.rows), blasint(b.columns), blasint(a.columns),
      1, a.first, blasint(a.stride), b.first, blasint(b.stride),
      adds ? 1 : 0, product.first, blasint(product.stride))
  }

  /// The family of kernels that suits the processor; `nil` to let OpenBLAS choose. A user's
  /// `OPENBLAS_CORETYPE` takes precedence.
  ///
  /// OpenBLAS 0.3.21 does not know processors newer than itself and falls back to kernels half as fast.
  /// All processors with AVX-512 get one family, and all others with AVX2 another, so that bits agree
  /// between more machines.
  private static var suitableFamily: String? {
    let information = (try? Files.readText("/proc/cpuinfo")) ?? ""
    let line = information.split(separator: "\n").first { $0.hasPrefix("flags") } ?? ""
    let flags = Set(line.split(separator: " "))
    if flags.isSuperset(of: ["avx512f", "avx512vl", "avx512bw", "avx512dq"]) { return "SkylakeX" }
    if flags.isSuperset(of: ["avx2", "fma"]) { return "Haswell" }
    return nil
  }
}
