//! A picture of a page as a bitmap, for documents: the same drawing, with a font that every machine has because it is part
//! of the program.

use crate::content::Refused;
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use std::sync::{Arc, LazyLock};

/// Dots of the bitmap for one of the picture: sharp on paper.
pub(crate) const SCALE: u32 = 2;

/// The font of labels. Those of the system stand behind it, for names that it has no letters for.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(epaint_default_fonts::UBUNTU_LIGHT.to_vec());
    fonts.load_system_fonts();
    fonts.set_sans_serif_family("Ubuntu");
    Arc::new(fonts)
});

/// A drawing as PNG on white, [`SCALE`] times its size.
pub(crate) fn png(svg: &str, size: (u32, u32)) -> Result<Vec<u8>, Refused> {
    let failed = |e: &dyn std::fmt::Display| Refused::Picture(e.to_string());
    let options = Options { fontdb: FONTS.clone(), font_family: "Ubuntu".to_owned(), ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|e| failed(&e))?;
    let (width, height) = (size.0 * SCALE, size.1 * SCALE);
    let mut bitmap = Pixmap::new(width, height).ok_or_else(|| Refused::Picture("a picture without size".to_owned()))?;
    bitmap.fill(Color::WHITE);
    let scale = SCALE as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut bitmap.as_mut());
    bitmap.encode_png().map_err(|e| failed(&e))
}
