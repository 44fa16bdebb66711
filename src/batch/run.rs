//! Workers over jobs: isolated, within a memory ceiling, each result written once and at once.

use super::Error;
use super::admission::Admission;
use super::job::Job;
use super::record::{Outcome, Record};
use super::store::{Done, Store};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// What a batch does with one job. Implementations are shared by all workers.
pub trait Work: Sync {
    /// Identity of the job's inputs and of the tool by size and time of change; cheap.
    fn stamp(&self, job: &Job) -> String;
    /// The same by content; reads the inputs.
    fn inputs(&self, job: &Job) -> Option<String>;
    /// Bytes of memory the job will need at its peak, estimated from above.
    fn need(&self, job: &Job) -> u64;
    /// Does the job. May panic: that costs this job alone.
    fn audit(&self, job: &Job) -> Record;
}

/// How a batch runs.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Worker threads.
    pub workers: usize,
    /// Ceiling of the packages at work together, in bytes.
    pub memory: u64,
    /// Do failed jobs again although their inputs have not changed.
    pub retry_failed: bool,
}

/// Counts so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Jobs in all.
    pub total: usize,
    /// Done in this run.
    pub done: usize,
    /// Unchanged since an earlier run, not done again.
    pub unchanged: usize,
    /// Of those done in this run, failed.
    pub failed: usize,
    /// Of those done in this run, incomplete.
    pub incomplete: usize,
    /// Stopped before the end.
    pub stopped: bool,
}

enum Message {
    Unchanged,
    Touched { key: String, stamp: String },
    Ended(Box<Record>),
}

/// Results are written together when this many wait, or when none came for a moment.
const COMMIT_EVERY: usize = 64;
const COMMIT_WITHIN: Duration = Duration::from_millis(200);

