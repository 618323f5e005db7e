//! Named steps, each timed, with what they depend on; one table at the end.
//!
//! A failing step does not hide the others: what does not depend on it still runs, so one run shows all there is.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::counts::Counts;
use crate::workspace::Workspace;

/// One step of a run.
pub struct Step {
    /// Short name, for `--only` and for the table.
    pub name: &'static str,
    /// What it does, in a few words.
    pub what: &'static str,
    /// Steps that must have succeeded before.
    pub after: &'static [&'static str],
    /// The work; tests it ran are added to the counts.
    pub run: fn(&Workspace, &mut Counts) -> Result<()>,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Done.
    Passed,
    /// Its error is printed.
    Failed,
    /// Something it needs has failed.
    NotRun,
}

/// A step's line in the table.
#[derive(Debug)]
pub struct Outcome {
    name: &'static str,
    ending: Ending,
    took: Duration,
    counts: Counts,
}

/// The steps called by name together with all they need, in their own order; all of them when no name is given.
pub fn choose<'a>(steps: &'a [Step], names: &[String]) -> Result<Vec<&'a Step>> {
    if names.is_empty() {
        return Ok(steps.iter().collect());
    }
    let mut wanted: Vec<&str> = Vec::new();
    for name in names {
        if !steps.iter().any(|step| step.name == name) {
            let all: Vec<_> = steps.iter().map(|step| step.name).collect();
            bail!("there is no step `{name}`; the steps are {}", all.join(", "));
        }
        wanted.push(name);
    }
    // Needs point backwards only, so one pass from the end finds them all.
    for step in steps.iter().rev() {
        if wanted.contains(&step.name) {
            wanted.extend(step.after);
        }
    }
    Ok(steps.iter().filter(|step| wanted.contains(&step.name)).collect())
}

/// Runs the steps and returns what became of each.
pub fn run(workspace: &Workspace, steps: &[&Step]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        println!("\n── {}/{} {}: {}", index + 1, steps.len(), step.name, step.what);
        let started = Instant::now();
        let mut counts = Counts::default();
        let blocked = step.after.iter().find(|need| {
            outcomes.iter().any(|outcome| outcome.name == **need && outcome.ending != Ending::Passed)
        });
        let ending = if let Some(need) = blocked {
            println!("  not run: `{need}` has failed");
            Ending::NotRun
        } else {
            match (step.run)(workspace, &mut counts) {
                Ok(()) => Ending::Passed,
                Err(error) => {
                    println!("  FAILED: {error:#}");
                    Ending::Failed
                }
            }
        };
        let took = started.elapsed();
        println!("   {} {:.1} s", step.name, took.as_secs_f64());
        outcomes.push(Outcome { name: step.name, ending, took, counts });
    }
    outcomes
}

/// Prints the table and, alone on the last line, the number of tests. `true` when all is well.
pub fn summarise(outcomes: &[Outcome]) -> bool {
    println!("\n── summary");
    println!(
        "  {:<14} {:<8} {:>8}  {:>6} {:>6} {:>7}",
        "step", "ending", "seconds", "passed", "failed", "skipped"
    );
    let mut total = Counts::default();
    for outcome in outcomes {
        let ending = match outcome.ending {
            Ending::Passed => "ok",
            Ending::Failed => "FAILED",
            Ending::NotRun => "not run",
        };
        let Counts { passed, failed, skipped } = outcome.counts;
        let seconds = outcome.took.as_secs_f64();
        println!("  {:<14} {ending:<8} {seconds:>8.1}  {passed:>6} {failed:>6} {skipped:>7}", outcome.name);
        total.add(outcome.counts);
    }
    let broken = outcomes.iter().filter(|outcome| outcome.ending != Ending::Passed).count() as u64;
    // A step without tests of its own (a build, a lint) that fails is one failure.
    let failed = total.failed.max(broken);
    println!("\n{} passed, {failed} failed", total.passed);
    failed == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &Workspace, _: &mut Counts) -> Result<()> {
        Ok(())
    }

    fn failing(_: &Workspace, _: &mut Counts) -> Result<()> {
        bail!("as planned")
    }

    const STEPS: &[Step] = &[
        Step { name: "a", what: "", after: &[], run: nothing },
        Step { name: "b", what: "", after: &["a"], run: failing },
        Step { name: "c", what: "", after: &["b"], run: nothing },
        Step { name: "d", what: "", after: &[], run: nothing },
    ];

    fn names(steps: &[&Step]) -> Vec<&'static str> {
        steps.iter().map(|step| step.name).collect()
    }

    #[test]
    fn a_step_brings_what_it_needs() {
        let chosen = choose(STEPS, &["c".to_owned()]).unwrap();
        assert_eq!(names(&chosen), ["a", "b", "c"]);
        assert_eq!(names(&choose(STEPS, &[]).unwrap()), ["a", "b", "c", "d"]);
        assert!(choose(STEPS, &["z".to_owned()]).is_err());
    }

    #[test]
    fn a_failure_stops_only_what_needs_it() {
        let workspace = Workspace::for_tests();
        let outcomes = run(&workspace, &choose(STEPS, &[]).unwrap());
        let endings: Vec<_> = outcomes.iter().map(|outcome| outcome.ending).collect();
        assert_eq!(endings, [Ending::Passed, Ending::Failed, Ending::NotRun, Ending::Passed]);
        assert!(!summarise(&outcomes));
    }
}
