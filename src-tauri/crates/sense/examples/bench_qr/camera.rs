//! A webcam: lens, exposure, sensor with a Bayer mosaic, noise, sharpening, JPEG. Works on linear light until the end.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use crate::pose::Map;
use crate::random::Random;
use crate::scene::{DISPLAY, Display, Room};

/// A picture of linear light, three planes.
struct Light {
    width: usize,
    height: usize,
    planes: [Vec<f32>; 3],
}

/// A reflection on the glass before the display.
pub struct Glare {
    /// Where it is, in picture pixels.
    pub at: (f32, f32),
    /// How far it reaches, picture pixels across and down.
    pub radius: (f32, f32),
    /// Light that it adds in its middle.
    pub peak: f32,
}

/// One shot.
pub struct Shot {
    /// Picture size.
    pub size: (usize, usize),
    /// From the display to the picture.
    pub map: Map,
    /// Deviation of the blur of lens and focus, pixels.
    pub blur: f32,
    /// How far the picture moves while it is taken, pixels across and down.
    pub motion: (f32, f32),
    /// Reflections.
    pub glare: Vec<Glare>,
    /// Light added everywhere: a bright room in the glass.
    pub veil: f32,
    /// The display's white after exposure; what is above 1 is clipped.
    pub white: f32,
    /// Electrons that a white pixel collects: few make noise.
    pub electrons: f32,
    /// Deviation of the sensor's own noise, electrons.
    pub read_noise: f32,
    /// How much the camera sharpens.
    pub sharpen: f32,
    /// JPEG quality.
    pub quality: u8,
}

/// Points along a pixel's side at which the display is looked at: its stripes are finer than a pixel.
const FINE: usize = 6;
/// The case around the display, in the display's pixels.
const CASE: f32 = 14.0;

impl Shot {
    /// Takes the picture: JPEG bytes.
    pub fn take(&self, display: &Display, room: &Room, random: &mut Random) -> Vec<u8> {
        let mut light = self.look(display, room);
        self.expose(&mut light);
        let mosaic = self.sense(&light, random);
        let mut picture = coloured(&mosaic, self.size);
        self.finish(&mut picture)
    }

    fn look(&self, display: &Display, room: &Room) -> Light {
        let (width, height) = self.size;
        let mut light = Light { width, height, planes: std::array::from_fn(|_| vec![0.0; width * height]) };
        let back = self.map.inverse();
        for y in 0..height {
            for x in 0..width {
                let at = back.apply((x as f32 + 0.5, y as f32 + 0.5));
                let seen = if on(at, 2.0) {
                    let mut sum = [0.0; 3];
                    for sub in 0..FINE * FINE {
                        let part = |index: usize| (index as f32 + 0.5) / FINE as f32;
                        let point = (x as f32 + part(sub % FINE), y as f32 + part(sub / FINE));
                        let (u, v) = back.apply(point);
                        let seen = if on((u, v), 0.0) { display.light(u, v) } else { [0.03; 3] };
                        (0..3).for_each(|c| sum[c] += seen[c] / (FINE * FINE) as f32);
                    }
                    sum
                } else if on(at, CASE) {
                    [0.04; 3]
                } else {
                    let grey = room.light(x as f32 / width as f32, y as f32 / height as f32);
                    [grey, grey * 0.95, grey * 0.85]
                };
                (0..3).for_each(|c| light.planes[c][y * width + x] = seen[c]);
            }
        }
        light
    }

    fn expose(&self, light: &mut Light) {
        let (width, height) = (light.width, light.height);
        for plane in &mut light.planes {
            for glare in &self.glare {
                add(plane, width, height, glare);
            }
            for value in plane.iter_mut() {
                *value += self.veil;
            }
            blur(plane, width, height, self.blur);
            if self.motion != (0.0, 0.0) {
                *plane = moved(plane, width, height, self.motion);
            }
        }
    }

    /// What each pixel of the mosaic collects: red, green / green, blue.
    fn sense(&self, light: &Light, random: &mut Random) -> Vec<f32> {
        let mut mosaic = vec![0.0; light.width * light.height];
        for (index, pixel) in mosaic.iter_mut().enumerate() {
            let (x, y) = (index % light.width, index / light.width);
            let plane = match (y % 2, x % 2) {
                (0, 0) => 0,
                (1, 1) => 2,
                _ => 1,
            };
            let electrons = light.planes[plane][index] * self.electrons;
            let noise = (electrons + self.read_noise * self.read_noise).max(0.0).sqrt();
            *pixel = ((electrons + noise * random.normal()) / self.electrons * self.white).clamp(0.0, 1.0);
        }
        mosaic
    }

