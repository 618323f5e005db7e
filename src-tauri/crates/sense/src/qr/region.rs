//! Where in a picture a code may be: places that are busy across and down at once. Cheap beside a decoder, so the costly
//! tries are spent on a small part of the picture; a place that is missed costs a code in a hard frame, never a wrong one.

use super::scale::{Picture, View};

/// Pixels along a block. A code of 41 modules is at least 5 blocks wide where it can be read at all.
const BLOCK: usize = 16;
/// Places that are looked at more closely.
const PLACES_MAX: usize = 2;
/// A busy block has this share of the busiest one's changes: glare and blur take some away.
const BUSY: f32 = 0.35;
/// Changes a pixel below which nothing is worth looking at, grey levels.
const CHANGE_MIN: f32 = 2.0;

/// A rectangle of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// First column.
    pub left: usize,
    /// First row.
    pub top: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Place {
    /// Whether a point of the picture is in it.
    pub fn holds(&self, (x, y): (f32, f32)) -> bool {
        let within = |at: f32, from: usize, length: usize| at >= from as f32 && at < (from + length) as f32;
        within(x, self.left, self.width) && within(y, self.top, self.height)
    }

    /// The part of the picture.
    pub fn cut(&self, view: View<'_>) -> Picture {
        let mut pixels = Vec::with_capacity(self.width * self.height);
        for y in self.top..self.top + self.height {
            pixels.extend_from_slice(&view.pixels[y * view.width + self.left..][..self.width]);
        }
        Picture { width: self.width, height: self.height, pixels }
    }
}

/// The busiest places, the busiest first.
pub fn places(view: View<'_>) -> Vec<Place> {
    let (columns, rows) = (view.width / BLOCK, view.height / BLOCK);
    if columns < 3 || rows < 3 {
        return Vec::new();
    }
    let smooth = smoothed(&changes(view, columns, rows), columns, rows);
    let busiest = smooth.iter().copied().fold(0.0, f32::max);
    let mut sorted = smooth.clone();
    sorted.sort_by(f32::total_cmp);
    let usual = sorted[sorted.len() / 2];
    let enough = (busiest * BUSY).max(CHANGE_MIN).max((usual * 1.5).min(busiest * 0.7));
    let mut left: Vec<bool> = smooth.iter().map(|change| *change >= enough).collect();
    let mut found: Vec<(f32, Place)> = Vec::new();
    for start in 0..left.len() {
        if left[start] {
            found.push(grown(start, &mut left, &smooth, columns, rows, view));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.truncate(PLACES_MAX);
    found.into_iter().map(|(_, place)| place).collect()
}

/// Mean change of light from a pixel to the next but one, the lesser of across and down: an edge or a stripe changes in
/// one direction only.
fn changes(view: View<'_>, columns: usize, rows: usize) -> Vec<f32> {
    let mut changes = Vec::with_capacity(columns * rows);
    for row in 0..rows {
        let mut across = vec![0_u32; columns];
        let mut down = vec![0_u32; columns];
        for y in (row * BLOCK..(row + 1) * BLOCK).step_by(2) {
            let here = &view.pixels[y * view.width..][..view.width];
            let next = (y + 2).min(view.height - 1);
            let below = &view.pixels[next * view.width..][..view.width];
            for column in 0..columns {
                let from = column * BLOCK;
                let to = (from + BLOCK + 2).min(view.width);
                let part = &here[from..to];
                across[column] +=
                    part.iter().zip(&part[2..]).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
                let under = &below[from..from + BLOCK];
                down[column] += part.iter().zip(under).map(|(a, b)| u32::from(a.abs_diff(*b))).sum::<u32>();
            }
        }
        let pixels = (BLOCK * BLOCK / 2) as f32;
        changes.extend(across.iter().zip(&down).map(|(a, d)| (*a).min(*d) as f32 / pixels));
    }
    changes
}

/// The mean of each block and its neighbours.
fn smoothed(changes: &[f32], columns: usize, rows: usize) -> Vec<f32> {
    let mut smooth = Vec::with_capacity(changes.len());
    for row in 0..rows {
        for column in 0..columns {
            let (mut sum, mut count) = (0.0, 0.0);
            for y in row.saturating_sub(1)..(row + 2).min(rows) {
                for x in column.saturating_sub(1)..(column + 2).min(columns) {
                    sum += changes[y * columns + x];
                    count += 1.0;
                }
            }
            smooth.push(sum / count);
        }
    }
    smooth
}

/// The busy blocks that hang together with this one, with a margin around them; and how busy they are in all.
fn grown(
    start: usize,
    left: &mut [bool],
    smooth: &[f32],
    columns: usize,
    rows: usize,
    view: View<'_>,
) -> (f32, Place) {
    let (mut west, mut east, mut north, mut south) = (columns, 0, rows, 0);
    let mut sum = 0.0;
    let mut open = vec![start];
    left[start] = false;
    while let Some(block) = open.pop() {
        let (x, y) = (block % columns, block / columns);
        (west, east, north, south) = (west.min(x), east.max(x), north.min(y), south.max(y));
        sum += smooth[block];
        for ny in y.saturating_sub(1)..(y + 2).min(rows) {
            for nx in x.saturating_sub(1)..(x + 2).min(columns) {
                if left[ny * columns + nx] {
                    left[ny * columns + nx] = false;
                    open.push(ny * columns + nx);
                }
            }
        }
    }
    // A code that glare cut in two is square again with its longer side.
    let longer = (east - west).max(south - north) + 1;
    let margin = |short: usize| BLOCK + (longer - short) * BLOCK / 2;
    let (beside, above) = (margin(east - west + 1), margin(south - north + 1));
    let left_edge = (west * BLOCK).saturating_sub(beside);
    let top_edge = (north * BLOCK).saturating_sub(above);
    let right_edge = ((east + 1) * BLOCK + beside).min(view.width);
    let bottom_edge = ((south + 1) * BLOCK + above).min(view.height);
    (
        sum,
        Place {
            left: left_edge,
            top: top_edge,
            width: right_edge - left_edge,
            height: bottom_edge - top_edge,
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A grey wall with a pattern at (200, 120), 90 pixels along a side.
    fn wall(pattern: impl Fn(usize, usize) -> bool) -> Vec<u8> {
        let dark = |x: usize, y: usize| (200..290).contains(&x) && (120..210).contains(&y) && pattern(x, y);
        (0..480 * 320).map(|index| if dark(index % 480, index / 480) { 20 } else { 200 }).collect()
    }

    #[test]
    fn a_pattern_in_both_directions_is_a_place_with_all_of_it_inside() {
        let pixels = wall(|x, y| (x / 3 * 7 + y / 3 * 13 + x / 3 * (y / 3)) % 5 < 2);
        let found = places(View { width: 480, height: 320, pixels: &pixels });
        assert_eq!(found.len(), 1, "{found:?}");
        assert!([(200.0, 120.0), (289.0, 209.0)].iter().all(|corner| found[0].holds(*corner)), "{found:?}");
        assert!(found[0].width < 200 && found[0].height < 200, "{found:?}");
    }

    #[test]
    fn even_ground_has_no_place() {
        assert!(places(View { width: 480, height: 320, pixels: &wall(|_, _| false) }).is_empty());
        assert!(places(View { width: 20, height: 20, pixels: &[0; 400] }).is_empty());
    }
}
