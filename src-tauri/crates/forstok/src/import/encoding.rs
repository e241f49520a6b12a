//! Text files as spreadsheets write them: UTF-8 with and without its mark, UTF-16 with its mark, else Windows-1252.

/// The 32 places where Windows-1252 differs from Latin-1; the five that it leaves free stay what Latin-1 has there.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file.
pub fn decoded(bytes: &[u8]) -> String {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|&byte| windows_1252(byte)).collect(),
        },
    }
}

fn windows_1252(byte: u8) -> char {
    match byte {
        0x80..0xA0 => WINDOWS_1252[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_text_is_read() {
        assert_eq!(decoded("Café".as_bytes()), "Café");
        assert_eq!(decoded(b"\xEF\xBB\xBFSKU"), "SKU");
        assert_eq!(decoded(b"\xFF\xFES\0K\0U\0"), "SKU");
        assert_eq!(decoded(b"\xFE\xFF\0S\0K\0U"), "SKU");
        assert_eq!(decoded(b"Caf\xE9 \x80 5 \x96 6"), "Café € 5 – 6");
    }
}
