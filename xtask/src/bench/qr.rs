//! `cargo xtask bench qr`: the chain that reads stoves' QR codes, each of its tries alone, and zbar, on one seeded set of
//! webcam frames. The set and the reading are an example of `gerai-sense`, so that nothing here links a decoder.
//! Numbers are reported, never asserted.

mod report;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::machine;
use super::report::write_part;
use crate::process::{capture, run};
use crate::station::temporary_folder;
use crate::workspace::Workspace;
use crate::{install, packages};

/// Makes the set; another seed makes another set of the same kind. The order of the tries was found on other seeds.
const SEED: &str = "20220307";
/// Frames of every condition at every size.
const EACH: &str = "25";
const EACH_QUICK: &str = "4";

/// Measures, prints, and rewrites the marked part of `docs/benchmarks.md`; with `quick` it takes a small set and rewrites
/// nothing. `seed` takes another set, which is not written down either.
pub fn qr(workspace: &Workspace, quick: bool, seed: Option<&str>) -> Result<()> {
    if !cfg!(unix) {
        bail!("processor time is read as Unix gives it; run this on Linux");
    }
    println!("── packages and builds");
    install::ensure(&[&packages::HEADLESS])?;
    if let Err(error) = install::ensure(&[&packages::QR_BENCH]) {
        println!("  {error:#}");
    }
    let mut build = workspace.cargo();
    run(build.args(["build", "--release", "--package", "gerai-sense", "--example", "bench_qr"]))?;
    let program = workspace.target.join("release/examples/bench_qr");

    let folder = temporary_folder("qr");
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let facts = machine::facts(&folder);
    let each = if quick { EACH_QUICK } else { EACH };
    let measured = measure(workspace, &program, &folder, seed.unwrap_or(SEED), each);
    fs::remove_dir_all(&folder).ok();
    let (measured, gaps) = measured?;

    let text = report::text(&measured, &gaps, &facts, seed.unwrap_or(SEED))?;
    println!("\n{text}");
    if quick || seed.is_some() {
        println!("a quick run, or one with another seed, is not written down");
        return Ok(());
    }
    write_part(&workspace.root.join("docs/benchmarks.md"), &text, ("qr", "QR codes"))
}

fn measure(
    workspace: &Workspace,
    program: &Path,
    folder: &Path,
    seed: &str,
    each: &str,
) -> Result<(Value, Vec<String>)> {
    println!("\n── frames: {each} of each kind, seed {seed}");
    run(Command::new(program).arg("generate").arg(folder).args([seed, each]))?;
    let mut gaps = Vec::new();
    let mut reading = Command::new(program);
    reading.arg("measure").arg(folder);
    println!("\n── zbar");
    let zbar = folder.join("zbar.txt");
    match zbar_reads(workspace, folder, &zbar) {
        Ok(()) => {
            reading.arg(&zbar);
        }
        Err(error) => {
            let gap = format!("zbar: not measured, {error:#}");
            println!("  {gap}");
            gaps.push(gap);
        }
    }
    println!("\n── chain, and its tries alone");
    let printed = capture(&mut reading)?;
    let measured = serde_json::from_str(printed.trim()).context("the measuring program printed no JSON")?;
    Ok((measured, gaps))
}

/// All frames through zbar in one process, so that starting it is not counted.
fn zbar_reads(workspace: &Workspace, folder: &Path, output: &Path) -> Result<()> {
    let program = folder.join("zbar_scan");
    let source = workspace.root.join("tests/bench/zbar_scan.c");
    run(Command::new("cc").arg("-O2").arg("-o").arg(&program).arg(source).arg("-lzbar"))?;
    let mut names: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("cannot list {}", folder.display()))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "pgm"))
        .collect();
    names.sort();
    let list: String = names.iter().map(|path| format!("{}\n", path.display())).collect();
    let into = fs::File::create(output).with_context(|| format!("cannot write {}", output.display()))?;
    let mut child = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(into)
        .spawn()
        .with_context(|| format!("cannot start {}", program.display()))?;
    let mut stdin = child.stdin.take().context("its input is not there")?;
    stdin.write_all(list.as_bytes()).context("it does not take the list of frames")?;
    drop(stdin);
    let status = child.wait().context("it was lost")?;
    if !status.success() {
        bail!("it stopped with {status}");
    }
    Ok(())
}
