//! `docs/roles.md` is written from the contract's table, as the bindings are.

use std::fs;
use std::path::Path;

use gerai_app::access::{Access, ROLES, roles_of};
use gerai_app::contract::COMMANDS;
use serde_json::json;

use crate::people_support::owned;

const BEGIN: &str = "<!-- written by `cargo test -p gerai-app`: begin -->\n";
const END: &str = "<!-- end -->";

#[test]
fn the_documented_table_is_the_contracts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../docs/roles.md");
    let page = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let (before, rest) = page.split_once(BEGIN).expect("the page has its markers");
    let (_, after) = rest.split_once(END).expect("the page has its markers");
    let wanted = format!("{before}{BEGIN}\n{}\n{END}{after}", table());
    if page != wanted {
        fs::write(&path, &wanted).unwrap();
        panic!("docs/roles.md was not up to date; it is written now: look at it and commit it");
    }
}

fn table() -> String {
    let names: Vec<&str> = ROLES.iter().map(|role| role.word()).collect();
    let mut text = format!("| command | {} | counter | signed out |\n", names.join(" | "));
    text.push_str(&format!("|---|{}\n", "---|".repeat(ROLES.len() + 2)));
    for command in COMMANDS {
        let tick = |yes: bool| if yes { "✓" } else { "" };
        let (first_run, access) = (command.access == Access::FirstRun, command.access);
        let mut cells: Vec<&str> = ROLES.iter().map(|role| tick(roles_of(access).contains(role))).collect();
        cells.push(tick(matches!(access, Access::Public | Access::Own | Access::Counter)));
        cells.push(if first_run { "first run" } else { tick(access == Access::Public) });
        text.push_str(&format!("| `{}` | {} |\n", command.name, cells.join(" | ")));
    }
    text
}

#[tokio::test]
async fn the_console_shows_the_same_table() {
    let (desk, owner) = owned().await;
    let rules = desk.ask(&owner, "roles.show", json!({})).await.unwrap();
    let rule =
        |name: &str| rules.as_array().unwrap().iter().find(|rule| rule["command"] == name).unwrap().clone();
    assert_eq!(rules.as_array().unwrap().len(), COMMANDS.len());
    assert_eq!(rule("recovery.make")["roles"], json!(["owner"]));
    assert_eq!(rule("tills.arm")["roles"], json!(["owner", "administrator", "operator", "cashier"]));
    assert_eq!((&rule("tills.arm")["counter"], &rule("tills.arm")["public"]), (&json!(true), &json!(false)));
    assert_eq!(rule("session.sign_in")["public"], json!(true));
    assert_eq!(rule("owner.create")["roles"], json!([]));
}
