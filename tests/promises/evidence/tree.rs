//! The tests of the workspace, found as the compiler finds them: from the first file of each binary through its modules.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use syn::{Attribute, Expr, ExprLit, Item, Lit};

/// What `cargo test` builds with tests in it.
const BINARIES: [&str; 4] = [
    "examples/lib.rs",
    "macros/src/lib.rs",
    "runtime/src/lib.rs",
    "tests/promises/main.rs",
];

/// Those that have a command of their own.
const OTHER_BINARIES: [&str; 2] = ["tests/servers/main.rs", "tests/telemetry/main.rs"];

/// Conditions that hold for that command: what the tests' manifest asks for is on for all.
const MET: [&str; 9] = [
    "test",
    "unix",
    "target_os=\"linux\"",
    "not(reauth_loom)",
    "not(any(feature=\"metrics\",feature=\"trace-context\"))",
    "feature=\"http2\"",
    "feature=\"jwt\"",
    "feature=\"reqwest-middleware\"",
    "feature=\"testing\"",
];

/// A function with the attribute of a test.
#[derive(Debug)]
pub(super) struct Test {
    pub(super) name: String,
    /// From the workspace's folder.
    pub(super) file: PathBuf,
    /// By `cargo test`: not ignored, and without a condition that is not met there.
    pub(super) is_run: bool,
}

/// A module that is being read.
#[derive(Clone)]
struct Place {
    file: PathBuf,
    /// Where the files of its modules are.
    folder: PathBuf,
    is_run: bool,
}

pub(super) fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

pub(super) fn tests() -> &'static [Test] {
    static TESTS: LazyLock<Vec<Test>> = LazyLock::new(find);
    &TESTS
}

fn find() -> Vec<Test> {
    let mut found = Vec::new();
    let binaries = BINARIES.map(|file| (file, true));
    for (file, is_run) in binaries.into_iter().chain(OTHER_BINARIES.map(|file| (file, false))) {
        let place = Place {
            file: file.into(),
            folder: Path::new(file).parent().unwrap().into(),
            is_run,
        };
        read(&place, &mut found);
    }
    found
}

fn read(place: &Place, found: &mut Vec<Test>) {
    let text = fs::read_to_string(workspace().join(&place.file)).unwrap();
    let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", place.file.display()));
    let is_run = place.is_run && conditions_are_met(&file.attrs);
    collect(
        &file.items,
        &Place {
            is_run,
            ..place.clone()
        },
        found,
    );
}

fn collect(items: &[Item], place: &Place, found: &mut Vec<Test>) {
    for item in items {
        match item {
            Item::Fn(function) if function.attrs.iter().any(is_test) => {
                let is_ignored = function
                    .attrs
                    .iter()
                    .any(|attribute| attribute.path().is_ident("ignore"));
                found.push(Test {
                    name: function.sig.ident.to_string(),
                    file: place.file.clone(),
                    is_run: place.is_run && !is_ignored && conditions_are_met(&function.attrs),
                });
            }
            Item::Mod(module) => {
                let name = module.ident.to_string();
                let mut inner = Place {
                    folder: place.folder.join(&name),
                    is_run: place.is_run && conditions_are_met(&module.attrs),
                    ..place.clone()
                };
                if let Some((_, items)) = &module.content {
                    collect(items, &inner, found);
                } else {
                    if let Some(path) = path_of(&module.attrs) {
                        inner.file = place.file.with_file_name(path);
                        inner.folder = inner.file.parent().unwrap().into();
                    } else {
                        let files = [place.folder.join(format!("{name}.rs")), inner.folder.join("mod.rs")];
                        let file = files.into_iter().find(|file| workspace().join(file).exists());
                        inner.file = file.unwrap_or_else(|| panic!("the module {name} of {}", place.file.display()));
                    }
                    read(&inner, found);
                }
            }
            _ => {}
        }
    }
}

/// `#[test]` and `#[tokio::test(…)]`.
fn is_test(attribute: &Attribute) -> bool {
    let last = attribute.path().segments.last();
    last.is_some_and(|segment| segment.ident == "test")
}

fn path_of(attributes: &[Attribute]) -> Option<String> {
    let path = attributes.iter().find(|attribute| attribute.path().is_ident("path"))?;
    match &path.meta.require_name_value().unwrap().value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(path), ..
        }) => Some(path.value()),
        _ => panic!("a path"),
    }
}

fn conditions_are_met(attributes: &[Attribute]) -> bool {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.into_iter().all(|attribute| {
        let condition = attribute
            .meta
            .require_list()
            .unwrap()
            .tokens
            .to_string()
            .replace(' ', "");
        let all = condition.strip_prefix("all(").and_then(|all| all.strip_suffix(')'));
        MET.contains(&&*condition) || all.is_some_and(|all| all.split(',').all(|one| MET.contains(&one)))
    })
}
