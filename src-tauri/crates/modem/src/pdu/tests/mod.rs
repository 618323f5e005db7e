//! Vectors and properties of the codec. Vectors are worked out by hand from the standards; each says how.

mod describe;
mod hostile;
mod inbound;
mod national;
mod properties;
mod submit;

use super::*;

/// What a PDU that came in from the network says.
pub(super) fn deliver(hex: &str) -> Deliver {
    match decode(hex, None, Direction::FromNetwork).unwrap().tpdu {
        Tpdu::Deliver(deliver) => deliver,
        other @ (Tpdu::Submit(_) | Tpdu::Report(_)) => panic!("{other:?}"),
    }
}

/// An SMS-DELIVER from +6281234567890 at 2026-11-27 10:51:35 +07:00 with these last octets: TP-UDL and TP-UD.
pub(super) fn deliver_with(first: &str, dcs: &str, user_data: &str) -> String {
    format!("00{first}0D91261832547698F000{dcs}62117201155382{user_data}")
}