    /// Gamma, sharpening, JPEG.
    fn finish(&self, picture: &mut [Vec<f32>; 3]) -> Vec<u8> {
        let (width, height) = self.size;
        for plane in picture.iter_mut() {
            plane.iter_mut().for_each(|value| *value = value.powf(1.0 / 2.2));
            let mut soft = plane.clone();
            blur(&mut soft, width, height, 1.0);
            for (value, soft) in plane.iter_mut().zip(&soft) {
                *value += self.sharpen * (*value - soft);
            }
        }
        let bytes: Vec<u8> = (0..width * height)
            .flat_map(|index| [picture[0][index], picture[1][index], picture[2][index]])
            .map(|value| (value.clamp(0.0, 1.0) * 255.0).round() as u8)
            .collect();
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, self.quality)
            .write_image(&bytes, width as u32, height as u32, ExtendedColorType::Rgb8)
            .expect("a picture in memory can be encoded");
        jpeg
    }
}

fn on((x, y): (f32, f32), around: f32) -> bool {
    x >= -around && y >= -around && x < DISPLAY.0 + around && y < DISPLAY.1 + around
}

fn add(plane: &mut [f32], width: usize, height: usize, glare: &Glare) {
    for y in 0..height {
        let down = (y as f32 - glare.at.1) / glare.radius.1;
        if down.abs() > 3.0 {
            continue;
        }
        for x in 0..width {
            let across = (x as f32 - glare.at.0) / glare.radius.0;
            if across.abs() < 3.0 {
                plane[y * width + x] += glare.peak * (-(across * across + down * down) / 2.0).exp();
            }
        }
    }
}

/// Gaussian blur, one direction after the other.
fn blur(plane: &mut [f32], width: usize, height: usize, deviation: f32) {
    if deviation < 0.05 {
        return;
    }
    let reach = (deviation * 3.0).ceil() as isize;
    let weights: Vec<f32> =
        (-reach..=reach).map(|at| (-((at * at) as f32) / (2.0 * deviation * deviation)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    for (step, length) in [(1_usize, width), (width, height)] {
        let old = plane.to_vec();
        plane.fill(0.0);
        for (offset, weight) in (-reach..=reach).zip(&weights) {
            let weight = weight / sum;
            for (index, value) in plane.iter_mut().enumerate() {
                let at = (index / step) % length;
                let wanted = (at as isize + offset).clamp(0, length as isize - 1) - at as isize;
                *value += weight * old[(index as isize + wanted * step as isize) as usize];
            }
        }
    }
}

/// The mean of the picture along a straight way.
fn moved(plane: &[f32], width: usize, height: usize, way: (f32, f32)) -> Vec<f32> {
    const STEPS: usize = 12;
    let at = |x: isize, y: isize| {
        plane[y.clamp(0, height as isize - 1) as usize * width + x.clamp(0, width as isize - 1) as usize]
    };
    let mut new = vec![0.0; plane.len()];
    for step in 0..STEPS {
        let share = step as f32 / (STEPS - 1) as f32 - 0.5;
        let (dx, dy) = (way.0 * share, way.1 * share);
        let (left, top) = (dx.floor(), dy.floor());
        let (fx, fy) = (dx - left, dy - top);
        for (index, value) in new.iter_mut().enumerate() {
            let (x, y) = ((index % width) as isize + left as isize, (index / width) as isize + top as isize);
            let upper = at(x, y) * (1.0 - fx) + at(x + 1, y) * fx;
            let lower = at(x, y + 1) * (1.0 - fx) + at(x + 1, y + 1) * fx;
            *value += (upper * (1.0 - fy) + lower * fy) / STEPS as f32;
        }
    }
    new
}

/// Three planes from the mosaic: what a pixel did not see is the mean of its neighbours that did.
fn coloured(mosaic: &[f32], (width, height): (usize, usize)) -> [Vec<f32>; 3] {
    let mut planes: [Vec<f32>; 3] = std::array::from_fn(|_| vec![0.0; width * height]);
    let own = |x: usize, y: usize| match (y % 2, x % 2) {
        (0, 0) => 0,
        (1, 1) => 2,
        _ => 1,
    };
    for y in 0..height {
        for x in 0..width {
            let mut sums = [(0.0, 0.0); 3];
            for ny in y.saturating_sub(1)..(y + 2).min(height) {
                for nx in x.saturating_sub(1)..(x + 2).min(width) {
                    let sum = &mut sums[own(nx, ny)];
                    sum.0 += mosaic[ny * width + nx];
                    sum.1 += 1.0;
                }
            }
            sums[own(x, y)] = (mosaic[y * width + x], 1.0);
            (0..3).for_each(|c| planes[c][y * width + x] = sums[c].0 / sums[c].1);
        }
    }
    planes
}
