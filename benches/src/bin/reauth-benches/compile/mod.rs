//! What it costs to compile a crate with a client in it: with raw reqwest and with us, with one method and with fifty.
//!
//! CPU time in user mode, which other work on the machine changes least, and both crates by turns. The crates are generated
//! below the target directory, with the versions of this workspace's `Cargo.lock`.

mod cargo;
mod source;

use reauth_benches::contenders::BoxError;

use self::cargo::Workspace;
use self::source::{Library, MANY};
use crate::table::{Table, median, ratio, whole};

/// How often what takes seconds is repeated, and what takes a minute; the median is shown.
const ROUNDS: usize = 5;
const CLEAN_ROUNDS: usize = 3;

/// What one library's users wait for, in CPU seconds, and what they get.
#[derive(Default)]
struct Figures {
    clean: f64,
    /// The crate alone, with one method and with many.
    crate_alone: [f64; 2],
    rebuild: [f64; 2],
    crates: Vec<String>,
    binary: [u64; 2],
    lines_of_method: f64,
}

pub(crate) fn table() -> Result<String, BoxError> {
    let workspaces = [Library::Raw, Library::Reauth].map(Workspace::generate);
    let [raw, reauth] = workspaces;
    let workspaces = [raw?, reauth?];
    let mut figures = [Figures::default(), Figures::default()];

    for (figures, workspace) in figures.iter_mut().zip(&workspaces) {
        figures.crates = workspace.crates()?;
    }
    let mut clean = [Vec::new(), Vec::new()];
    for _ in 0..CLEAN_ROUNDS {
        for (which, workspace) in workspaces.iter().enumerate() {
            workspace.clean()?;
            clean[which].push(workspace.build("one")?);
        }
    }
    for ((figures, workspace), clean) in figures.iter_mut().zip(&workspaces).zip(clean) {
        figures.clean = median(clean);
        workspace.build("many")?;
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        let lines = (workspace.expanded_lines("many")? - workspace.expanded_lines("one")?) as f64;
        figures.lines_of_method = lines / f64::from(MANY - 1);
    }
    for (index, package) in ["one", "many"].into_iter().enumerate() {
        let mut alone = [Vec::new(), Vec::new()];
        let mut rebuild = [Vec::new(), Vec::new()];
        for round in 0..ROUNDS {
            for (which, workspace) in workspaces.iter().enumerate() {
                workspace.clean_package(package)?;
                alone[which].push(workspace.build(package)?);
                workspace.edit(package, round)?;
                rebuild[which].push(workspace.build(package)?);
            }
        }
        for (figures, (alone, rebuild)) in figures.iter_mut().zip(alone.into_iter().zip(rebuild)) {
            figures.crate_alone[index] = median(alone);
            figures.rebuild[index] = median(rebuild);
        }
    }
    for (figures, workspace) in figures.iter_mut().zip(&workspaces) {
        figures.binary = [workspace.release("one")?, workspace.release("many")?];
    }
    let [raw, reauth] = &figures;
    let new: Vec<_> = reauth
        .crates
        .iter()
        .filter(|name| !raw.crates.contains(name))
        .map(String::as_str)
        .collect();
    Ok(format!(
        "{}\nCrates beyond raw reqwest's: {}.\n",
        compare(raw, reauth),
        new.join(", ")
    ))
}

fn compare(raw: &Figures, reauth: &Figures) -> Table {
    let mut table = Table::new("Compile time, in CPU seconds", &["", "raw reqwest", "reauth", "× raw"]);
    let mut row = |name: &str, figure: &dyn Fn(&Figures) -> f64, shown: &dyn Fn(f64) -> String| {
        let (raw, reauth) = (figure(raw), figure(reauth));
        table.row(name, [shown(raw), shown(reauth), ratio(reauth / raw)]);
    };
    let seconds = |number: f64| format!("{number:.2}");
    #[expect(clippy::cast_precision_loss, reason = "counts and bytes")]
    {
        row("clean build, 1 method", &|of| of.clean, &seconds);
        row("… of it the crate itself, 1 method", &|of| of.crate_alone[0], &seconds);
        row(
            "… of it the crate itself, 50 methods",
            &|of| of.crate_alone[1],
            &seconds,
        );
        row("rebuild after an edit, 1 method", &|of| of.rebuild[0], &seconds);
        row("rebuild after an edit, 50 methods", &|of| of.rebuild[1], &seconds);
        row(
            "… of it for 49 more methods",
            &|of| of.rebuild[1] - of.rebuild[0],
            &seconds,
        );
        row("crates", &|of| of.crates.len() as f64, &whole);
        row(
            "release binary, stripped, KiB, 1 method",
            &|of| of.binary[0] as f64 / 1024.0,
            &whole,
        );
        row(
            "release binary, stripped, KiB, 50 methods",
            &|of| of.binary[1] as f64 / 1024.0,
            &whole,
        );
        row("expanded lines of one more method", &|of| of.lines_of_method, &whole);
    }
    table
}
