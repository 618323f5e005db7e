//! Reading the CSV text of an import: columns by name, fields with or without quotes, each line taken or refused by itself. Pure;
//! nothing is written here, and secrets are wrapped as soon as they are read.

use std::collections::HashSet;

use gerai_core::secret::Secret;
use gerai_core::stove::StoveId;
use gerai_store::stove::Place;

use super::verdict::place;
use crate::contract::{ApiError, StovePosition};

/// Bytes of the text.
pub(crate) const BYTES_MAX: usize = 2 << 20;
/// Lines of the text.
pub(crate) const LINES_MAX: usize = 20_000;
/// Bytes of a secret.
pub(crate) const SECRET_BYTES_MAX: usize = 200;

const COLUMNS: [&str; 7] = ["id", "secret", "label", "place", "lat", "lon", "tariff"];

/// A line that can be taken. Empty fields are `None`.
pub(crate) struct Line {
    pub(crate) number: i64,
    pub(crate) stove: StoveId,
    pub(crate) secret: Option<Secret<Vec<u8>>>,
    pub(crate) label: Option<String>,
    pub(crate) place: Option<String>,
    pub(crate) position: Option<Place>,
    pub(crate) tariff: Option<String>,
}

/// A line that cannot.
pub(crate) struct Refused {
    pub(crate) number: i64,
    pub(crate) stove: String,
    pub(crate) why: String,
}

