//! Pictures made ready for another try: smaller, larger, inverted, locally evened out. Sizes were checked by the caller.

use crate::image::Grey;

/// A borrowed grey picture: width, height, one byte for each pixel.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Row by row.
    pub pixels: &'a [u8],
}

impl<'a> From<&'a Grey> for View<'a> {
    fn from(grey: &'a Grey) -> Self {
        Self { width: grey.width() as usize, height: grey.height() as usize, pixels: grey.pixels() }
    }
}

/// An owned one.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Row by row.
    pub pixels: Vec<u8>,
}

impl Picture {
    /// Lends it.
    pub fn view(&self) -> View<'_> {
        View { width: self.width, height: self.height, pixels: &self.pixels }
    }
}

/// Half the size: each pixel is the mean of four.
pub fn half(view: View<'_>) -> Picture {
    let (width, height) = (view.width / 2, view.height / 2);
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        let upper = &view.pixels[2 * y * view.width..][..2 * width];
        let lower = &view.pixels[(2 * y + 1) * view.width..][..2 * width];
        for (a, b) in upper.chunks_exact(2).zip(lower.chunks_exact(2)) {
            let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
            pixels.push(((sum + 2) / 4) as u8);
        }
    }
    Picture { width, height, pixels }
}

/// Twice the size, between the pixels straight lines.
pub fn double(view: View<'_>) -> Picture {
    let (width, height) = (view.width * 2, view.height * 2);
    let mut wide = vec![0_u8; width * view.height];
    for (row, out) in view.pixels.chunks_exact(view.width).zip(wide.chunks_exact_mut(width)) {
        for x in 0..view.width {
            let here = u16::from(row[x]) * 3;
            out[2 * x] = ((here + u16::from(row[x.saturating_sub(1)]) + 2) / 4) as u8;
            out[2 * x + 1] = ((here + u16::from(row[(x + 1).min(view.width - 1)]) + 2) / 4) as u8;
        }
    }
    let mut pixels = Vec::with_capacity(width * height);
    for y in 0..height {
        let near = y / 2;
        let far = if y % 2 == 0 { near.saturating_sub(1) } else { (near + 1).min(view.height - 1) };
        let (near, far) = (&wide[near * width..][..width], &wide[far * width..][..width]);
        pixels.extend(near.iter().zip(far).map(|(a, b)| ((u16::from(*a) * 3 + u16::from(*b) + 2) / 4) as u8));
    }
    Picture { width, height, pixels }
}

/// Black for white.
pub fn inverted(view: View<'_>) -> Picture {
    Picture {
        width: view.width,
        height: view.height,
        pixels: view.pixels.iter().map(|pixel| 255 - pixel).collect(),
    }
}

/// Noise and a display's grid evened out: each pixel with its neighbours, the middle one counting most.
pub fn soft(view: View<'_>) -> Picture {
    let View { width, height, pixels } = view;
    let mut across = vec![0_u16; width * height];
    for (row, out) in pixels.chunks_exact(width).zip(across.chunks_exact_mut(width)) {
        for x in 0..width {
            let sides = u16::from(row[x.saturating_sub(1)]) + u16::from(row[(x + 1).min(width - 1)]);
            out[x] = u16::from(row[x]) * 2 + sides;
        }
    }
    let mut out = Vec::with_capacity(width * height);
    for y in 0..height {
        let above = &across[y.saturating_sub(1) * width..][..width];
        let here = &across[y * width..][..width];
        let below = &across[(y + 1).min(height - 1) * width..][..width];
        out.extend(here.iter().zip(above).zip(below).map(|((h, a), b)| ((2 * h + a + b + 8) / 16) as u8));
    }
    Picture { width, height, pixels: out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_means_are_right() {
        let pixels = [0, 100, 200, 40, 80, 120];
        let view = View { width: 3, height: 2, pixels: &pixels };
        let small = half(view);
        assert_eq!((small.width, small.height, small.pixels), (1, 1, vec![55]));
        let large = double(view);
        assert_eq!((large.width, large.height, large.pixels.len()), (6, 4, 24));
        // A corner keeps its light; a quarter of the way on, a quarter of the next one's is mixed in.
        assert_eq!((large.pixels[0], large.pixels[1]), (0, 25));
        assert_eq!(inverted(view).pixels, [255, 155, 55, 215, 175, 135]);
        assert_eq!(soft(View { width: 2, height: 2, pixels: &[9; 4] }).pixels, [9; 4]);
    }
}
