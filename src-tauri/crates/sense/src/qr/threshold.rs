//! Black and white by each pixel's surroundings: darker than the mean of the square around it is black. Works on bright
//! and on dark codes alike, so one pass serves both, and does not care for slow changes of light.

use std::borrow::Cow;

use rxing::common::{BitArray, BitMatrix, LineOrientation, Result};
use rxing::{Binarizer, Exceptions, Luma8Source};

use super::scale::View;

/// A picture in black and white, as rxing takes it.
#[derive(Clone)]
pub struct Bits {
    source: Luma8Source<'static>,
    matrix: BitMatrix,
}

const WORD: usize = usize::BITS as usize;

impl Bits {
    /// `reach`: pixels from the middle of the square to its edge. `margin`: how much darker than the mean a pixel must be, in
    /// grey levels; keeps noise on even ground white. `light_on_dark`: the code is inverted.
    pub fn new(view: View<'_>, reach: usize, margin: i32, light_on_dark: bool) -> Option<Self> {
        let View { width, height, pixels } = view;
        let mut matrix = BitMatrix::new(width as u32, height as u32).ok()?;
        let mut columns = vec![0_u32; width];
        let mut sums = vec![0_u32; width];
        for row in pixels.chunks_exact(width).take(reach) {
            add(&mut columns, row);
        }
        for (y, row) in pixels.chunks_exact(width).enumerate() {
            if y + reach < height {
                add(&mut columns, &pixels[(y + reach) * width..][..width]);
            }
            if y > reach {
                subtract(&mut columns, &pixels[(y - reach - 1) * width..][..width]);
            }
            let rows = (y + reach).min(height - 1) - y.saturating_sub(reach) + 1;
            slide(&columns, &mut sums, reach);
            let mut line = BitArray::with_size(width);
            for (word, (greys, sums)) in row.chunks(WORD).zip(sums.chunks(WORD)).enumerate() {
                let mut bits = 0_usize;
                for (at, (grey, sum)) in greys.iter().zip(sums).enumerate() {
                    let x = word * WORD + at;
                    let across = (x + reach).min(width - 1) - x.saturating_sub(reach) + 1;
                    let area = (rows * across) as i32;
                    let below = *sum as i32 - i32::from(*grey) * area;
                    let black = if light_on_dark { -below > margin * area } else { below > margin * area };
                    bits |= usize::from(black) << at;
                }
                line.setBulk(word * WORD, bits);
            }
            matrix.setRow(y as u32, &line);
        }
        Some(Self { source: Luma8Source::with_empty_image(width, height), matrix })
    }
}

fn add(columns: &mut [u32], row: &[u8]) {
    columns.iter_mut().zip(row).for_each(|(sum, grey)| *sum += u32::from(*grey));
}

fn subtract(columns: &mut [u32], row: &[u8]) {
    columns.iter_mut().zip(row).for_each(|(sum, grey)| *sum -= u32::from(*grey));
}

/// Sums of the columns from `reach` left to `reach` right of each.
fn slide(columns: &[u32], sums: &mut [u32], reach: usize) {
    let width = columns.len();
    let mut sum: u32 = columns.iter().take(reach).sum();
    for x in 0..width {
        if x + reach < width {
            sum += columns[x + reach];
        }
        if x > reach {
            sum -= columns[x - reach - 1];
        }
        sums[x] = sum;
    }
}

impl Binarizer for Bits {
    type Source = Luma8Source<'static>;

    fn get_luminance_source(&self) -> &Self::Source {
        &self.source
    }

    fn get_black_row(&self, y: usize) -> Result<Cow<'_, BitArray>> {
        if y >= self.get_height() {
            return Err(Exceptions::INDEX_OUT_OF_BOUNDS);
        }
        Ok(Cow::Owned(self.matrix.getRow(y as u32)))
    }

    fn get_black_row_from_matrix(&self, y: usize) -> Result<Cow<'_, BitArray>> {
        self.get_black_row(y)
    }

    fn get_black_matrix(&self) -> Result<&BitMatrix> {
        Ok(&self.matrix)
    }

    fn get_black_line(&self, line: usize, orientation: LineOrientation) -> Result<Cow<'_, BitArray>> {
        match orientation {
            LineOrientation::Row => self.get_black_row(line),
            LineOrientation::Column if line < self.get_width() => {
                Ok(Cow::Owned(self.matrix.getCol(line as u32)))
            }
            LineOrientation::Column => Err(Exceptions::INDEX_OUT_OF_BOUNDS),
        }
    }

    fn create_binarizer(&self, _source: Self::Source) -> Self {
        self.clone()
    }

    fn get_width(&self) -> usize {
        self.matrix.width() as usize
    }

    fn get_height(&self) -> usize {
        self.matrix.height() as usize
    }
}
