//! Where the display is seen: a pinhole camera and a plane that is turned and tilted before it.

/// A 3 × 3 projective map, row by row.
#[derive(Clone, Copy)]
pub struct Map([f32; 9]);

impl Map {
    /// From the display's pixels to the picture's. `scale`: picture pixels along one of the display's at its centre;
    /// angles in radians; `focal` in picture pixels.
    pub fn new(
        centre: (f32, f32),
        scale: f32,
        roll: f32,
        pitch: f32,
        yaw: f32,
        focal: f32,
        middle: (f32, f32),
    ) -> Self {
        let ((sr, cr), (sp, cp), (sy, cy)) = (roll.sin_cos(), pitch.sin_cos(), yaw.sin_cos());
        // Columns of yaw · pitch · roll that act on the plane's two axes.
        let across = [cy * cr + sy * sp * sr, cp * sr, -sy * cr + cy * sp * sr];
        let down = [-cy * sr + sy * sp * cr, cp * cr, sy * sr + cy * sp * cr];
        let unit = scale / focal;
        let mut map = [0.0; 9];
        // Depth 1 at the display's centre, which is seen at `middle`.
        let depth = [across[2] * unit, down[2] * unit];
        for (row, middle) in [middle.0, middle.1].into_iter().enumerate() {
            map[row * 3] = across[row] * scale + middle * depth[0];
            map[row * 3 + 1] = down[row] * scale + middle * depth[1];
            map[row * 3 + 2] = middle;
        }
        map[6] = depth[0];
        map[7] = depth[1];
        map[8] = 1.0;
        // The display's coordinates start at its corner.
        for row in 0..3 {
            map[row * 3 + 2] -= map[row * 3] * centre.0 + map[row * 3 + 1] * centre.1;
        }
        Self(map)
    }

    /// One point.
    pub fn apply(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let m = &self.0;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The way back.
    pub fn inverse(&self) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }
}

/// Area of a quadrilateral.
pub fn area(corners: &[(f32, f32); 4]) -> f32 {
    let sum: f32 = (0..4)
        .map(|index| {
            let (a, b) = (corners[index], corners[(index + 1) % 4]);
            a.0 * b.1 - b.0 * a.1
        })
        .sum();
    sum.abs() / 2.0
}
