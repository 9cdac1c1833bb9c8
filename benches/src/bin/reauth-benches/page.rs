//! The page that shows the tables: each stands between two marks, where the next run writes it anew.

use std::fs;

use reauth_benches::contenders::BoxError;

use crate::section;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");

/// Measures what is named, and writes it.
pub(crate) fn write(sections: &[&str]) -> Result<(), BoxError> {
    for name in sections {
        let tables = section(name)?;
        println!("{tables}");
        let page = fs::read_to_string(FILE)?;
        fs::write(
            FILE,
            replaced(&page, name, &tables).ok_or(format!("{FILE} has no place for `{name}`"))?,
        )?;
    }
    Ok(())
}

/// The page with other text between the marks of this name.
fn replaced(page: &str, name: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(&format!("<!-- {name} -->\n"))?;
    let (_, after) = rest.split_once(&format!("<!-- end of {name} -->\n"))?;
    let text = text.trim_end();
    Some(format!(
        "{before}<!-- {name} -->\n{text}\n<!-- end of {name} -->\n{after}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_between_the_marks_is_replaced() {
        let page = "a\n<!-- x -->\nold\n<!-- end of x -->\nb\n";
        assert_eq!(replaced(page, "x", "new\n\n").unwrap(), page.replace("old", "new"));
        assert_eq!(replaced(page, "y", "new"), None);
    }

    #[test]
    fn the_page_has_a_place_for_everything() {
        let page = fs::read_to_string(FILE).unwrap();
        for name in crate::ALL.into_iter().chain(crate::MORE) {
            assert!(replaced(&page, name, "").is_some(), "{name}");
        }
    }
}
