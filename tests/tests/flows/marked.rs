//! The marked secrets of the planted-secret test: each different, 15 characters or more, and of no use anywhere else; and the
//! few that may be found, with the reason.

use crate::sought::Sought;

pub const BAIT: &str = "UmpanNamaToko-7Qx2Lm";
pub const BAIT_READER: &str = "umpan-pembaca-5Hd9";
pub const PASSPHRASE: &str = "Vk3-frasa-brankas-mPq8Zt";
pub const OWNER: &str = "Pw1-pemilik-xR7vKd2Ws";
pub const OWNER_NEW: &str = "Pw2-pemilik-baru-Tn4Ye";
pub const ADMIN: &str = "Pw3-administrator-Jb6Fc";
pub const ADMIN_NEW: &str = "Pw4-administrator-Gm9Uh";
pub const CASHIER: &str = "Pw5-kasir-mula-Lz3Xa8Q";
pub const CASHIER_RESET: &str = "Pw6-kasir-ulang-Ck5Ro1";
pub const PIN: &str = "739158264093";
pub const PIN_WRONG: &str = "582047193665";
pub const MAIL: &str = "rahasia.surat.q8v3@contoh.example";
pub const PHONE: &str = "+628139057482661";
pub const BROKER: &str = "Br1-broker-luar-Ye7Wt3";
pub const LEGACY: &str = "Rd1-pembaca-lama-Hs2Mn";
pub const WRONG: &str = "Wr1-sandi-salah-Dv8Kp4";
pub const AS_NAME: &str = "Wr2-sandi-jadi-nama-Qf6";
pub const IN_WRONG_FIELD: &str = "Ms1-salah-kolom-Zb1Nc9";
pub const IN_BROKEN_JSON: &str = "Ms2-json-rusak-Ux5Ea2R";
pub const IN_PATH: &str = "Ms3-di-alamat-Ot7Iy4Lw";
pub const IN_QUERY: &str = "Ms4-di-tanya-Pj3Bs8Kd";
pub const IN_HEADER: &str = "Ms5-di-kepala-Vg9Hm2Xe";
pub const IN_BEARER: &str = "Ms6-token-palsu-Nr4Qc7";
pub const IN_COOKIE: &str = "Ms7-kukis-palsu-Aw6Tf1Zu5Jk0Lq8Dp3Se9Bv2Xm";
pub const IN_SOCKET: &str = "Ms8-soket-kendali-Ei2G";
pub const IN_CONNECT: &str = "Mq1-sandi-mqtt-Yo5Ub8C";
pub const IN_PAYLOAD: &str = "Mq2-muatan-sampah-Fk1W";
pub const IN_RESET_CODE: &str = "QHTR-MMKP-XXWW-ZZYY-8899-7766";
pub const IN_RECOVERY_FILE: &str = "Rf1-berkas-palsu-Lt6Ha";
pub const NEVER_SET: &str = "Rf2-sandi-tak-jadi-Ds9";
pub const IN_STDIN: &str = "Si1-masukan-baku-Kw8Zg";
pub const UID: &str = "04D3A95C7E12B86F40A1";
pub const NIM: &str = "502721109837465";

/// Kinds of places that are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Log,
    Data,
    Temporary,
    Export,
    Dump,
}

/// Finds that are no leaks: whose name, where, and why.
pub const ALLOWED: &[(&str, &[Kind], &str)] = &[
    ("card number", &[Kind::Data, Kind::Dump], "identifies an account; the database is not encrypted"),
    ("student number", &[Kind::Data, Kind::Dump], "the same"),
    (
        "vault passphrase",
        &[Kind::Dump],
        "kept while the station runs, to open a vault file put back from a backup",
    ),
    ("signed reader's key as bytes", &[Kind::Dump], "signatures are checked with it"),
    (
        "reader's password",
        &[Kind::Dump],
        "of the reader connected in that moment: the broker library's read buffer",
    ),
    (
        "word in an MQTT payload",
        &[Kind::Data, Kind::Dump],
        "the list of rejected messages shows how a message began",
    ),
];

/// All of them, to be looked for.
pub fn everything() -> Sought {
    let mut sought = Sought::default();
    for (name, text) in [
        ("vault passphrase", PASSPHRASE),
        ("owner's password", OWNER),
        ("owner's new password", OWNER_NEW),
        ("administrator's password", ADMIN),
        ("administrator's new password", ADMIN_NEW),
        ("cashier's password", CASHIER),
        ("reset password", CASHIER_RESET),
        ("PIN", PIN),
        ("wrong PIN", PIN_WRONG),
        ("e-mail address", MAIL),
        ("phone number", PHONE),
        ("broker password", BROKER),
        ("legacy reader's password", LEGACY),
        ("wrong password", WRONG),
        ("password typed as a name", AS_NAME),
        ("password in a wrong field", IN_WRONG_FIELD),
        ("password in broken JSON", IN_BROKEN_JSON),
        ("password in a path", IN_PATH),
        ("password in a query", IN_QUERY),
        ("password in a header", IN_HEADER),
        ("forged API token", IN_BEARER),
        ("forged cookie", IN_COOKIE),
        ("password in a control line", IN_SOCKET),
        ("wrong MQTT password", IN_CONNECT),
        ("word in an MQTT payload", IN_PAYLOAD),
        ("wrong reset code", IN_RESET_CODE),
        ("forged recovery file", IN_RECOVERY_FILE),
        ("password that was never set", NEVER_SET),
        ("standard input", IN_STDIN),
        ("card number", UID),
        ("student number", NIM),
    ] {
        sought.add(name, text);
    }
    sought.add_bytes("card number", &data_encoding::HEXUPPER.decode(UID.as_bytes()).unwrap());
    sought
}
