//! Private keys as they are written in files: PEM (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use zeroize::Zeroizing;

/// What stands between the markers.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) label: &'a str,
    pub(super) der: Zeroizing<Vec<u8>>,
}

/// Reads the first private key; what stands before it, such as its parameters or a certificate, is left alone.
pub(super) fn private_key(text: &str) -> Result<Block<'_>, &'static str> {
    // As it is written in an environment variable that can have no line breaks.
    let (mut rest, mut found) = (text, None);
    while let Some((_, after)) = rest.split_once("-----BEGIN ") {
        let (label, body) = after.split_once("-----").ok_or("its first line breaks off")?;
        if label.ends_with("PRIVATE KEY") {
            found = Some((label, body));
            break;
        }
        rest = body;
    }
    let (label, body) = found.ok_or("there is no line `-----BEGIN PRIVATE KEY-----`")?;
    let (body, _) = body.split_once("-----END ").ok_or("its last line is missing")?;
    if label.starts_with("ENCRYPTED") || body.contains("DEK-Info") {
        return Err("it is encrypted with a password: decrypt it first, as with `openssl pkey`");
    }
    // `\n` in two characters is how a line break gets through many an environment variable.
    let lines = body.split("\\n").flat_map(str::split_whitespace);
    // In one buffer that never moves: one that grows would leave copies behind.
    let mut digits = Zeroizing::new(String::with_capacity(body.len()));
    digits.extend(lines);
    let der = BASE64
        .decode(&*digits)
        .map_err(|_| "it is not base64 between its first and last line")?;
    Ok(Block {
        label,
        der: Zeroizing::new(der),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_private_key_is_found_among_others_and_without_line_breaks() {
        let text = "-----BEGIN EC PARAMETERS-----\nBg==\n-----END EC PARAMETERS-----\n-----BEGIN EC PRIVATE KEY-----\nAQID\nBA==\n-----END EC PRIVATE KEY-----\n";
        for text in [text.to_owned(), text.replace('\n', "\\n"), text.replace('\n', "\r\n")] {
            let block = private_key(&text).unwrap();
            assert_eq!((block.label, &**block.der), ("EC PRIVATE KEY", &[1, 2, 3, 4][..]));
        }
    }

    #[test]
    fn what_is_no_private_key_says_why() {
        for (text, problem) in [
            ("", "there is no line"),
            (
                "-----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----",
                "there is no line",
            ),
            ("-----BEGIN PRIVATE KEY-----\nAQID", "last line"),
            (
                "-----BEGIN PRIVATE KEY-----\n?\n-----END PRIVATE KEY-----",
                "not base64",
            ),
            (
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----",
                "encrypted",
            ),
        ] {
            assert!(private_key(text).unwrap_err().contains(problem), "{text}");
        }
    }
}
