//! Tests of the balance: replies as the operators write them, what is no balance, codes, and the forecast.

use super::*;
use proptest::prelude::*;

fn check(reply: &str, amount: i64, until: &str, sms: Option<u32>) {
    let Some(read) = parse(reply) else { panic!("nothing read in: {reply}") };
    let expires = read.expires.map_or(String::new(), UnixMs::wib_text);
    let want = if until.is_empty() { String::new() } else { format!("{until} 23:59:59") };
    assert_eq!((read.amount.0, expires, read.sms_left), (amount, want, sms), "{reply}");
}

#[test]
fn replies_of_the_operators() {
    check("Sisa pulsa Anda Rp 25.500", 25_500, "", None);
    check("Sisa Pulsa Rp 9.865. Aktif s.d 12/01/2027. Cek paket *363#", 9_865, "2027-01-12", None);
    check("Pulsa Rp25500 s/d 12/03/27", 25_500, "2027-03-12", None);
    check("Bal: Rp 10.000,00 Aktif s.d 2027-01-31", 10_000, "2027-01-31", None);
    check("Pulsa Utama Rp. 25.500,- Aktif s/d 12.03.27", 25_500, "2027-03-12", None);
    check("Pulsa: Rp 5000 AktifS/D 12-03-2027. Nomor 62878xxx", 5_000, "2027-03-12", None);
    check("Pulsa Rp 1.205.000 berlaku s.d 20 Jan 2027", 1_205_000, "2027-01-20", None);
    check("Pulsamu Rp0 masa aktif 31Des2026", 0, "2026-12-31", None);
    check("Pulsa Anda Rp 10.000 masa aktif s/d 31-Okt-2027", 10_000, "2027-10-31", None);
    check("Your main balance is IDR 12,345.67 until 28/02/2027", 12_345, "2027-02-28", None);
    check("Bal:25500 Exp:2028-02-29", 25_500, "2028-02-29", None);
    check("Saldo Anda: 7500", 7_500, "", None);
    check("Saldo Rp -2.500", -2_500, "", None);
    check("Sisa pulsa 25rb", 25_000, "", None);
    check("Pulsa Rp 5.000. Paket SMS 100 s/d 01/02/27", 5_000, "", Some(100));
    check("Pulsa Rp 5.000 s/d 01/02/27. Sisa 95 SMS", 5_000, "2027-02-01", Some(95));
    check("Pulsa Rp 5.000, SMS: 1.000", 5_000, "", Some(1_000));
    check("1. Info\n2. Beli paket Rp 1.000\nSisa pulsa Anda: Rp 25.500", 25_500, "", None);
    check("PROMO Rp1.000! Pulsa Rp 42", 42, "", None);
    check("Pulsa Rp 5.000 s/d 31/02/27", 5_000, "", None);
}

#[test]
fn what_is_no_balance() {
    for reply in [
        "",
        "Maaf, permintaan Anda tidak dapat diproses",
        "Beli paket Rp 5.000",
        "Isi pulsa Rp 10.000 dapat bonus",
        "Isi pulsa minimal Rp 10.000",
        "Bonus pulsa Rp 500",
        "Sisa kuota 5 GB",
        "Sisa SMS 100",
        "Sisa 95 SMS",
        "Pulsa Rp 1.2345",
        "Pulsa Rp 1.250,500",
        "Pulsa Rp 99999999999999999999999",
        "Pulsa s/d 12/03/27",
        "Pulsa ٢٥٥٠٠",
        "Pulsa Rp",
    ] {
        assert_eq!(parse(reply), None, "{reply}");
    }
}

#[test]
fn codes_of_the_operators() {
    for (name, plmn, want) in [
        ("TELKOMSEL", "", Some("*888#")),
        ("", "510101234567890", Some("*888#")),
        ("IND TELKOMSEL", "51010", Some("*888#")),
        ("INDOSATOOREDOO", "", Some("*123#")),
        ("IM3", "51001", Some("*123#")),
        ("XL", "51011", Some("*808#")),
        ("XL Axiata", "", Some("*808#")),
        ("AXIS", "51008", Some("*888#")),
        ("3", "51089", Some("*111*1#")),
        ("3 ID", "", Some("*111*1#")),
        ("Tri", "", Some("*111*1#")),
        ("smartfren", "51009", Some("*999#")),
        ("Vodafone", "26202", None),
        ("", "", None),
        ("", "5101é", None),
        ("Matrix", "", None),
    ] {
        assert_eq!(usual_code(name, plmn), want, "{name} {plmn}");
    }
}

#[test]
fn how_long_it_lasts() {
    let now = UnixMs(100 * DAY_MS);
    let day = |days: i64, amount: i64| (now.plus(-days * DAY_MS), Rupiah(amount));
    let check = |readings: &[(UnixMs, Rupiah)], floor, want| {
        assert_eq!(days_left(readings, Rupiah(floor), now), want, "{readings:?}");
    };
    // 1,000 a day.
    check(&[day(7, 17_000), day(0, 10_000)], 0, Some(10));
    check(&[day(7, 17_000), day(0, 10_000)], 5_000, Some(5));
    check(&[day(7, 17_000), day(0, 10_000)], 20_000, Some(0));
    // Before the week: of no account. A top-up in between does not hide what was spent.
    check(&[day(30, 99_000), day(4, 6_000), day(2, 4_000), day(1, 13_000), day(0, 11_000)], 0, Some(11));
    // The last reading is two days old.
    check(&[day(7, 15_000), day(2, 10_000)], 0, Some(8));
    check(&[day(3, 5_000), day(0, 5_000)], 0, None);
    check(&[day(3, 5_000), day(0, 9_000)], 0, None);
    check(&[day(0, 5_000)], 0, None);
    check(&[], 0, None);
    check(&[(now.plus(-1_000), Rupiah(9)), (now, Rupiah(8))], 0, None);
    check(&[day(7, i64::MAX), day(0, i64::MAX - 1)], i64::MIN, Some(DAYS_MAX));
}

proptest! {
    #[test]
    fn any_reply_is_borne(reply in "\\PC{0,120}|((Pulsa|Rp|s/d|SMS|Bal|:|-|/|[0-9.,]{1,9}|Jan| ){1,20})") {
        if let Some(read) = parse(&reply) {
            prop_assert!(read.amount.0.abs() <= crate::money::AMOUNT_MAX.0);
        }
    }

    #[test]
    fn amounts_are_read_as_they_are_printed(amount in 0..=crate::money::AMOUNT_MAX.0) {
        let reply = format!("Sisa pulsa Anda {} s/d 12/03/27", Rupiah(amount));
        prop_assert_eq!(parse(&reply).map(|read| read.amount), Some(Rupiah(amount)));
        let reply = format!("Pulsa: Rp{amount}.00");
        prop_assert_eq!(parse(&reply).map(|read| read.amount), Some(Rupiah(amount)));
    }
}
