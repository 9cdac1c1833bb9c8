//! What holds for the source as a whole.

use std::fs;
use std::path::{Path, PathBuf};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(workspace().join(path)).unwrap()
}

/// Each Rust file in a folder, with its text.
pub(crate) fn sources(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
}

#[test]
fn s17_unsafe_code_is_forbidden_in_both_crates() {
    assert!(read("Cargo.toml").contains("\nunsafe_code = \"forbid\"\n"));
    for manifest in ["runtime/Cargo.toml", "macros/Cargo.toml"] {
        assert!(read(manifest).contains("\n[lints]\nworkspace = true\n"), "{manifest}");
    }
}

/// Neither an attribute nor a setting nor anything else here reaches the switches that reqwest has for it.
#[test]
fn s17_certificate_checks_cannot_be_switched_off() {
    let mut found = Vec::new();
    for folder in ["runtime/src", "macros/src"] {
        sources(&workspace().join(folder), &mut found);
    }
    assert!(found.len() > 100, "{} files", found.len());
    for (path, text) in found {
        for switch in [
            "danger",
            "accept_invalid",
            "use_preconfigured_tls",
            "tls_backend_preconfigured",
            "insecure",
        ] {
            assert!(!text.contains(switch), "`{switch}` in {}", path.display());
        }
    }
}
