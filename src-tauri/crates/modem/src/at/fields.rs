//! Parameters of a response line: comma separated, strings in quotes (3GPP TS 27.007 section 5). Never fails: what is
//! missing is empty.

/// Parameters behind the prefix (`+CREG: 0,1` gives `0` and `1`), quotes taken off, spaces around them too.
#[must_use]
pub fn fields(line: &str) -> Vec<String> {
    let body = line.split_once(':').map_or(line, |(_, body)| body);
    let mut found = vec![String::new()];
    let mut quoted = false;
    for character in body.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => found.push(String::new()),
            other => {
                if let Some(last) = found.last_mut() {
                    last.push(other);
                }
            }
        }
    }
    for field in &mut found {
        *field = field.trim().to_owned();
    }
    found
}

/// The n-th parameter as text, counted from 0; empty when missing.
#[must_use]
pub fn text(line: &str, place: usize) -> String {
    fields(line).get(place).cloned().unwrap_or_default()
}

/// The n-th parameter as a number, counted from 0.
#[must_use]
pub fn number<T: std::str::FromStr>(line: &str, place: usize) -> Option<T> {
    fields(line).get(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_commas() {
        assert_eq!(fields("+COPS: 0,0,\"A, B\",2"), ["0", "0", "A, B", "2"]);
        assert_eq!(fields("+CMTI: \"SM\", 3"), ["SM", "3"]);
        assert_eq!(fields("+CUSD: 2"), ["2"]);
        assert_eq!(number::<u8>("+CSQ: 20,99", 1), Some(99));
        assert_eq!(number::<u8>("+CSQ: 300", 0), None);
        assert_eq!(text("+CNUM", 4), "");
    }
}
