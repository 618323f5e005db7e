//! What reads stoves: webcams (`camera`) and Bluetooth LE (`radio`), each also in a simulated form for trying the station
//! out. Knows nothing of tokens, keys or queues: those are on the other side of the ports in `gerai_core::port::scan`.

pub mod camera;
pub mod radio;