/// All lines, or why the text is no such list.
pub(crate) fn read(text: &str) -> Result<Vec<Result<Line, Refused>>, ApiError> {
    let wrong = |what: String, help: &str| ApiError::invalid("text", what, help);
    if text.len() > BYTES_MAX {
        return Err(wrong(
            format!("the list has {} bytes, at most {BYTES_MAX} are read", text.len()),
            "Split it.",
        ));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = (1_i64..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let Some((_, header)) = lines.next() else {
        return Err(wrong(
            "the list is empty".to_owned(),
            "The first line names the columns, such as id,secret,label.",
        ));
    };
    let semicolons = header.matches(';').count() > header.matches(',').count();
    let separator = if semicolons { ';' } else { ',' };
    let columns = columns(header, separator)?;
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for (number, line) in lines {
        if all.len() >= LINES_MAX {
            return Err(wrong(format!("the list has more than {LINES_MAX} lines"), "Split it."));
        }
        let mut read = read_line(number, line, separator, &columns);
        if let Ok(line) = &read
            && !seen.insert(line.stove)
        {
            let why = "this stove stands in the list twice; only its first line is taken".to_owned();
            read = Err(Refused { number, stove: line.stove.to_string(), why });
        }
        all.push(read);
    }
    Ok(all)
}

/// Which column is which.
fn columns(header: &str, separator: char) -> Result<Vec<usize>, ApiError> {
    let names = fields(header, separator).unwrap_or_default();
    let mut columns = Vec::new();
    for name in &names {
        let name = name.trim().to_lowercase();
        let Some(known) = COLUMNS.iter().position(|column| *column == name) else {
            let shown: String = name.chars().take(20).collect();
            return Err(ApiError::invalid(
                "text",
                format!("`{shown}` is no column of this list"),
                format!("The first line names the columns: {}.", COLUMNS.join(", ")),
            ));
        };
        columns.push(known);
    }
    if !columns.contains(&0) || columns.iter().collect::<HashSet<_>>().len() != columns.len() {
        return Err(ApiError::invalid(
            "text",
            "the column `id` is missing, or a column stands there twice",
            format!("The first line names the columns, each once: {}.", COLUMNS.join(", ")),
        ));
    }
    Ok(columns)
}

fn read_line(number: i64, line: &str, separator: char, columns: &[usize]) -> Result<Line, Refused> {
    let mut stove = String::new();
    let refused = |stove: &str, why: String| Refused { number, stove: stove.to_owned(), why };
    let Some(fields) = fields(line, separator) else {
        return Err(refused("", "a quote is not closed".to_owned()));
    };
    if fields.len() != columns.len() {
        let why = format!("it has {} fields, the first line names {}", fields.len(), columns.len());
        return Err(refused("", why));
    }
    let mut values: [Option<String>; COLUMNS.len()] = Default::default();
    for (column, field) in columns.iter().zip(fields) {
        let field = field.trim().to_owned();
        values[*column] = (!field.is_empty()).then_some(field);
    }
    let [id, secret, label, place_text, lat, lon, tariff] = values;
    let id = id.unwrap_or_default();
    stove.extend(id.chars().take(20));
    let Some(id) = StoveId::parse(&id) else {
        return Err(refused(&stove, "a stove's number has eleven digits".to_owned()));
    };
    for (name, text, most) in [("label", &label, 60), ("place", &place_text, 120), ("tariff", &tariff, 40)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > most || text.chars().any(char::is_control))
        {
            return Err(refused(
                &stove,
                format!("`{name}` has up to {most} characters, none of them control"),
            ));
        }
    }
    if secret.as_ref().is_some_and(|secret| secret.len() > SECRET_BYTES_MAX) {
        return Err(refused(&stove, format!("a secret has up to {SECRET_BYTES_MAX} bytes")));
    }
    let degrees = |text: Option<String>| text.map(|text| text.replace(',', ".").parse::<f64>());
    let position = match (degrees(lat), degrees(lon)) {
        (None, None) => None,
        (Some(Ok(lat)), Some(Ok(lon))) => {
            place(Some(StovePosition { lat, lon })).map_err(|error| refused(&stove, error.message.clone()))?
        }
        _ => return Err(refused(&stove, "`lat` and `lon` are degrees, both or none".to_owned())),
    };
    let secret = secret.map(|secret| Secret::new(secret.into_bytes()));
    Ok(Line { number, stove: id, secret, label, place: place_text, position, tariff })
}

/// The fields of a line (RFC 4180, without line ends inside quotes). `None`: a quote is not closed.
fn fields(line: &str, separator: char) -> Option<Vec<String>> {
    let (mut all, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
            }
            letter if letter == separator && !quoted => all.push(std::mem::take(&mut field)),
            letter => field.push(letter),
        }
    }
    all.push(field);
    (!quoted).then_some(all)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_are_taken_or_refused_one_by_one() {
        let text = "\u{feff}label;id;secret;lat;lon\r\n\"Bu \"\"Sri\"\"; RT 3\";00000000001;rahasia;-6,2;106.8\r\n\r\n\
                    x;123;;;\r\nx;00000000001;;;\nx;00000000002;;91;0\nx;00000000003\nx;00000000004;\"a;;\n;00000000005;;;";
        let lines = read(text).unwrap();
        let first = lines[0].as_ref().ok().unwrap();
        assert_eq!(first.label.as_deref(), Some("Bu \"Sri\"; RT 3"));
        assert_eq!((first.number, first.position), (2, Some((-6_200_000, 106_800_000))));
        assert_eq!(first.secret.as_ref().unwrap().expose(), b"rahasia");
        let refused: Vec<i64> =
            lines.iter().filter_map(|line| line.as_ref().err()).map(|line| line.number).collect();
        assert_eq!(refused, [4, 5, 6, 7, 8]);
        let last = lines[6].as_ref().ok().unwrap();
        assert!(last.label.is_none() && last.secret.is_none() && last.position.is_none());
    }

    #[test]
    fn a_text_that_is_no_list() {
        for wrong in ["", "\n \n", "secret,label\na,b", "id,id\n1,2", "nomor\n1", "id,\"x\n1,2"] {
            assert_eq!(read(wrong).err().unwrap().field.as_deref(), Some("text"), "{wrong:?}");
        }
        assert!(read(&"x".repeat(BYTES_MAX + 1)).is_err());
        assert!(read(&format!("id\n{}", "1\n".repeat(LINES_MAX + 1))).is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,200}", rest in "[\"',;\\n0-9a-z]{0,200}") {
            let _ = read(&text);
            let _ = read(&format!("id,label\n{rest}"));
        }
    }
}
