//! Who a simulated modem is: serial numbers that pass every check, and a SIM of one of the operators of Indonesia. The same
//! number always gives the same identity, so that a station finds its lines again after the simulator was restarted.

/// An operator: name as networks show it, MCC+MNC (ITU-T E.212), prefix of its subscribers, issuer digits of its SIMs,
/// service centre.
pub(super) struct Operator {
    pub name: &'static str,
    pub plmn: &'static str,
    prefix: &'static str,
    issuer: &'static str,
    pub smsc: &'static str,
}

/// The operators, in the order in which simulated modems get them.
pub(super) static OPERATORS: [Operator; 5] = [
    Operator { name: "TELKOMSEL", plmn: "51010", prefix: "62812", issuer: "896210", smsc: "+6281100000" },
    Operator { name: "INDOSAT", plmn: "51001", prefix: "62815", issuer: "896201", smsc: "+62816124" },
    Operator { name: "XL", plmn: "51011", prefix: "62817", issuer: "896211", smsc: "+62818445009" },
    Operator { name: "3", plmn: "51089", prefix: "62896", issuer: "896289", smsc: "+6289644000001" },
    Operator { name: "SMARTFREN", plmn: "51009", prefix: "62881", issuer: "896209", smsc: "+628811000000" },
];

/// A SIM card's numbers.
#[derive(Clone)]
pub(super) struct Card {
    pub operator: &'static Operator,
    pub iccid: String,
    pub imsi: String,
    /// Digits without `+`.
    pub msisdn: String,
}

/// Check digit by Luhn's formula (ISO/IEC 7812-1, annex B) of the digits before it.
pub(super) fn luhn(digits: &str) -> u8 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, byte)| {
            let digit = u32::from(byte.wrapping_sub(b'0') % 10);
            match place % 2 {
                0 if digit > 4 => digit * 2 - 9,
                0 => digit * 2,
                _ => digit,
            }
        })
        .sum();
    u8::try_from((10 - sum % 10) % 10).unwrap_or(0)
}

/// IMEI of the modem with this number: type allocation code of its model, serial number, check digit
/// (3GPP TS 23.003, section 6.2.1).
pub(super) fn imei(tac: &str, number: u32) -> String {
    let bare = format!("{tac}{:06}", number % 1_000_000);
    let check = luhn(&bare);
    format!("{bare}{check}")
}

impl Card {
    /// The SIM with this number.
    pub fn new(number: u32) -> Self {
        let operator = &OPERATORS[number as usize % OPERATORS.len()];
        let bare = format!("{}{:012}", operator.issuer, 100_000 + u64::from(number));
        let check = luhn(&bare);
        Self {
            operator,
            iccid: format!("{bare}{check}"),
            imsi: format!("{}{:010}", operator.plmn, 7_000_000 + u64::from(number)),
            msisdn: format!("{}{:08}", operator.prefix, 55_000_000 + number % 1_000_000),
        }
    }

    /// ICCID as it lies in the SIM: 10 octets, digits swapped, padded with `F` (3GPP TS 51.011, section 10.1.1).
    pub fn iccid_swapped(&self) -> String {
        let padded = format!("{}F", self.iccid);
        padded
            .as_bytes()
            .chunks_exact(2)
            .flat_map(|pair| [char::from(pair[1]), char::from(pair[0])])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_pass_the_formula() {
        // The example of 3GPP TS 23.003, annex B: IMEI 26053179311383 has check digit 7.
        assert_eq!(luhn("26053179311383"), 7);
        assert_eq!(imei("35909004", 12).len(), 15);
        let card = Card::new(3);
        assert_eq!((card.iccid.len(), card.imsi.len()), (19, 15));
        assert_eq!(card.iccid_swapped().len(), 20);
        assert!(card.iccid_swapped().starts_with("9826"));
    }

    #[test]
    fn no_two_are_alike() {
        let mut seen = std::collections::HashSet::new();
        for number in 0..200 {
            let card = Card::new(number);
            assert!(seen.insert(card.iccid) && seen.insert(card.imsi) && seen.insert(card.msisdn));
        }
    }
}
