//! What reads stoves: webcams (`camera`), QR codes in pictures (`qr`), pictures from files (`image`) and Bluetooth LE
//! (`radio`); cameras and radio also in a simulated form for trying the station out. And which files can be shown on a
//! screen (`still`). Knows nothing of tokens, keys or queues: those are on the other side of the ports in
//! `gerai_core::port::scan`.

pub mod camera;
pub mod frames;
pub mod image;
mod jpeg;
pub mod qr;
pub mod radio;
pub mod still;
