//! USSD: the menus of a simulated operator, and `AT+CUSD` in the ways of the makers (3GPP TS 27.007, section 7.15).

use std::collections::HashMap;
use std::time::Duration;

use super::modem::Modem;
use super::net::{Event, Net};
use super::profile::UssdForm;
use super::tpdu;

/// The network thinks this long.
const THINKING: Duration = Duration::from_millis(300);

/// Replies by path: the code, then the answers given, joined by `>`. State 1 waits for an answer.
pub(super) struct Menus {
    replies: HashMap<String, (u8, String)>,
    open: Option<String>,
}

impl Menus {
    /// Menus as operators have them; the balance differs from SIM to SIM.
    pub fn new(number: u32) -> Self {
        let balance = format!(
            "Sisa pulsa Anda Rp {}.500 s.d. 31/12/2026. Info lebih lanjut hubungi 188",
            25 + number % 50
        );
        let quota = "Kuota internet Anda 4,5 GB berlaku s.d. 31/12/2026".to_owned();
        let menu = "1. Cek pulsa\n2. Paket internet\n3. Bahasa\n0. Keluar".to_owned();
        let packets = "Paket internet:\n1. 1 GB Rp 10.000\n2. 5 GB Rp 35.000".to_owned();
        let replies = [
            ("*888#", 0, balance.clone()),
            ("*123#", 1, menu),
            ("*123#>1", 0, balance),
            ("*123#>2", 1, packets),
            ("*123#>2>1", 0, "Terima kasih, permintaan Anda diproses".to_owned()),
            ("*123#>2>2", 0, "Pulsa Anda tidak mencukupi".to_owned()),
            ("*123#>3", 0, "Bahasa: Indonesia – 中文".to_owned()),
            ("*123#>0", 2, String::new()),
            ("*363#", 0, quota),
        ];
        Self {
            replies: replies
                .into_iter()
                .map(|(path, state, text)| (path.to_owned(), (state, text)))
                .collect(),
            open: None,
        }
    }

    /// Sets what a path answers.
    pub fn script(&mut self, path: &str, state: u8, text: &str) {
        self.replies.insert(path.to_owned(), (state, text.to_owned()));
    }

    /// Ends the dialogue.
    pub fn cancel(&mut self) {
        self.open = None;
    }

    fn answer(&mut self, request: &str) -> (u8, String) {
        let path = match self.open.take() {
            Some(open) => format!("{open}>{request}"),
            None => request.to_owned(),
        };
        match self.replies.get(&path) {
            Some((state, text)) => {
                if *state == 1 {
                    self.open = Some(path);
                }
                (*state, text.clone())
            }
            None => (4, String::new()),
        }
    }
}

impl Modem {
    /// `AT+CUSD=<n>[,<str>[,<dcs>]]`.
    pub fn ussd_command(&mut self, arguments: &[String], net: &mut Net) -> Result<(), u16> {
        match arguments.first().map(|n| n.trim()) {
            Some("2") => {
                self.menus.cancel();
                return Ok(());
            }
            Some("0" | "1") => {}
            _ => return Err(50),
        }
        let Some(request) = arguments.get(1) else { return Ok(()) };
        if !self.registration.usable() {
            return Err(30);
        }
        let request = match (self.profile.ussd, self.set.ussd_mode, self.set.charset) {
            (UssdForm::PackedHex, 1, _) => tpdu::from_packed_hex(request).ok_or(50_u16)?,
            (_, _, "UCS2") => tpdu::from_ucs2_hex(request).ok_or(50_u16)?,
            _ => request.clone(),
        };
        let (state, text) = self.menus.answer(&request);
        net.after(self, THINKING, Event::Ussd { state, text });
        Ok(())
    }

    /// The network's answer, or a text it pushes.
    pub fn ussd_says(&mut self, state: u8, text: &str) {
        if text.is_empty() {
            return self.say(&format!("+CUSD: {state}"));
        }
        let plain = gerai_core::sms::text::Alphabet::of(text) == gerai_core::sms::text::Alphabet::Gsm7;
        let hexed = || tpdu::ucs2_hex(text);
        let (said, dcs) = match (self.profile.ussd, self.set.charset) {
            (UssdForm::PackedHex, _) if plain && self.set.ussd_mode == 1 => (tpdu::packed_hex(text), 15),
            (UssdForm::Ucs2Reply, _) => (hexed(), 72),
            (_, "UCS2") => (hexed(), if plain { 15 } else { 72 }),
            _ if plain => (text.to_owned(), 15),
            _ => (hexed(), 72),
        };
        self.say(&format!("+CUSD: {state},\"{said}\",{dcs}"));
    }
}
