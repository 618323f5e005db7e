//! Fields of CSV files (RFC 4180) that a command writes.

/// Quoted where needed; what a spreadsheet would run as a formula is kept from being one.
pub fn csv_text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guarded = if formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", guarded.replace('"', "\"\""))
    } else {
        guarded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_break_a_spreadsheet() {
        assert_eq!(csv_text("Siti"), "Siti");
        assert_eq!(csv_text("Siti, \"S\""), "\"Siti, \"\"S\"\"\"");
        assert_eq!(csv_text("=HYPERLINK(1)"), "'=HYPERLINK(1)");
    }
}
