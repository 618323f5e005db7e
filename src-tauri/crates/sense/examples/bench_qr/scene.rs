//! What stands before the camera: a stove's 1.8-inch display of 128 × 160 pixels with a code on it, in a case, in a room.
//! Light is linear; 1 is the display's white.

use qrcode::QrCode;
use qrcode::types::{Color, EcLevel, Version};

use crate::random::Random;

/// Pixels of the display across and down.
pub const DISPLAY: (f32, f32) = (128.0, 160.0);
/// Pixels of the display along a module: what fits with the quiet zone for all versions here.
const PER_MODULE: i32 = 2;

/// What the display shows.
pub struct Display {
    modules: Vec<bool>,
    /// Modules along a side.
    pub size: i32,
    inverted: bool,
    /// Light that dark pixels let through.
    leak: f32,
    /// Share of a pixel that is lit: the rest is the grid between the pixels.
    fill: (f32, f32),
    bars: Vec<(f32, f32, f32, f32)>,
}

/// How a code is made: version and error correction.
pub const CODES: [(i16, EcLevel); 4] = [(6, EcLevel::L), (7, EcLevel::L), (8, EcLevel::M), (9, EcLevel::Q)];

impl Display {
    /// A display with a code.
    pub fn with_code(
        text: &str,
        (version, level): (i16, EcLevel),
        inverted: bool,
        random: &mut Random,
    ) -> Self {
        let code = QrCode::with_version(text, Version::Normal(version), level)
            .expect("the token fits into its version");
        let mut display = Self::blank(random);
        display.size = code.width() as i32;
        display.modules = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
        display.inverted = inverted;
        display
    }

    /// A display with some bars of a menu and no code.
    pub fn blank(random: &mut Random) -> Self {
        let bars = (0..random.below(4))
            .map(|_| {
                let (x, width) = (random.between(4.0, 60.0), random.between(10.0, 60.0));
                (x, random.between(2.0, 10.0), width, random.between(1.0, 4.0))
            })
            .collect();
        Self {
            modules: Vec::new(),
            size: 0,
            inverted: false,
            leak: random.between(0.01, 0.06),
            fill: (random.between(0.76, 0.92), random.between(0.84, 0.95)),
            bars,
        }
    }

    /// Takes away one of the three finder patterns: no decoder may read this.
    pub fn without_finder(mut self) -> Self {
        for y in 0..9.min(self.size) {
            for x in 0..9.min(self.size) {
                self.modules[(y * self.size + x) as usize] = false;
            }
        }
        self
    }

    /// Corners of the code on the display, clockwise from its top left.
    pub fn corners(&self) -> [(f32, f32); 4] {
        let side = (self.size * PER_MODULE) as f32;
        let (left, top) = self.origin();
        [(left, top), (left + side, top), (left + side, top + side), (left, top + side)]
    }

    fn origin(&self) -> (f32, f32) {
        let side = self.size * PER_MODULE;
        (((DISPLAY.0 as i32 - side) / 2) as f32, ((DISPLAY.1 as i32 - side) / 2 + 6) as f32)
    }

    fn dark(&self, x: f32, y: f32) -> bool {
        let (left, top) = self.origin();
        let column = ((x - left) / PER_MODULE as f32).floor() as i32;
        let row = ((y - top) / PER_MODULE as f32).floor() as i32;
        if (0..self.size).contains(&column) && (0..self.size).contains(&row) {
            return self.modules[(row * self.size + column) as usize];
        }
        self.bars.iter().any(|bar| x >= bar.0 && x < bar.0 + bar.2 && y >= bar.1 && y < bar.1 + bar.3)
    }

    /// Light of a point of the display in red, green and blue: each pixel is three stripes with a grid around them.
    pub fn light(&self, x: f32, y: f32) -> [f32; 3] {
        let level = if self.dark(x.floor(), y.floor()) != self.inverted { self.leak } else { 1.0 };
        let mut light = [0.0; 3];
        let across = (x - x.floor()) * 3.0;
        let stripe = (across as usize).min(2);
        let in_stripe = across - across.floor();
        let in_row = y - y.floor();
        let (wide, high) = self.fill;
        let lit = (in_stripe - 0.5).abs() < wide / 2.0 && (in_row - 0.5).abs() < high / 2.0;
        if lit {
            // Three stripes make one white, so each is three times as bright as the whole.
            light[stripe] = level * 3.0 / (wide * high);
        }
        light
    }
}

/// The room: smooth patches of light with some hard-edged things in it.
pub struct Room {
    grid: Vec<f32>,
    things: Vec<(f32, f32, f32, f32, f32)>,
    brightness: f32,
}

const ROOM: usize = 9;

impl Room {
    /// A room of its own for every frame.
    pub fn new(brightness: f32, random: &mut Random) -> Self {
        let grid = (0..ROOM * ROOM).map(|_| random.between(0.2, 1.0)).collect();
        let things = (0..6 + random.below(20))
            .map(|_| {
                let (x, y) = (random.between(-0.1, 1.0), random.between(-0.1, 1.0));
                (x, y, random.between(0.005, 0.3), random.between(0.005, 0.3), random.between(0.1, 1.5))
            })
            .collect();
        Self { grid, things, brightness }
    }

    /// Light of a place in the picture, both coordinates from 0 to 1.
    pub fn light(&self, x: f32, y: f32) -> f32 {
        let (gx, gy) = (x * (ROOM - 1) as f32, y * (ROOM - 1) as f32);
        let (column, row) = ((gx as usize).min(ROOM - 2), (gy as usize).min(ROOM - 2));
        let (fx, fy) = (gx - column as f32, gy - row as f32);
        let at = |dx: usize, dy: usize| self.grid[(row + dy) * ROOM + column + dx];
        let smooth = (at(0, 0) * (1.0 - fx) + at(1, 0) * fx) * (1.0 - fy)
            + (at(0, 1) * (1.0 - fx) + at(1, 1) * fx) * fy;
        let thing = self
            .things
            .iter()
            .rev()
            .find(|t| x >= t.0 && x < t.0 + t.2 && y >= t.1 && y < t.1 + t.3)
            .map_or(1.0, |t| t.4);
        smooth * thing * self.brightness
    }
}
