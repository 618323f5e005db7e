//! Eyes for stoves: QR codes in pictures (`qr`) and pictures from files (`image`). Knows nothing of tokens, keys or queues:
//! who calls it judges what was read.

pub mod image;
pub mod qr;
