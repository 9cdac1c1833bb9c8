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

/// Names of the dependencies that a manifest lists in tables that end so.
fn dependencies(manifest: &str, table: &str) -> Vec<String> {
    let mut is_table = false;
    let mut names = Vec::new();
    for line in manifest.lines() {
        if let Some(header) = line.strip_prefix('[') {
            is_table = header.trim_end_matches(']').ends_with(table);
        } else if is_table && line.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            names.extend(line.split([' ', '.']).next().map(str::to_owned));
        }
    }
    names
}

/// Whether a path begins with the crate: `name::` or `use name`.
fn mentions(text: &str, name: &str) -> bool {
    let is_whole = |at: usize| !text[..at].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_');
    let mut paths = text.match_indices(name);
    paths.any(|(at, _)| is_whole(at) && (text[at + name.len()..].starts_with("::") || text[..at].ends_with("use ")))
}

#[test]
fn every_dependency_is_used() {
    let workspace_manifest = read("Cargo.toml");
    let members = workspace_manifest
        .lines()
        .find_map(|line| line.strip_prefix("members = ["));
    let members: Vec<_> = members.unwrap().split('"').skip(1).step_by(2).collect();
    assert!(members.contains(&"runtime"), "{members:?}");
    let mut listed = Vec::new();
    for member in members {
        let mut found = Vec::new();
        sources(&workspace().join(member), &mut found);
        for name in dependencies(&read(&format!("{member}/Cargo.toml")), "dependencies") {
            let in_code = name.replace('-', "_");
            let is_used = found.iter().any(|(_, text)| mentions(text, &in_code));
            assert!(is_used, "{member}/Cargo.toml: `{name}` is not used");
            listed.push(name);
        }
    }
    assert!(listed.len() > 50, "{listed:?}");
    for name in dependencies(&workspace_manifest, "workspace.dependencies") {
        assert!(listed.contains(&name), "Cargo.toml: `{name}` is no crate's dependency");
    }
    assert!(!mentions("catalog::x; a_log::y; log ::z", "log"));
}

/// What `rust-version` says holds for all that comes along, in the versions of the lock file. What our own code uses of
/// the standard library, clippy checks (`incompatible_msrv`).
#[test]
fn rust_version_is_that_of_all_dependencies_too() {
    let output = std::process::Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let minor = |package: &serde_json::Value| {
        let version = package["rust_version"].as_str()?;
        version.split('.').nth(1)?.parse::<u32>().ok()
    };
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages
        .iter()
        .find(|package| package["name"] == "reauth")
        .and_then(minor);
    let newer = packages.iter().filter(|package| minor(package) > ours);
    let newer: Vec<_> = newer
        .map(|package| format!("{} {}", package["name"], package["version"]))
        .collect();
    assert!(ours.is_some() && packages.len() > 100, "{} packages", packages.len());
    assert!(newer.is_empty(), "Rust 1.{} is too old for {newer:?}", ours.unwrap());
}
