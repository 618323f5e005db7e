//! Armed amounts, the counter, the virtual reader's absence.

use serde_json::{Value, json};

use crate::support::Desk;

#[tokio::test]
async fn the_next_tap_pays_the_armed_amount_once() {
    let desk = Desk::open().await;
    desk.give("tills.update", json!({ "id": desk.till, "name": "Meja 1", "price": null })).await;
    desk.legacy(b"5A3F01C2").await;
    assert_eq!(desk.results(1).await[0].1, "Failed unarmed for 5A3F01C2\nBalance: 50000");
    desk.give("tills.arm", json!({ "id": desk.till, "amount": 12_500 })).await;
    desk.legacy(b"5A3F01C2").await;
    desk.legacy(b"5A3F01C2").await;
    let heard = desk.results(2).await;
    assert_eq!(heard[0].1, "Successfully deducted 12500 for 5A3F01C2\nBalance: 37500");
    assert_eq!(heard[0], heard[1], "the sale is paid: the second touch is a repeat");
    // A newly armed sale is a new tap, even within the window.
    desk.give("tills.arm", json!({ "id": desk.till, "amount": 1_000 })).await;
    desk.legacy(b"5A3F01C2").await;
    assert_eq!(desk.balance(desk.account).await, 36_500);
    // Esc: nothing waits any more. And an amount that nobody paid runs out.
    desk.give("tills.arm", json!({ "id": desk.till, "amount": 1_000 })).await;
    desk.give("tills.cancel", json!({ "id": desk.till })).await;
    desk.turn_clock(5_000);
    desk.legacy(b"5A3F01C2").await;
    desk.give("tills.arm", json!({ "id": desk.till, "amount": 1_000 })).await;
    desk.turn_clock(60_001);
    desk.legacy(b"5A3F01C2").await;
    assert_eq!(desk.balance(desk.account).await, 36_500);
    for amount in [0, -5, 500_001] {
        assert!(
            desk.try_give("tills.arm", json!({ "id": desk.till, "amount": amount })).await.is_err(),
            "{amount}"
        );
    }
    desk.assert_whole().await;
}

#[tokio::test]
async fn the_counter_reads_the_ledger() {
    let desk = Desk::open().await;
    let show = async |desk: &Desk| desk.give("counter.show", json!({ "till_id": desk.till })).await;
    assert_eq!(show(&desk).await["result"], Value::Null);
    desk.legacy(b"5A3F01C2").await;
    let view = show(&desk).await;
    let result = &view["result"];
    assert_eq!(
        (&result["outcome"], &result["balance"], &result["initials"]),
        (&json!("ok"), &json!(45_000), &json!("S.R."))
    );
    assert_eq!(view["online"], json!(false), "no link to a broker in this test");
    desk.legacy(b"5A3F01C2").await;
    let view = show(&desk).await;
    assert_eq!((&view["result"]["outcome"], &view["history"][0]["outcome"]), (&json!("dup"), &json!("ok")));
    assert_eq!(view["result"]["first_ms"], view["history"][0]["at_ms"]);
    desk.turn_clock(30_001);
    assert_eq!(show(&desk).await["result"], Value::Null, "never a stale green");
}

#[tokio::test]
async fn a_payment_shows_its_entry_and_its_place_in_the_chain() {
    let desk = Desk::open().await;
    desk.legacy(b"5A3F01C2").await;
    let detail = desk.give("payments.show", json!({ "id": 1 })).await;
    assert_eq!((&detail["balance_before"], &detail["row"]["balance"]), (&json!(50_000), &json!(45_000)));
    assert_eq!(detail["postings"][0]["debit"], json!(5_000));
    assert_eq!(
        detail["postings"][1],
        json!({ "account": "Meja 1", "account_kind": "till", "debit": 0, "credit": 5_000 })
    );
    assert_eq!(detail["chain_intact"], json!(true));
    assert_eq!(detail["chain"].as_array().unwrap().len(), 2);

    let reverse = json!({ "request_id": "r-1", "id": 1, "reason": "salah harga" });
    let detail = desk.give("payments.reverse", reverse.clone()).await;
    assert_eq!((&detail["row"]["reversed"], &detail["reversed_by"]), (&json!(true), &json!(3)));
    desk.give("payments.reverse", reverse).await;
    let again = json!({ "request_id": "r-2", "id": 1, "reason": "salah harga" });
    assert!(desk.try_give("payments.reverse", again).await.is_err(), "taken back once");
    assert_eq!(desk.balance(desk.account).await, 50_000);
    desk.assert_whole().await;
}

#[tokio::test]
async fn without_a_broker_the_virtual_reader_says_what_to_do() {
    let desk = Desk::open().await;
    let refused = desk.try_give("readers.tap", json!({ "uid": "5A3F01C2" })).await.unwrap_err();
    assert!(refused.help.contains("gerai serve"), "{refused}");
}
