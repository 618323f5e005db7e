//! Lines as people type them, against the arguments of `gerai stove`.

use clap::{CommandFactory, Parser};

use super::*;

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    stove: Stove,
}

fn read(line: &str) -> Result<Stove, clap::Error> {
    Line::try_parse_from(std::iter::once("stove").chain(line.split(' '))).map(|line| line.stove)
}

#[test]
fn the_arguments_fit_together() {
    Line::command().debug_assert();
}

#[test]
fn lines_of_the_pages_are_read() {
    for line in [
        "list --flagged --registered no --cursor 3",
        "map --unread",
        "month",
        "list --read no",
        "keys list --changing",
        "show 00000000001",
        "add 00000000001 --label Siti --position -6.8915,107.6107",
        "edit 00000000001 --tariff=",
        "unread 00000000001 --reason locked --note pagi",
        "replace-meter 00000000001 --at 2026-11-22T07:30 --last 184.372 --first 0 --reason burnt",
        "replace-meter 00000000001 --undo --at 2026-11-22T07:30 --reason wrong",
        "chart 00000000001",
        "chart 00000000001 --day",
        "chart 00000000001 --year 2026",
        "readings --signature demo_key --source http --forward dead --from 2026-11-01 --until 2026-12-01 --limit 200",
        "reading 7 --frame foto.png",
        "judge 7 --as validated --reason seen",
        "judge 7 --as edited --total 184,372 --reason typed",
        "export --out x.csv --flagged --standing raw",
        "forward",
        "forward --retry",
        "forward status",
        "forward list --state rejected",
        "forward retry 1 2",
        "forward retry --all dead",
        "forward password --remove",
        "keys list",
        "keys register 00000000001 --secret-file -",
        "keys register 00000000001 --new --out secret",
        "keys change 00000000001",
        "keys change 00000000001 begin --new-id 00000000002",
        "keys change 00000000001 write --address AA:BB",
        "tariffs save default --from 2026-01 --up-to 50=415 --up-to 90=605 --above 1.445 --fee 11.000",
        "tariffs save default --file -",
        "accounts save klien-1 --active no",
        "radio scan --seconds 30",
        "radio read AA:BB --note pagi",
        "scan foto.jpg --note pagi",
        "scan --camera 0 --size 640x480",
    ] {
        assert!(
            read(line).is_ok(),
            "{line}: {}",
            read(line).err().map_or_else(String::new, |e| e.to_string())
        );
    }
}

#[test]
fn lines_that_make_no_sense_are_refused() {
    for line in [
        "judge 7 --as edited --reason typed",
        "judge 7 --as fine --reason x",
        "judge 0 --as validated --reason x",
        "judge 7 --as validated",
        "readings --signature good",
        "readings --from yesterday",
        "chart 00000000001 --day --year",
        "forward --retry status",
        "forward retry 1 --all dead",
        "forward retry --all queued",
        "keys register 00000000001",
        "keys register 00000000001 --new --secret-file x",
        "keys register 00000000001 --secret-file x --out y",
        "keys change 00000000001 write",
        "keys change 00000000001 explode",
        "tariffs save default --above 5",
        "tariffs save default --from 2026-01",
        "tariffs save default --file x --from 2026-01",
        "scan foto.jpg --camera 0",
        "scan --size big",
        "radio scan --seconds 31",
    ] {
        assert!(read(line).is_err(), "{line}");
    }
}
