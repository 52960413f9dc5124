/// The transform of validation images: resize the short side, crop the center.
///
/// Source: torchvision `Resize`, `CenterCrop`, on PIL images.
package struct ValidationTransform: Equatable, Sendable {
  /// The short side after resizing, in pixels.
  package let resize: Int
  /// The side of the crop in pixels.
  package let crop: Int

  /// - Precondition: Both are above 0.
  package init(resize: Int, crop: Int) {
    precondition(resize > 0 && crop > 0, "sizes of at least one pixel")
    self.resize = resize
    self.crop = crop
  }

  /// The transform with these sizes.
  package init(_ sizes: TransformSizes) {
    self.init(resize: sizes.validation, crop: sizes.crop)
  }

  /// The transform of an image of a given size, to `crop` by `crop` pixels.
  package func warp(of size: ImageSize) -> Warp {
    Warp(resizing: size, shortSide: resize).centerCropped(side: crop)
  }
}
