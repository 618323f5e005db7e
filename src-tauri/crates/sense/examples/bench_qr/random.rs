//! Chance that comes out the same on every machine: splitmix64, so that a set is known by its seed.
//! Not for anything secret.

/// The state.
pub struct Random(u64);

impl Random {
    /// A stream of its own for every frame, so that one frame can be made again without the others.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random.next();
        random
    }

    /// 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.next() >> 40) as f32 / (1_u64 << 24) as f32)
    }

    /// One of 0, 1 … `count` − 1.
    pub fn below(&mut self, count: u64) -> u64 {
        self.next() % count
    }

    /// About normal, mean 0, deviation 1: the sum of four uniform parts, which is near enough for noise.
    pub fn normal(&mut self) -> f32 {
        let bits = self.next();
        let sum = (0..4).map(|part| ((bits >> (16 * part)) & 0xffff) as f32 / 65_535.0).sum::<f32>();
        (sum - 2.0) * 1.732
    }
}
