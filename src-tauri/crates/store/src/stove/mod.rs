//! Tables of the stoves: the registry, keys and their changes, readings with months and judgements, evidence, pictures,
//! visits without a reading, and what goes on to the server. States and verdicts are words here; what they mean is
//! decided in `gerai_core::stove`, what happens is put together in `app`.

pub mod accounts;
pub mod changes;
pub mod evidence;
pub mod forward;
pub mod frames;
pub mod judgements;
pub mod keys;
pub mod list;
pub mod months;
pub mod readings;
pub mod registry;
pub mod replacements;
pub mod tariffs;
pub mod unread;

/// Millionths of a degree: north, east.
pub type Place = (i64, i64);

/// Two columns that are set together or not at all.
fn place(lat: Option<i64>, lon: Option<i64>) -> Option<Place> {
    lat.zip(lon)
}