/// Does every job that has yet to be done. Returns when all ended, or soon after `stop` was set: jobs at
/// work are then finished and written, none is begun.
pub fn run(
    store: &mut Store,
    jobs: &[Job],
    work: &dyn Work,
    options: Options,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Progress, Error> {
    let known = store.done()?;
    let admission = Admission::new(options.memory);
    let next = AtomicUsize::new(0);
    let mut counts = Progress { total: jobs.len(), ..Progress::default() };
    // Bounded, so that a slow disk holds the workers back instead of filling the memory.
    let (sender, receiver) = mpsc::sync_channel(options.workers.max(1) * 4);
    let halted = AtomicBool::new(false);
    let stopping = || stop.load(Ordering::Relaxed) || halted.load(Ordering::Relaxed);
    let result = std::thread::scope(|scope| {
        for _ in 0..options.workers.max(1) {
            let (sender, known, admission, next, stopping) =
                (sender.clone(), &known, &admission, &next, &stopping);
            let go = move || {
                while !stopping() {
                    let Some(job) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
                    let message = one(job, work, known, admission, options.retry_failed);
                    if sender.send(message).is_err() {
                        break;
                    }
                }
            };
            scope.spawn(move || {
                // Packages are what runs side by side here: within one, its worker does all itself.
                match rayon::ThreadPoolBuilder::new().num_threads(1).build() {
                    Ok(alone) => alone.install(go),
                    Err(_) => go(),
                }
            });
        }
        drop(sender);
        let written = collect(store, &receiver, &mut counts, progress);
        // When the database refuses, workers must not wait for it for ever.
        halted.store(written.is_err(), Ordering::Relaxed);
        drop(receiver);
        written
    });
    result?;
    counts.stopped = counts.done + counts.unchanged < counts.total;
    progress(counts);
    Ok(counts)
}

fn one(
    job: &Job,
    work: &dyn Work,
    known: &HashMap<String, Done>,
    admission: &Admission,
    retry: bool,
) -> Message {
    let stamp = work.stamp(job);
    let done = known.get(&job.key).filter(|d| !(retry && d.outcome == Outcome::Failed));
    if let Some(done) = done {
        if done.stamp == stamp {
            return Message::Unchanged;
        }
        if done.outcome != Outcome::Failed && work.inputs(job).is_some_and(|i| i == done.inputs) {
            return Message::Touched { key: job.key.clone(), stamp };
        }
    }
    let _permit = admission.admit(work.need(job));
    let mut record = isolated(job, work);
    record.stamp = stamp;
    record.columns.clone_from(&job.columns);
    Message::Ended(Box::new(record))
}

/// Does one job; a panic is its result.
pub fn isolated(job: &Job, work: &dyn Work) -> Record {
    catch_unwind(AssertUnwindSafe(|| work.audit(job)))
        .unwrap_or_else(|panic| Record::failed(&job.key, format!("the audit broke off: {}", said(&*panic))))
}

/// The message of a panic.
fn said(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

fn collect(
    store: &mut Store,
    receiver: &mpsc::Receiver<Message>,
    counts: &mut Progress,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), Error> {
    let mut waiting: Vec<Record> = Vec::new();
    loop {
        match receiver.recv_timeout(COMMIT_WITHIN) {
            Ok(Message::Unchanged) => counts.unchanged += 1,
            Ok(Message::Touched { key, stamp }) => {
                store.restamp(&key, &stamp)?;
                counts.unchanged += 1;
            }
            Ok(Message::Ended(record)) => {
                counts.done += 1;
                counts.failed += usize::from(record.outcome == Outcome::Failed);
                counts.incomplete += usize::from(record.outcome == Outcome::Incomplete);
                waiting.push(*record);
                if waiting.len() < COMMIT_EVERY {
                    continue;
                }
                store.write(&waiting)?;
                waiting.clear();
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {
                store.write(&waiting)?;
                waiting.clear();
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => return store.write(&waiting),
        }
        progress(*counts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    struct Fake {
        version: &'static str,
    }

    impl Work for Fake {
        fn stamp(&self, job: &Job) -> String {
            format!("{}{}", job.key, self.version)
        }
        fn inputs(&self, job: &Job) -> Option<String> {
            Some(job.key.clone())
        }
        fn need(&self, _: &Job) -> u64 {
            10
        }
        fn audit(&self, job: &Job) -> Record {
            assert!(!job.key.ends_with("7"), "a bad package");
            Record {
                outcome: Outcome::Complete,
                cause: None,
                inputs: job.key.clone(),
                permissions: vec!["android.permission.CAMERA".into()],
                ..Record::failed(&job.key, "")
            }
        }
    }

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("sdkaudit-{name}-{}.db", std::process::id()));
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
        }
        path
    }

    fn jobs(n: usize) -> Vec<Job> {
        (0..n)
            .map(|i| Job { key: format!("a{i:03}"), policies: Vec::new(), columns: Default::default() })
            .collect()
    }

    #[test]
    fn a_panic_costs_its_package_alone_and_nothing_is_done_twice() {
        let path = scratch("run");
        let mut store = Store::create(&path).unwrap();
        let options = Options { workers: 3, memory: 25, retry_failed: false };
        let stop = AtomicBool::new(false);
        let mut go = |version, retry_failed| {
            run(
                &mut store,
                &jobs(100),
                &Fake { version },
                Options { retry_failed, ..options },
                &stop,
                &mut |_| {},
            )
            .unwrap()
        };
        let first = go("1", false);
        assert_eq!((first.done, first.failed, first.unchanged), (100, 10, 0));
        let again = go("1", false);
        assert_eq!((again.done, again.unchanged), (0, 100));
        let touched = go("2", false);
        assert_eq!((touched.done, touched.unchanged), (10, 90), "unchanged content is not done again");
        let retried = go("2", true);
        assert_eq!((retried.done, retried.failed), (10, 10));
        let mut keys = Vec::new();
        store
            .for_each(|r| {
                keys.push((r.key, r.outcome));
                Ok(())
            })
            .unwrap();
        assert_eq!(keys.len(), 100);
        assert!(keys.iter().all(|(k, o)| (*o == Outcome::Failed) == k.ends_with('7')));
        drop(store);
        let _ = std::fs::remove_file(path);
    }

    #[test]
    fn a_stop_leaves_whole_results_and_the_next_run_goes_on() {
        let path = scratch("stop");
        let mut store = Store::create(&path).unwrap();
        let options = Options { workers: 2, memory: 100, retry_failed: false };
        let stop = AtomicBool::new(false);
        let first = run(&mut store, &jobs(500), &Fake { version: "1" }, options, &stop, &mut |p| {
            if p.done + p.unchanged > 0 {
                stop.store(true, Ordering::Relaxed);
            }
        })
        .unwrap();
        stop.store(false, Ordering::Relaxed);
        let second =
            run(&mut store, &jobs(500), &Fake { version: "1" }, options, &stop, &mut |_| {}).unwrap();
        assert_eq!(first.done + second.done, 500);
        assert_eq!(second.unchanged, first.done);
        assert!(!second.stopped);
        drop(store);
        let _ = std::fs::remove_file(path);
    }
}
