//! How makers differ: names, the commands by which they give the SIM's serial number and PIN counters, how they code USSD,
//! what they say unasked. Written after the makers' command manuals; only what a station has to cope with.

/// How a modem gives the SIM's serial number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IccidForm {
    /// `AT+CCID` → `+CCID: 89…`
    Ccid,
    /// `AT+CCID` → `+CCID: "89…"`
    CcidQuoted,
    /// `AT+CCID` → `89…`, no prefix.
    CcidBare,
    /// `AT^ICCID?` → `^ICCID: 89…F`
    CaretIccid,
    /// `AT+QCCID` → `+QCCID: 89…F`
    Qccid,
    /// `AT#CCID` → `#CCID: 89…`
    HashCcid,
    /// `AT+ZGETICCID=?` → `+ZGETICCID=89…`
    Zte,
}

/// How a modem tells how many tries of the PIN are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PinCounter {
    /// `AT+CPINR` → `+CPINR: SIM PIN,3,3` (3GPP TS 27.007, section 8.65).
    Cpinr,
    /// `AT^CPIN?` → `^CPIN: SIM PIN,3,10,3,10,3`.
    CaretCpin,
    /// `AT+SPIC` → `+SPIC: 3,10,0,10`.
    Spic,
    /// `AT#PCT` → `#PCT: 3`.
    HashPct,
    /// `AT+ZPINPUK=?` → `+ZPINPUK: 3,10`.
    Zpinpuk,
    /// `AT+QPINC="SC"` → `+QPINC: "SC",3,10`.
    Qpinc,
    /// It does not tell.
    None,
}

/// How a modem codes USSD.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UssdForm {
    /// As it is, in the character set of `AT+CSCS`; UCS-2 as hexadecimal digits.
    Plain,
    /// Both ways as hexadecimal digits of packed septets.
    PackedHex,
    /// Taken as it is, given as UCS-2 in hexadecimal digits with data coding scheme 72.
    Ucs2Reply,
}

/// A maker's ways.
pub(super) struct Profile {
    pub name: &'static str,
    pub maker: &'static str,
    pub model: &'static str,
    pub firmware: &'static str,
    /// Type allocation code of its IMEIs, 8 digits.
    pub tac: &'static str,
    pub ati: &'static [&'static str],
    pub iccid: IccidForm,
    pub pin_counter: PinCounter,
    pub ussd: UssdForm,
    /// Memory that status reports go to under `AT+CNMI=,,,2`.
    pub report_memory: &'static str,
    /// Said once it has power.
    pub boot: &'static [&'static str],
    /// Said with every change of the signal.
    pub signal: Option<&'static str>,
    /// Knows the acknowledged mode, `AT+CSMS=1`.
    pub csms: bool,
    /// `AT+CGSN` answers with a prefix.
    pub cgsn_prefixed: bool,
    /// Says `+CME ERROR: 14` (SIM busy) this many ms after it was plugged in or unlocked.
    pub sim_busy_ms: u64,
}

const BASE: Profile = Profile {
    name: "generic",
    maker: "Generic",
    model: "GSM Modem",
    firmware: "1.0",
    tac: "35000000",
    ati: &["Generic", "GSM Modem", "1.0"],
    iccid: IccidForm::Ccid,
    pin_counter: PinCounter::Cpinr,
    ussd: UssdForm::Plain,
    report_memory: "SM",
    boot: &[],
    signal: None,
    csms: true,
    cgsn_prefixed: false,
    sim_busy_ms: 0,
};

/// The profiles, by name.
static PROFILES: [Profile; 7] = [
    BASE,
    Profile {
        name: "huawei",
        maker: "huawei",
        model: "E173",
        firmware: "11.126.85.00.209",
        tac: "35909004",
        ati: &[
            "Manufacturer: huawei",
            "Model: E173",
            "Revision: 11.126.85.00.209",
            "IMEI: %IMEI%",
            "+GCAP: +CGSM,+DS,+ES",
        ],
        iccid: IccidForm::CaretIccid,
        pin_counter: PinCounter::CaretCpin,
        ussd: UssdForm::PackedHex,
        report_memory: "SM",
        boot: &["^BOOT:19216812,0,0,0,75", "^SIMST:1", "^SRVST:2", "^MODE:5,4"],
        signal: Some("^RSSI:19"),
        ..BASE
    },
    Profile {
        name: "zte",
        maker: "ZTE CORPORATION",
        model: "MF180",
        firmware: "BD_MF180V1.0.0B04",
        tac: "86423500",
        ati: &[
            "Manufacturer: ZTE CORPORATION",
            "Model: MF180",
            "Revision: BD_MF180V1.0.0B04",
            "IMEI: %IMEI%",
            "+GCAP: +CGSM",
        ],
        iccid: IccidForm::Zte,
        pin_counter: PinCounter::Zpinpuk,
        ussd: UssdForm::Ucs2Reply,
        boot: &["+ZUSIMR:2", "+ZPASR: \"No Service\"", "+ZPASR: \"HSDPA\""],
        ..BASE
    },
    Profile {
        name: "simcom",
        maker: "SIMCOM_Ltd",
        model: "SIMCOM_SIM800C",
        firmware: "Revision:1418B05SIM800C24",
        tac: "86601003",
        ati: &["SIM800 R14.18"],
        iccid: IccidForm::CcidBare,
        pin_counter: PinCounter::Spic,
        boot: &["RDY", "+CFUN: 1", "+CPIN: READY", "Call Ready", "SMS Ready"],
        sim_busy_ms: 300,
        ..BASE
    },
    Profile {
        name: "quectel",
        maker: "Quectel",
        model: "EC25",
        firmware: "EC25EFAR06A03M4G",
        tac: "86113004",
        ati: &["Quectel", "EC25", "Revision: EC25EFAR06A03M4G"],
        iccid: IccidForm::Qccid,
        pin_counter: PinCounter::Qpinc,
        report_memory: "ME",
        boot: &["RDY", "+CPIN: READY", "+QUSIM: 1", "+QIND: SMS DONE"],
        ..BASE
    },
    Profile {
        name: "wavecom",
        maker: "WAVECOM MODEM",
        model: "MULTIBAND  900E  1800",
        firmware: "641b09gg.Q2403A 1320676 061804 14:38",
        tac: "33206715",
        ati: &["WAVECOM MODEM", "MULTIBAND  900E  1800"],
        iccid: IccidForm::CcidQuoted,
        pin_counter: PinCounter::None,
        report_memory: "SR",
        boot: &["+WIND: 1", "+WIND: 7", "+WIND: 4"],
        ..BASE
    },
    Profile {
        name: "telit",
        maker: "Telit",
        model: "HE910",
        firmware: "12.00.006",
        tac: "35792004",
        ati: &["332"],
        iccid: IccidForm::HashCcid,
        pin_counter: PinCounter::HashPct,
        cgsn_prefixed: false,
        ..BASE
    },
];

impl Profile {
    /// The profile of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PROFILES.iter().find(|profile| profile.name == name)
    }

    /// Names of all profiles.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PROFILES.iter().map(|profile| profile.name)
    }
}
